import ArgumentParser
import Likeness
import Platform

/// `likeness split`: divides likes into some to train on and some to test with.
struct SplitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Divide a file of likes into one to train on and one to test with.",
        discussion: """
            held-out takes some likes of a share of the users that have at least twice as many, random a share of all \
            likes, leave-last-out the last like of each user, temporal the latest share of all likes, and cold-items all \
            likes of a share of the items; the other likes are for training. One seed gives one split, whatever the order of \
            the rows.

            Examples:
              likeness split likes.psv --train train.psv --test test.psv --held-out 5 --fraction 0.2
              likeness split likes.csv --train train.csv --test test.csv --kind temporal --time created_at
            """)

    private static let defaults = LikesSplit()

    @Argument(help: "The file of likes.")
    var file: String

    @Option(help: ArgumentHelp("Where the likes to train on go.", valueName: "file"))
    var train: String

    @Option(help: ArgumentHelp("Where the likes to test with go.", valueName: "file"))
    var test: String

    @Option(help: "Which likes to hold out.")
    var kind = defaults.kind

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("held-out: likes to hold out of each chosen user; 5 unless told otherwise.", valueName: "n"))
    var heldOut: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The share of the users, the likes or the items to choose, 0 to 1; 0.2 unless told otherwise.",
            valueName: "share"))
    var fraction: Double?

    @Option(help: ArgumentHelp("Where the random numbers start.", valueName: "s"))
    var seed = defaults.seed

    @Option(help: "How fields are divided. Goes by the file's name if it is left out; psv otherwise.")
    var format: TextFormat?

    @OptionGroup(title: "Columns") var columns: SplitColumnOptions
    @OptionGroup var force: ForceOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let heldOut {
            if kind != .heldOut { throw ValidationError("--held-out goes with --kind held-out only.") }
            if heldOut < 1 {
                throw ValidationError("--held-out is \(heldOut), but at least 1 like must be held out; 5 is usual.")
            }
        }
        if let fraction {
            if kind == .leaveLastOut {
                throw ValidationError("--fraction does not go with --kind leave-last-out, which takes one like of each user.")
            }
            if !(0...1).contains(fraction) {
                throw ValidationError("--fraction is \(fraction), but it is a share: 0.2 chooses one in five.")
            }
        }
        if kind.needsTimes, columns.time == nil {
            throw ValidationError(
                "--kind \(kind.rawValue) goes by the likes' times. Name their column with --time, or choose another kind.")
        }
        if !kind.needsTimes, columns.time != nil {
            throw ValidationError("--time goes with --kind leave-last-out and temporal only.")
        }
    }

    func run() throws {
        Interruption.removeUnfinishedFiles()
        var split = LikesSplit()
        split.kind = kind
        split.heldOut = heldOut ?? split.heldOut
        split.fraction = fraction ?? split.fraction
        split.seed = seed
        split.format = format
        split.columns = columns.columns
        split.overwrites = force.isGiven
        let report = try split.run(file, train: train, test: test)
        defer { if report.testRows == 0 { warnOfEmptyTest() } }
        if output.isJSON { return try JSONOutput.print(report) }
        Terminal.writeLine(
            "\(Readable.count(report.trainRows, "like")) to train on in \(train), \(Readable.count(report.testRows)) of "
                + "\(Readable.count(report.testUsers, "user")) to test with in \(test)")
        if report.malformedRows > 0 {
            Terminal.writeLine("\(Readable.count(report.malformedRows, "malformed row")) went to neither")
        }
    }

    private func warnOfEmptyTest() {
        let what =
            kind == .heldOut
            ? "Choose a larger --fraction, or a smaller --held-out: users need twice as many likes" : "Choose a larger --fraction"
        Terminal.writeError("warning: nothing was held out, so \(test) has no likes to test with. \(what)\n")
    }
}
