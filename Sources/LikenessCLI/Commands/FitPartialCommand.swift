import ArgumentParser
import Likeness
import Platform

/// `likeness fit-partial`: continues a version on the likes that came after it.
struct FitPartialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit-partial",
        abstract: "Continue a version on the likes that came after it.",
        discussion: """
            Users, items and features that are new get rows of their own; everything else is as in the version that is \
            continued, and so are loss, components and learning rate. The new version stands beside the old one, and what it costs depends on \
            what is new, not on how large the model is.

            With --test both versions rank the likes of a file that neither has seen, for the users that both know; what a version knows of their likes is left out.

            Examples:
              likeness fit-partial --epochs 5 --replay 0.1
              likeness fit-partial --test test.psv
            """)

    @Option(help: ArgumentHelp("Held-out likes: say how well they are ranked before and after.", valueName: "file"))
    var test: String?

    @Option(name: .customShort("k"), help: ArgumentHelp("With --test: how many of the best to look at.", valueName: "k"))
    var count = EvaluationOptions().k

    @Option(
        help: ArgumentHelp(
            "How many items that changed are asked whether they have the ten nearest that they had; five at most where this takes milliseconds unless told otherwise.",
            valueName: "n"))
    var neighbors: Int?

    func validate() throws {
        try NeighborCount.check(count)
        if let neighbors, neighbors < 0 { throw ValidationError("--neighbors is \(neighbors), but it must be 0 or more.") }
    }

    @OptionGroup(title: "Continuing") var continuation: ContinuationOptions
    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// What scripts are told when there was nothing to do.
    private struct NothingNew: Encodable {
        let published = false
        let parent: UInt64
    }

    func run() throws {
        let options = continuation.options(publication)
        let store = try store.openForWriting()
        var evaluation = EvaluationOptions()
        (evaluation.k, evaluation.excludesTrain, evaluation.threads) = (count, true, Processors.count)
        // A file that cannot be measured with is refused before anything is published.
        if let test { _ = try store.evaluate(continuation.from, test: test, options: evaluation) }
        var report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fitPartial(options, progress: $0) }
        if let test, let parent = report?.parent, let version = report?.version {
            var options = ComparisonOptions()
            (options.evaluation, options.resamples) = (evaluation, 1)
            let found = try store.compare(
                .version(Version(rawValue: parent)), .version(Version(rawValue: version)), test: test, options: options)
            if let precision = found.metrics[EvaluationMetric.precision.rawValue] {
                report?.test = ContinuationTest(
                    k: count, users: found.users, likes: found.likes, before: precision.first, after: precision.second)
            }
        }
        if let parent = report?.parent, let version = report?.version {
            report?.neighbors = try store.neighborOverlap(
                from: .version(Version(rawValue: parent)), to: .version(Version(rawValue: version)), most: neighbors)
        }
        if let report {
            continuation.tellUnused(report)
            try FitDisplay.show(report, output)
            try publication.buildIndex(store, report)
            try publication.checkAlias(report)
            return try publication.replicate(store)
        }
        let parent = try store.summary(of: continuation.from).version
        if output.isJSON {
            try JSONOutput.print(NothingNew(parent: parent))
        } else {
            Terminal.writeLine("no like came after v\(parent): nothing to do, and nothing was published")
        }
    }
}
