import ArgumentParser
import Likeness
import Platform

/// `likeness backup`: copies the store to one file while it is in use.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the whole store to one file, while it is in use.",
        discussion: """
            Readers and writers go on while the copy is made. The file appears whole or not at all. It is a store itself:
            give it to --store, also from read-only media.

            Examples:
              likeness backup copy.likeness --store store
              likeness backup - --store store | zstd > copy.likeness.zst
            """)

    @Argument(help: "The file to write, which must not be there yet; - is standard output.")
    var file: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        Interruption.removeUnfinishedFiles()
        if file == "-" {
            if StandardStream.isTerminal(StandardStream.output) {
                throw CommandError("a store is no text for a terminal. Send it to a file or a pipe, or name a file")
            }
            return try store.openForReading().backUpToStandardOutput()
        }
        let started = Stopwatch()
        let bytes = try store.openForReading().backUp(to: file)
        if output.isJSON {
            try JSONOutput.print(Report(file: file, bytes: bytes, seconds: started.seconds))
        } else {
            Terminal.writeLine(
                "copied \(store.path) to \(file): \(Readable.bytes(bytes)) in \(Readable.duration(started.seconds))")
        }
    }

    private struct Report: Encodable {
        let file: String
        let bytes: Int
        let seconds: Double
    }
}
