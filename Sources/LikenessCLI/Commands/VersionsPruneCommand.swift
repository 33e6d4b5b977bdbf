import ArgumentParser
import Likeness

/// `likeness versions prune`: removes versions that a policy does not keep.
struct VersionsPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove old versions, and every block that no version needs.",
        discussion: """
            Kept are the newest version, those that an alias points at, those that a rollback leads to, and what the options name. It runs \
            beside queries, ingest and fits. The file does not shrink, but what is written next takes the place of what was removed; \
            `likeness backup` writes a compact copy. Histories of aliases stay.

            Example: likeness versions prune --keep-last 3 --keep-daily 7 --keep-weekly 8 --dry-run
            """)

    @Flag(name: .customLong("dry-run"), help: "Say what would be removed, and change nothing.")
    var isDryRun = false

    @OptionGroup var retention: RetentionOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let policy = retention.policy
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let report: PruneReport
        if isDryRun {
            report = try store.openForReading().prunePreview(policy)
        } else {
            report = try store.openForWriting().prune(policy) { done, total in
                bar.show(Double(done) / Double(max(total, 1)), "removed \(Readable.count(done)) of \(Readable.count(total, "block"))")
            }
            bar.finish()
        }
        if output.isJSON { return try JSONOutput.print(Report(report)) }
        show(report)
    }

    private func show(_ report: PruneReport) {
        if !report.kept.isEmpty {
            var table = TextTable(.words("kept"), .words("because of"))
            for (version, reasons) in report.kept { table.add("\(version)", reasons.map { "\($0)" }.joined(separator: ", ")) }
            table.print()
        }
        let names = report.removed.map { "\($0)" }
        let shown = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
        Terminal.writeLine(
            "\(report.isDryRun ? "would remove" : "removed") \(Readable.count(names.count, "version"))"
                + (names.isEmpty ? "" : " (\(shown))")
                + " and \(Readable.count(report.blocks, "block")) of \(Readable.bytes(report.bytes))")
        if report.isHeldUpByPublication {
            Terminal.writeLine("a version is being published, so blocks stay for now: run this again when it is there")
        }
        if !report.readers.isEmpty {
            Terminal.writeLine(
                "their space is free when process \(Set(report.readers).sorted().map(String.init).joined(separator: ", ")) "
                    + "no longer reads the store as it was")
        }
    }

    private struct Report: Encodable {
        let kept: [Kept]
        let removed: [UInt64]
        let blocks: Int
        let bytes: Int
        let heldUpByPublication: Bool
        let readers: [Int]
        let dryRun: Bool

        struct Kept: Encodable {
            let version: UInt64
            let reasons: [String]
        }

        init(_ report: PruneReport) {
            kept = report.kept.map { Kept(version: $0.version.rawValue, reasons: $0.reasons.map { "\($0)" }) }
            removed = report.removed.map(\.rawValue)
            (blocks, bytes) = (report.blocks, report.bytes)
            (heldUpByPublication, readers, dryRun) = (report.isHeldUpByPublication, report.readers, report.isDryRun)
        }
    }
}
