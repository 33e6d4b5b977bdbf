import ArgumentParser
import Likeness
import Platform

/// `likeness replica pull`: brings a replica up to date.
struct ReplicaPullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Bring a replica up to date with a remote; make it if it is not there.",
        discussion: """
            Only what the replica lacks is read. Every byte is checked before it counts, the aliases move last, and queries beside it answer from the \
            old version until then. A pull that is cut off goes on where it was. With --follow it goes on until it is stopped with Ctrl-C or \
            SIGTERM, and says each version in one line.

            A replica holds what queries need. With --without-likes it lacks likes, and queries leave nothing out. With --full it is a standby: it \
            holds the log and all features as well, if the remote does, and `likeness replica promote` makes it the primary.

            Examples:
              likeness replica pull /mnt/models --store replica
              likeness replica pull /mnt/standby --full --store standby
              likeness replica pull https://models.example.org/likeness --store replica --follow --every 5
              likeness replica pull s3://models/likeness --store replica --rate 20M
            """)

    @Argument(help: "The remote: a folder, s3://bucket/prefix, or the address of a web server's folder.")
    var remote: String

    @Option(name: .customLong("alias"), help: ArgumentHelp("The alias to follow; may be given more than once.", valueName: "alias"))
    var aliases = Replica.Options().aliases

    @Flag(name: .customLong("follow"), help: "Go on: look again and again, and take over what is new.")
    var follows = false

    @Option(name: .customLong("every"), help: ArgumentHelp("With --follow: how often to look.", valueName: "seconds"))
    var pause = 5.0

    @Option(
        name: .customLong("keep-last"),
        help: ArgumentHelp("Keep this many of the newest versions, and those that aliases and their rollbacks lead to.", valueName: "n"))
    var last = RetentionPolicy().last

    @Flag(
        name: .customLong("allow-rollback-of-remote"),
        help: "Follow a remote that is further back than the replica, such as one restored from a backup.")
    var allowsRollbackOfRemote = false

    @Option(
        name: .customLong("at"),
        help: ArgumentHelp(
            "Point the alias at this version of the remote, and stay there until the next pull without --at.", valueName: "version"))
    var pinned: String?

    @Option(
        name: .customLong("max-size"),
        help: ArgumentHelp("How many bytes may come over the network, such as 2G; more are refused before they come.", valueName: "bytes"))
    var byteLimit: Bytes?

    @OptionGroup var contents: ContentsOptions
    @OptionGroup var remoteOptions: RemoteOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for alias in aliases { try AliasOption.check(alias, option: "--alias") }
        if let pinned, Version(pinned) == nil { throw ValidationError("--at: '\(pinned)' is no version. Write it as v12.") }
        if pinned != nil && follows {
            throw ValidationError("--at stays at one version, and --follow goes on to the next. Leave one of them out.")
        }
        if last < 1 { throw ValidationError("--keep-last: \(last) is less than 1.") }
        if !(0.05...86_400).contains(pause) {
            throw ValidationError("--every is \(pause), but it must be from 0.05 seconds to 86400, a day.")
        }
    }

    func run() throws {
        var options = Replica.Options()
        var policy = RetentionPolicy()
        policy.last = last
        (options.aliases, options.allowsRollbackOfRemote, options.retention) = (aliases, allowsRollbackOfRemote, policy)
        options.contents = contents.contents
        (options.version, options.access, options.byteLimit) = (pinned.flatMap { Version($0) }, remoteOptions.access, byteLimit?.count)
        guard follows else { return try pull(options, saysNothingNew: true) }
        Interruption.watch()
        var failures = 0
        while Interruption.caught == nil {
            do {
                try pull(options, saysNothingNew: false)
                failures = 0
            } catch let error as ReplicationError {
                // The old version answers meanwhile. What does not go away by itself is said again, less and less often.
                failures += 1
                if Interruption.caught != nil { break }
                Terminal.writeError("error: \(error)\n")
            }
            wait(failures: failures)
        }
    }

    /// Waits for a while that is not the same for all replicas, longer after failures, and no longer than until a signal.
    private func wait(failures: Int) {
        let longest = max(pause, 60)
        var seconds = pause
        for _ in 0..<min(failures, 20) { seconds = min(seconds * 2, longest) }
        seconds *= .random(in: 0.9...1.1)
        let end = MonotonicClock.nanoseconds + Int64(seconds * 1e9)
        while Interruption.caught == nil {
            let left = end - MonotonicClock.nanoseconds
            if left <= 0 { return }
            SystemThread.pause(microseconds: UInt32(min(left / 1_000 + 1, 50_000)))
        }
    }

    private func pull(_ options: Replica.Options, saysNothingNew: Bool) throws {
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let report = try Replica.pull(remote, into: store.path, options) { bar.show($0) }
        bar.finish()
        if report.isUpToDate && !saysNothingNew { return }
        if output.isJSON { return try JSONOutput.print(Report(report, seconds: watch.seconds)) }
        if report.isUpToDate { return Terminal.writeLine("\(store.path) is up to date with \(remote)") }
        for move in report.moves {
            let from = move.from.map { ", no longer at \($0)" } ?? ""
            let what = report.versions.contains(move.to) ? "\(Readable.bytes(report.bytesWritten)) of blocks" : "no block"
            Terminal.writeLine(
                "\(move.alias) points at \(move.to)\(move.from == move.to ? "" : from): \(what) in \(Readable.duration(watch.seconds))")
        }
    }

    private struct Report: Encodable {
        let moves: [Move]
        let versions: [UInt64]
        let packs: Int
        let bytesWritten: Int
        let seconds: Double

        struct Move: Encodable {
            let alias: String
            let from: UInt64?
            let to: UInt64
            let kind: String
        }

        init(_ report: Replica.PullReport, seconds: Double) {
            moves = report.moves.map { Move(alias: $0.alias, from: $0.from?.rawValue, to: $0.to.rawValue, kind: $0.kind.rawValue) }
            (versions, packs, bytesWritten) = (report.versions.map(\.rawValue), report.packs, report.bytesWritten)
            self.seconds = seconds
        }
    }
}
