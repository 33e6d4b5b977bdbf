import ArgumentParser
import Likeness

/// `likeness compare`: measures two versions on the same held-out likes.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Measure two versions on the same likes, and say if the difference is more than noise.",
        discussion: """
            Both versions rank for the users of the test file that both know. Differences are those of the second version to the \
            first. The interval of a difference says how far it might be off if other users had been asked: users are drawn anew many \
            times, and the interval holds the differences of most draws. One that leaves 0 out is marked with *. Won, tied and lost \
            count the users for whom the second version ranks better, as well, and worse.

            Test likes that one of the versions was made from are refused, since it would know the answers.

            Example: likeness compare v1 production --test test.psv -k 10 --exclude-train
            """)

    private static let defaults = ComparisonOptions()

    @Argument(help: "The version to compare with: its number (v12) or an alias.")
    var first: VersionReference

    @Argument(help: "The version that is compared: its number (v12) or an alias.")
    var second: VersionReference

    @Option(help: ArgumentHelp("The likes to test with.", valueName: "file"))
    var test: String

    @Option(name: .customShort("k"), help: ArgumentHelp("How many of the best to look at.", valueName: "k"))
    var count = EvaluationOptions().k

    @Flag(help: "Leave what a version knew of the user's likes and dislikes out of its ranking.")
    var excludeTrain = false

    @Option(
        help:
            "Which items to rank: all; warm, those with likes in the version; or cold, those without. Held-out likes of others do not count."
    )
    var among = defaults.evaluation.among

    @Option(parsing: .unconditional, help: ArgumentHelp("How often users are drawn anew for the intervals.", valueName: "n"))
    var resamples = defaults.resamples

    @Option(parsing: .unconditional, help: ArgumentHelp("The share of the draws that an interval holds.", valueName: "share"))
    var confidence = defaults.confidence

    @Option(parsing: .unconditional, help: ArgumentHelp("Where the random numbers start.", valueName: "s"))
    var seed = defaults.seed

    @Option(
        help: ArgumentHelp("Worker threads; as many as there are processors unless told otherwise.", valueName: "n"))
    var threads: Int?

    @Option(help: "How the file's fields are divided. Goes by the file's name if it is left out; psv otherwise.")
    var format: TextFormat?

    @OptionGroup(title: "Columns") var columns: PairColumnOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try NeighborCount.check(count)
        if let threads, threads < 1 {
            throw ValidationError("--threads is \(threads), but at least 1 must do the work.")
        }
        if !(1...1_000_000).contains(resamples) {
            throw ValidationError("--resamples is \(resamples), but it must be 1 to 1000000; 2000 are usual.")
        }
        if !(confidence > 0 && confidence < 1) {
            throw ValidationError("--confidence is \(confidence), but it is a share above 0 and below 1; 0.95 is usual.")
        }
    }

    func run() throws {
        var options = ComparisonOptions()
        options.evaluation.k = count
        options.evaluation.excludesTrain = excludeTrain
        options.evaluation.among = among
        options.evaluation.threads = threads ?? Processors.count
        options.evaluation.format = format
        options.evaluation.columns = columns.columns
        options.resamples = resamples
        options.confidence = confidence
        options.seed = seed
        let comparison = try store.openForReading().compare(first, second, test: test, options: options)
        if output.isJSON { return try JSONOutput.print(comparison) }
        show(comparison)
    }

    private func show(_ comparison: VersionComparison) {
        let (first, second) = ("v\(comparison.first)", "v\(comparison.second)")
        Terminal.writeLine(
            "\(first) and \(second) on \(Readable.count(comparison.likes, "held-out like")) of "
                + "\(Readable.count(comparison.users, "user")), \(Readable.duration(comparison.seconds)); what a version knew of "
                + "their likes is \(comparison.excludesTrain ? "left out of" : "part of") its ranking")
        let share = Readable.decimal(comparison.confidence * 100, places: 1)
        let percent = share.hasSuffix(".0") ? String(share.dropLast(2)) : share
        var table = TextTable(
            .words("metric"), .numbers(first), .numbers(second), .numbers("difference"), .numbers("\(percent) % interval"), .words(""),
            .numbers("won"), .numbers("tied"), .numbers("lost"))
        for metric in EvaluationMetric.ofUsers {
            guard let values = comparison.metrics[metric.rawValue] else { continue }
            table.add(
                metric.rawValue, Readable.decimal(values.first, places: 4), Readable.decimal(values.second, places: 4),
                Self.signed(values.difference), "\(Self.signed(values.low)) … \(Self.signed(values.high))",
                values.isBeyondNoise ? "*" : "", Readable.count(values.won), Readable.count(values.tied), Readable.count(values.lost))
        }
        table.print()
        for (version, users) in [(first, comparison.usersOfFirstAlone), (second, comparison.usersOfSecondAlone)] where users > 0 {
            Terminal.writeLine("left out: \(Readable.count(users, "user")) that \(version) alone knows")
        }
        for (version, likes) in [(first, comparison.unknownItemLikesOfFirst), (second, comparison.unknownItemLikesOfSecond)]
        where likes > 0 {
            Terminal.writeLine("counted as ranked last by \(version): \(Readable.count(likes, "like")) of items outside it")
        }
    }

    private static func signed(_ value: Double) -> String {
        let text = Readable.decimal(value, places: 4)
        return value > 0 ? "+" + text : text
    }
}
