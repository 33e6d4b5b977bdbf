import ArgumentParser
import Likeness
import Platform

/// `likeness versions export`: writes one version as one file.
struct VersionsExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write one version as one file, a pack, that other stores take in.",
        discussion: """
            The pack holds the model, and the ids, names and liked items that queries need with it; no log, so nobody can train from it. It \
            appears whole or not at all, and readers and writers go on meanwhile. Its hash, which is printed, authenticates every byte: give \
            it to `versions import --expect` where the file comes by a way that you do not trust.

            Example: likeness versions export production model.pack
            """)

    @Argument(help: "The version: its number (v12) or an alias.")
    var version: VersionReference

    @Argument(help: "The file to write; it must not be there yet.")
    var file: String

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let watch = Stopwatch()
        Interruption.removeUnfinishedFiles()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let report = try store.openForReading().exportVersion(version, to: file) { progress in
            bar.show(
                Double(progress.bytes) / Double(max(progress.totalBytes, 1)),
                "wrote \(Readable.bytes(progress.bytes)) of about \(Readable.bytes(progress.totalBytes))")
        }
        bar.finish()
        if output.isJSON { return try JSONOutput.print(Report(report, file: file, seconds: watch.seconds)) }
        Terminal.writeLine(
            "wrote \(report.version) to \(file): \(Readable.count(report.blocks, "block")), \(Readable.bytes(report.bytes)) in "
                + Readable.duration(watch.seconds))
        Terminal.writeLine("the pack's hash is \(report.packHash)")
    }

    private struct Report: Encodable {
        let file: String
        let version: UInt64
        let rootHash: String
        let packHash: String
        let blocks: Int
        let bytes: Int
        let seconds: Double

        init(_ report: ExportReport, file: String, seconds: Double) {
            (self.file, version, self.seconds) = (file, report.version.rawValue, seconds)
            (rootHash, packHash, blocks, bytes) = (report.rootHash, report.packHash, report.blocks, report.bytes)
        }
    }
}
