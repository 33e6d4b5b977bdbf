import ArgumentParser
import Likeness

/// `likeness versions compact`: folds the layers of a version.
struct VersionsCompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Write a version without layers, which answers the same.",
        discussion: """
            Continuations lay the rows that changed over those of their parent, and fold them together by themselves. This does so now: it \
            writes a new version with the same contents, and points the aliases of the old one at it. A prune then removes what \
            only the old one needs.

            Example: likeness versions compact production
            """)

    @Argument(help: "The version: its number (v12) or an alias.")
    var version = VersionReference.current

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let store = try store.openForWriting()
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let compacted = try store.compact(version) { bar.show($0, "folding layers") }
        bar.finish()
        guard let report = compacted else {
            let number = try store.summary(of: version).version
            if output.isJSON { return try JSONOutput.print(Nothing(version: number)) }
            return Terminal.writeLine("v\(number) has no layers: nothing to do")
        }
        if output.isJSON { return try JSONOutput.print(report) }
        let aliases = report.aliases.isEmpty ? "" : "; \(report.aliases.joined(separator: ", ")) points at it"
        Terminal.writeLine(
            "v\(report.version) is v\(report.from) without its \(Readable.count(report.layers, "layer"))\(aliases): "
                + "\(Readable.count(report.rows, "row")), \(Readable.bytes(report.bytesWritten)) in \(Readable.duration(watch.seconds))")
    }

    /// What scripts read when there was nothing to do.
    private struct Nothing: Encodable {
        let version: UInt64
        let layers = 0
    }
}
