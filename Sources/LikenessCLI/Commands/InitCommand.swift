import ArgumentParser
import Likeness
import Platform

/// `likeness init`: makes an empty store.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make an empty store.",
        discussion: """
            The folder is made if it is missing. A store that is there already is left as it is.

            Example: likeness init --store store
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        Interruption.removeUnfinishedFiles()
        _ = try Store.create(at: store.path)
        if output.isJSON {
            try JSONOutput.print(["store": store.path])
        } else {
            Terminal.writeLine("made an empty store in \(store.path)")
        }
    }
}
