import ArgumentParser
import Likeness

/// `likeness dump`: every record of a store, as text.
struct DumpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Print every record of the store, a JSON object a line.",
        discussion: """
            For looking into a store, and for comparing two: those with the same dump hold the same. Of a block of numbers only the header is \
            printed; its key is the hash of all of it. `versions export` and `backup` are the ways to move data.

            Example: likeness dump --store store | grep '"table":"aliases"'
            """)

    @OptionGroup var store: StoreOptions

    func run() throws {
        try store.openForReading().dump { line in
            Terminal.writeLine(line)
            return !Terminal.hasFailed
        }
    }
}
