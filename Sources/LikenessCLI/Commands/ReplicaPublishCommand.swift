import ArgumentParser
import Likeness
import Platform

/// `likeness replica publish`: writes to a remote what it lacks.
struct ReplicaPublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish the version that an alias points at, for replicas to pull.",
        discussion: """
            Only what the remote lacks is written: of a continuation the blocks that it wrote, with new ids and likes; after a rollback nothing \
            but where the alias points. A folder is made if it is missing; a bucket must be there. The remote belongs to this store: another one \
            publishes elsewhere, and of two copies of it one is refused.

            What a remote holds is decided at its first publication. Queries need versions, ids, names and likes. --without-likes leaves likes \
            out, so that queries on replicas leave nothing out. --full adds the log and all features, so that a replica can become the primary.

            Examples:
              likeness replica publish /mnt/models --alias production
              likeness replica publish /mnt/standby --full
              likeness replica publish s3://models/likeness --endpoint http://127.0.0.1:8333
            """)

    @Argument(help: "The remote: a folder, or s3://bucket/prefix.")
    var remote: String

    @Option(name: .customLong("alias"), help: ArgumentHelp("The alias to publish; may be given more than once.", valueName: "alias"))
    var aliases = ["production"]

    @OptionGroup var contents: ContentsOptions
    @OptionGroup var remoteOptions: RemoteOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for alias in aliases { try AliasOption.check(alias, option: "--alias") }
    }

    func run() throws {
        Interruption.removeUnfinishedFiles()
        let opened = try store.openForReading()
        for alias in aliases {
            let watch = Stopwatch()
            var bar = ProgressBar(isVerbose: progress.isVerbose)
            let report = try opened.publish(to: remote, alias: alias, holding: contents.contents, access: remoteOptions.access) {
                bar.show($0)
            }
            bar.finish()
            if report.isUnconditional {
                Terminal.writeError(
                    "warning: the server of \(remote) knows no conditions: of two publishers at once the last one wins. Publish from one machine only\n"
                )
            }
            if output.isJSON {
                try JSONOutput.print(Report(report, remote: remote, seconds: watch.seconds))
            } else {
                Terminal.writeLine(words(report, watch))
            }
        }
    }

    private func words(_ report: RemoteReport, _ watch: Stopwatch) -> String {
        if !report.isMoved { return "\(remote) is up to date: \(report.alias) points at \(report.version)" }
        let written =
            report.pack == nil
            ? "no block was written"
            : "\(Readable.count(report.blocks, "block")), \(Readable.bytes(report.bytes)) in \(Readable.duration(watch.seconds))"
        return "\(report.alias) points at \(report.version) in \(remote): \(written)"
    }

    private struct Report: Encodable {
        let remote: String
        let alias: String
        let version: UInt64
        let moves: UInt64
        let moved: Bool
        let pack: String?
        let blocks: Int
        let bytes: Int
        let seconds: Double

        init(_ report: RemoteReport, remote: String, seconds: Double) {
            (self.remote, alias, version, self.seconds) = (remote, report.alias, report.version.rawValue, seconds)
            (moves, moved, pack, blocks, bytes) = (report.moves, report.isMoved, report.pack, report.blocks, report.bytes)
        }
    }
}
