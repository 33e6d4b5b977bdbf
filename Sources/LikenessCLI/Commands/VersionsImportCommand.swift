import ArgumentParser
import Likeness

/// `likeness versions import`: takes in a version that was exported.
struct VersionsImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take in a version that `versions export` wrote, here or elsewhere.",
        discussion: """
            Everything in the pack is checked before anything is written, so that a damaged or cut file changes nothing. Ids that the store \
            lacks are added; a store in which an id has another place is refused with the first one that differs, and an empty store takes \
            any pack. The version gets the next number here, `versions show` says what it is where it was made, and queries answer as there. \
            It cannot be continued here: the likes that it was made from are not in the pack.

            Example: likeness versions import model.pack --as production
            """)

    @Argument(help: "The pack.")
    var file: String

    @Option(name: .customLong("as"), help: ArgumentHelp("The alias to point at the version.", valueName: "alias"))
    var alias: String?

    @Option(
        name: .customLong("expect"),
        help: ArgumentHelp("The pack's hash, as the export printed it; another pack is refused.", valueName: "hash"))
    var expected: String?

    @Option(help: ArgumentHelp("A note to keep with the version.", valueName: "text"))
    var note: String?

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let alias { try AliasOption.check(alias, option: "--as") }
        if let expected, expected.utf8.count != 64 || !expected.allSatisfy(\.isHexDigit) {
            throw ValidationError("--expect: '\(expected)' is no hash; give the 64 digits that `versions export` printed.")
        }
    }

    func run() throws {
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let report = try store.openForWriting().importVersion(from: file, expecting: expected, alias: alias, note: note) { progress in
            let share = Double(progress.bytes) / Double(max(progress.totalBytes, 1))
            let isChecking = progress.phase == .checking
            bar.show(
                share / 2 + (isChecking ? 0 : 0.5),
                "\(isChecking ? "checked" : "wrote") \(Readable.bytes(progress.bytes)) of \(Readable.bytes(progress.totalBytes))")
        }
        bar.finish()
        if output.isJSON { return try JSONOutput.print(Report(report, file: file, seconds: watch.seconds)) }
        Terminal.writeLine(
            "took in \(file) as \(report.version): \(Readable.count(report.blocks, "block")), \(Readable.bytes(report.bytesWritten)) written "
                + "in \(Readable.duration(watch.seconds))")
        Terminal.writeLine("it was made as \(report.origin.version) of store \(report.origin.store)")
        if let alias = report.alias { Terminal.writeLine("\(alias) points at \(report.version)") }
    }

    private struct Report: Encodable {
        let file: String
        let version: UInt64
        let origin: VersionOrigin
        let packHash: String
        let blocks: Int
        let bytes: Int
        let bytesWritten: Int
        let alias: String?
        let seconds: Double

        init(_ report: ImportReport, file: String, seconds: Double) {
            (self.file, version, origin, self.seconds) = (file, report.version.rawValue, report.origin, seconds)
            (packHash, blocks, bytes) = (report.packHash, report.blocks, report.bytes)
            (bytesWritten, alias) = (report.bytesWritten, report.alias)
        }
    }
}
