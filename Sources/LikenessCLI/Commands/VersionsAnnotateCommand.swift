import ArgumentParser
import Likeness
import PlainText

/// `likeness versions annotate`: writes a version's note.
struct VersionsAnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Write a version's note, in place of the one it has.",
        discussion: "Example: likeness versions annotate v2 'trained after the clean-up of tags'")

    @Argument(help: "The version: its number (v12) or an alias.")
    var version: VersionReference

    @Argument(help: "The note.")
    var note: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let annotated = try store.openForWriting().annotate(version, note: note)
        if output.isJSON {
            try JSONOutput.print(Report(version: annotated.rawValue, note: note))
        } else {
            Terminal.writeLine("\(annotated) has the note: \(note.printable)")
        }
    }

    private struct Report: Encodable {
        let version: UInt64
        let note: String
    }
}
