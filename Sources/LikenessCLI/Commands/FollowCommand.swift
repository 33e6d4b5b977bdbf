import ArgumentParser
import Likeness
import Platform

/// `likeness follow`: makes versions of a stream of likes.
struct FollowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Make a version whenever enough new likes have come.",
        discussion: """
            Looks at the log, continues the version in force as fit-partial does when --likes events wait or the first has waited for \
            --seconds, and prints one line for each version. Likes come in meanwhile from other processes. A full fit that is put in force is what is \
            continued next. Every --prune-every versions, old ones are pruned as --keep-... say. Ctrl-C and SIGTERM stop it where nothing \
            is lost; whatever ends it, start it again and it goes on.

            Examples:
              likeness follow --likes 1000 --seconds 60
              likeness follow --likes 100 --keep-last 5 --keep-daily 7 --json
              likeness follow --replicate /mnt/models
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Make a version when so many events wait.", valueName: "n"))
    var likes = FollowOptions().likes

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Or when the first of fewer has waited so long.", valueName: "s"))
    var seconds = FollowOptions().seconds

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Stop after so many versions.", valueName: "n"))
    var versions: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Prune after so many new versions; 0 for never.", valueName: "n"))
    var pruneEvery = FollowOptions().pruneEvery

    @OptionGroup(title: "Continuing") var continuation: ContinuationOptions
    @OptionGroup(title: "Old versions") var retention: RetentionOptions
    @OptionGroup(title: "The versions") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for (name, value, least) in [("--likes", likes, 1), ("--versions", versions ?? 1, 1), ("--prune-every", pruneEvery, 0)]
        where value < least {
            throw ValidationError("\(name) is \(value), but it must be at least \(least).")
        }
        if !(seconds > 0) { throw ValidationError("--seconds is \(seconds), but it must be more than 0.") }
    }

    func run() throws {
        var options = FollowOptions()
        options.continuation = continuation.options(publication)
        (options.likes, options.seconds, options.mostVersions) = (likes, seconds, versions)
        (options.policy, options.pruneEvery) = (retention.policy, pruneEvery)
        let store = try store.openForWriting()
        Interruption.watch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        var failure: (any Error)?
        try store.follow(options) { event in
            switch event {
            case .waiting(let events): bar.show(Double(min(events, likes)) / Double(likes), "\(Readable.count(events, "event")) waiting")
            case .published(let report):
                bar.finish()
                do { try show(report) } catch { failure = error }
                // The stream goes on: the next version takes along what a remote did not get.
                do {
                    try publication.buildIndex(store, report)
                    try publication.replicate(store)
                } catch { Terminal.writeError("\(error)\n") }
            case .nothingToLearn(let events):
                bar.finish()
                Terminal.writeError("\(Readable.count(events, "event")) concern nobody in the version: no version was made of them\n")
            case .pruned(let report):
                bar.finish()
                if !report.removed.isEmpty, !output.isJSON {
                    Terminal.writeError(
                        "pruned \(Readable.count(report.removed.count, "version")) and \(Readable.bytes(report.bytes))\n")
                }
            }
            return Interruption.caught == nil && failure == nil && !Terminal.hasFailed
        }
        bar.finish()
        if let failure { throw failure }
    }

    private func show(_ report: FitReport) throws {
        if output.isJSON { return try JSONOutput.print(report) }
        let alias = report.alias.map { ", \($0)" } ?? ""
        let due = report.isFullFitDue == true ? "; a full fit is due" : ""
        Terminal.writeLine(
            "v\(report.version)\(alias): \(Readable.count(report.trainedLikes, "new like")), "
                + "\(Readable.count(report.newUsers, "new user")), \(Readable.count(report.newItems, "new item")), "
                + "\(Readable.bytes(report.bytesWritten)) in \(Readable.duration(report.totalSeconds))\(due)")
    }
}
