import ArgumentParser
import Likeness

/// `likeness split`: divides likes into some to train on and some to test with.
struct SplitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Divide a file of likes into one to train on and one to test with.",
        discussion: """
            Of a share of the users that have at least twice as many likes, some are held out; all other likes are for \
            training. One seed gives one split, whatever the order of the rows.

            Example: likeness split likes.psv --train train.psv --test test.psv --held-out 5 --fraction 0.2
            """)

    private static let defaults = LikesSplit()

    @Argument(help: "The file of likes.")
    var file: String

    @Option(help: ArgumentHelp("Where the likes to train on go.", valueName: "file"))
    var train: String

    @Option(help: ArgumentHelp("Where the likes to test with go.", valueName: "file"))
    var test: String

    @Option(help: ArgumentHelp("Likes to hold out of each chosen user.", valueName: "n"))
    var heldOut = defaults.heldOut

    @Option(help: ArgumentHelp("The share of the users to choose, 0 to 1.", valueName: "share"))
    var fraction = defaults.fraction

    @Option(help: ArgumentHelp("Where the random numbers start.", valueName: "s"))
    var seed = defaults.seed

    @Option(help: "How fields are divided. Goes by the file's name if it is left out; psv otherwise.")
    var format: TextFormat?

    @OptionGroup(title: "Columns") var columns: PairColumnOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if heldOut < 1 {
            throw ValidationError("--held-out is \(heldOut), but at least 1 like must be held out; 5 is usual.")
        }
        if !(0...1).contains(fraction) {
            throw ValidationError("--fraction is \(fraction), but it is a share of the users: 0.2 chooses one in five.")
        }
    }

    func run() throws {
        var split = LikesSplit()
        split.heldOut = heldOut
        split.fraction = fraction
        split.seed = seed
        split.format = format
        split.columns = columns.columns
        let report = try split.run(file, train: train, test: test)
        if output.isJSON { return try JSONOutput.print(report) }
        Terminal.writeLine(
            "\(Readable.count(report.trainRows, "like")) to train on in \(train), \(Readable.count(report.testRows)) of "
                + "\(Readable.count(report.testUsers, "user")) to test with in \(test)")
        if report.malformedRows > 0 {
            Terminal.writeLine("\(Readable.count(report.malformedRows, "malformed row")) went to neither")
        }
    }
}
