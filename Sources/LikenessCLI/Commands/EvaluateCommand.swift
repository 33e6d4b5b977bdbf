import ArgumentParser
import Likeness
import Platform

/// `likeness evaluate`: measures how a version ranks held-out likes.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure how well a version ranks likes that it has not seen.",
        discussion: """
            All items are ranked for each user of the test file. Precision and recall look at the best k, the area under the \
            ROC curve and the reciprocal rank at the whole order. With --exclude-train, items that the user liked \
            or disliked when the version was made are left out of the order. The catalogue coverage is the share of all \
            items that is among the best k of at least one user; the popularity bias compares the likes of these items with \
            those of what the users like already, 1 meaning as popular.

            Likes that the version was made from say how well it remembers, not how well it guesses: a warning counts them, and --skip-known \
            leaves them out.

            Examples:
              likeness evaluate production --test test.psv -k 5 --exclude-train
              likeness evaluate v3 --test test.psv --per-user users.csv
              likeness evaluate v3 --test likes.psv --skip-known --exclude-train
              likeness evaluate v3 --test test.psv --among cold
            """)

    @Argument(help: "The version: its number (v12) or an alias.")
    var version = VersionReference.current

    @Option(help: ArgumentHelp("The likes to test with.", valueName: "file"))
    var test: String

    @Option(name: .customShort("k"), help: ArgumentHelp("How many of the best to look at.", valueName: "k"))
    var count = EvaluationOptions().k

    @Flag(help: "Leave what the version knew of the user's likes and dislikes out of the ranking.")
    var excludeTrain = false

    @Flag(help: "Leave test likes that the version was made from out, and count them.")
    var skipKnown = false

    @Flag(help: "Refuse test likes that the version was made from. Without it there is a warning.")
    var strict = false

    @Option(
        help:
            "Which items to rank: all; warm, those with likes in the version; or cold, those without. Held-out likes of others do not count."
    )
    var among = EvaluationOptions().among

    @Option(
        help: ArgumentHelp(
            "Where one row a user goes, with the id and every metric; psv, csv or tsv by the file's name.",
            valueName: "file"))
    var perUser: String?

    @Option(
        help: ArgumentHelp("Worker threads; as many as there are processors unless told otherwise.", valueName: "n"))
    var threads: Int?

    @Option(help: "How the file's fields are divided. Goes by the file's name if it is left out; psv otherwise.")
    var format: TextFormat?

    @OptionGroup(title: "Columns") var columns: PairColumnOptions
    @OptionGroup var force: ForceOption
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try NeighborCount.check(count)
        if strict, skipKnown {
            throw ValidationError("--strict refuses what --skip-known leaves out. Give one of them.")
        }
        if let threads, threads < 1 {
            throw ValidationError("--threads is \(threads), but at least 1 must do the work.")
        }
    }

    func run() throws {
        Interruption.removeUnfinishedFiles()
        var options = EvaluationOptions()
        options.k = count
        options.excludesTrain = excludeTrain
        options.skipsKnown = skipKnown
        options.isStrict = strict
        options.among = among
        options.threads = threads ?? Processors.count
        options.format = format
        options.columns = columns.columns
        options.includesUsers = perUser != nil
        try force.check(perUser, protecting: [test] + store.files)
        let evaluation = try store.openForReading().evaluate(version, test: test, options: options)
        if let perUser { try evaluation.writePerUser(to: perUser, column: columns.user ?? "uid", overwriting: force.isGiven) }
        if evaluation.knownLikes > 0, !skipKnown {
            Terminal.writeError(
                "warning: v\(evaluation.version) was made from \(Readable.count(evaluation.knownLikes, "like")) of the test file, so these figures say "
                    + "how well it remembers them. --skip-known leaves them out, --strict makes this an error\n")
        }
        if output.isJSON { return try JSONOutput.print(evaluation) }
        show(evaluation)
    }

    private func show(_ evaluation: VersionEvaluation) {
        Terminal.writeLine(
            "v\(evaluation.version) on \(Readable.count(evaluation.likes, "held-out like")) of "
                + (evaluation.among == .all ? "" : "\(evaluation.among.rawValue) items by ")
                + "\(Readable.count(evaluation.users, "user")), \(Readable.duration(evaluation.seconds)); what the version knew of "
                + "their likes is \(evaluation.excludesTrain ? "left out of" : "part of") the ranking")
        let width = evaluation.metrics.keys.reduce(0) { max($0, $1.displayWidth) }
        for (name, value) in evaluation.metrics.sorted(by: { $0.key < $1.key }) {
            let padding = String(repeating: " ", count: width - name.displayWidth)
            Terminal.writeLine("  \(name)\(padding)  \(Readable.decimal(value, places: 4))")
        }
        if evaluation.knownLikes > 0, evaluation.skipsKnown {
            Terminal.writeLine(
                "  left out: \(Readable.count(evaluation.knownLikes, "like")) that v\(evaluation.version) was made from")
        }
        if evaluation.unknownUserLikes > 0 {
            Terminal.writeLine(
                "  left out: \(Readable.count(evaluation.unknownUserLikes, "like")) of users outside the model")
        }
        if evaluation.unknownItemLikes > 0 {
            Terminal.writeLine(
                "  counted as ranked last: \(Readable.count(evaluation.unknownItemLikes, "like")) of items outside the model"
            )
        }
    }
}
