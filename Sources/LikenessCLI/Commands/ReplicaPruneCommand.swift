import ArgumentParser
import Likeness
import Platform

/// `likeness replica prune`: removes from a remote what no replica needs any more.
struct ReplicaPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove old versions from a remote, and packs that no alias leads to.",
        discussion: """
            It runs on the primary. Versions that the remote's aliases point at stay, and those that the options name. If enough bytes are of no \
            use, what stays is packed anew; replicas notice nothing. Packs that nothing leads to any more are deleted by a prune that comes \
            --grace seconds later, so that pulls which are on their way can end; one that is slower starts over by itself.

            Examples:
              likeness replica prune /mnt/models --keep-last 3 --dry-run
              likeness replica prune s3://models/likeness --keep-last 3 --keep-daily 7
            """)

    @Argument(help: "The remote: a folder, or s3://bucket/prefix.")
    var remote: String

    @Option(
        help: ArgumentHelp("How long packs are kept that nothing leads to, for replicas in the middle of a pull.", valueName: "seconds"))
    var grace = 3_600.0

    @Flag(name: .customLong("dry-run"), help: "Say what would be removed, and change nothing.")
    var isDryRun = false

    @OptionGroup var retention: RetentionOptions
    @OptionGroup var remoteOptions: RemoteOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(0...1e8).contains(grace) { throw ValidationError("--grace is \(grace), but it must be from 0 seconds to three years.") }
    }

    func run() throws {
        Interruption.removeUnfinishedFiles()
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let report = try store.openForReading().pruneRemote(
            remote, retention.policy, grace: grace, isDryRun: isDryRun, access: remoteOptions.access
        ) { bar.show($0) }
        bar.finish()
        if output.isJSON { return try JSONOutput.print(Report(report, remote: remote, seconds: watch.seconds)) }
        let versions = report.kept.map { "\($0)" }.joined(separator: ", ")
        if report.isPackedAnew {
            let removed = report.removed.isEmpty ? "no version" : report.removed.map { "\($0)" }.joined(separator: ", ")
            Terminal.writeLine(
                "\(report.isDryRun ? "would remove" : "removed") \(removed), and \(report.isDryRun ? "pack" : "packed") \(versions) anew")
            if !report.isDryRun {
                Terminal.writeLine(
                    "\(Readable.count(report.packs, "pack")) of \(Readable.bytes(report.bytes)); before, \(Readable.count(report.packsBefore)) of "
                        + Readable.bytes(report.bytesBefore))
            }
        } else {
            Terminal.writeLine("\(remote) has \(versions.isEmpty ? "no version" : versions); few of its bytes are of no use, so they stay")
        }
        if report.deletedPacks > 0 {
            Terminal.writeLine(
                "\(report.isDryRun ? "would delete" : "deleted") \(Readable.count(report.deletedPacks, "pack")) that nothing leads to")
        }
        if report.waitingPacks > 0 {
            Terminal.writeLine(
                "\(Readable.count(report.waitingPacks, "pack")) that nothing leads to any more \(report.waitingPacks == 1 ? "stays" : "stay") for replicas that "
                    + "still read: run this again in \(Readable.duration(grace))")
        }
    }

    private struct Report: Encodable {
        let remote: String
        let kept: [UInt64]
        let removed: [UInt64]
        let packedAnew: Bool
        let packsBefore: Int
        let bytesBefore: Int
        let packs: Int
        let bytes: Int
        let deletedPacks: Int
        let waitingPacks: Int
        let dryRun: Bool
        let seconds: Double

        init(_ report: RemotePruneReport, remote: String, seconds: Double) {
            (self.remote, self.seconds, dryRun) = (remote, seconds, report.isDryRun)
            (kept, removed, packedAnew) = (report.kept.map(\.rawValue), report.removed.map(\.rawValue), report.isPackedAnew)
            (packsBefore, bytesBefore, packs, bytes) = (report.packsBefore, report.bytesBefore, report.packs, report.bytes)
            (deletedPacks, waitingPacks) = (report.deletedPacks, report.waitingPacks)
        }
    }
}
