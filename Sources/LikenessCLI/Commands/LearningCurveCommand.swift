import ArgumentParser
import Likeness
import Platform

/// `likeness learning-curve`: how metrics go on train and test likes as training goes on.
struct LearningCurveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning-curve",
        abstract: "Train once, and measure on train and test likes every few epochs.",
        discussion: """
            The training is that of fit, and publishes nothing. Values on test likes leave the train likes out of the \
            ranking; a train value that goes on rising while the test value falls shows when to stop. Ctrl-C ends the training \
            and prints the points so far. With als an epoch is an iteration.

            Example: likeness learning-curve --test test.psv --every 5 --metric precision,ndcg --plot curve.svg
            """)

    @Option(help: ArgumentHelp("The likes to test with.", valueName: "file"))
    var test: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Epochs from one point to the next; the last epoch is a point too.", valueName: "n"))
    var every = LearningCurveOptions().every

    @Option(
        name: .customLong("metric"),
        help: ArgumentHelp(
            "What to measure: \(EvaluationMetric.allCases.map(\.rawValue).joined(separator: ", ")). (default: precision)",
            valueName: "name,..."),
        transform: MetricNames.init)
    var metrics = MetricNames()

    @Option(name: .customShort("k"), help: ArgumentHelp("How many of the best to look at.", valueName: "k"))
    var count = LearningCurveOptions().k

    @Option(help: ArgumentHelp("Where a plot of the points goes.", valueName: "file.svg"))
    var plot: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many users, chosen at random, to take the train values of.", valueName: "n"))
    var trainUsers = LearningCurveOptions().trainUsers

    @Option(help: "How the file's fields are divided. Goes by the file's name if it is left out; psv otherwise.")
    var format: TextFormat?

    @OptionGroup(title: "Columns") var columns: PairColumnOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var factors: FactorOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var force: ForceOption
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try factors.validate(model, standard: .warp)
        try NeighborCount.check(count)
        for (name, value) in [("--every", every), ("--train-users", trainUsers)] where value < 1 {
            throw ValidationError("\(name) is \(value), but it must be at least 1.")
        }
    }

    func run() throws {
        var options = LearningCurveOptions()
        options.fit = model.options
        options.leastSquares = factors.fit(model, standard: .warp)
        options.every = every
        options.k = count
        options.metrics = metrics.list
        options.trainUsers = trainUsers
        options.format = format
        options.columns = columns.columns
        let inputs = [test] + store.files
        try force.check(plot, protecting: inputs)
        let store = try store.openForReading()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch {
            try store.learningCurve(test: test, options: options, progress: $0)
        }
        if output.isJSON { try JSONOutput.print(report) } else { show(report) }
        if let plot {
            var file = try OutputFile(plot, overwriting: force.isGiven, protecting: inputs)
            try file.write(report.svg(title: "Learning curve, k = \(count)"))
            try file.finish()
        }
        if report.isStopped {
            throw CommandError(
                "stopped after \(Readable.count(report.points.last?.epoch ?? 0, "epoch")); the points so far are above. The store is as it "
                    + "was; run the command again to train anew")
        }
    }

    private func show(_ report: LearningCurveReport) {
        Terminal.writeLine(
            "metrics at \(report.k) of \(Readable.count(report.trainUsers, "train user")) and "
                + "\(Readable.count(report.testUsers, "test user")); \(Readable.duration(report.trainingSeconds)) of training in "
                + "\(Readable.duration(report.totalSeconds))")
        Terminal.writeLine(String(report.table.dropLast()))
        if report.unknownUserLikes > 0 {
            Terminal.writeLine("left out: \(Readable.count(report.unknownUserLikes, "like")) of users outside the model")
        }
        if report.unknownItemLikes > 0 {
            Terminal.writeLine(
                "counted as ranked last: \(Readable.count(report.unknownItemLikes, "like")) of items outside the model")
        }
        if let plot { Terminal.writeLine("plotted in \(plot)") }
    }
}

/// The names that follow `--metric`.
struct MetricNames {
    var list: [EvaluationMetric] = [.precision]

    init() {}

    /// - Throws: `ValidationError` for a name that there is not, or that comes twice.
    @Sendable init(_ text: String) throws {
        list = try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let metric = EvaluationMetric(rawValue: String(name)) else {
                let names = EvaluationMetric.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("there is no metric '\(name)'. There are: \(names).")
            }
            return metric
        }
        if Set(list).count < list.count { throw ValidationError("a metric is named twice.") }
    }
}
