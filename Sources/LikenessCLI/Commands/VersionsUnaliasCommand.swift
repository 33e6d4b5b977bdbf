import ArgumentParser
import Likeness

/// `likeness versions unalias`: removes an alias.
struct VersionsUnaliasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unalias",
        abstract: "Remove an alias and its history.",
        discussion: """
            The version stays, but the alias no longer keeps it from being pruned. Queries that name the alias fail from now on; \
            those that name nothing ask production.

            Example: likeness versions unalias canary
            """)

    @Argument(help: "The alias.")
    var alias: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// What scripts read.
    private struct Report: Encodable {
        let alias: String
        let version: UInt64
    }

    func run() throws {
        let version = try store.openForWriting().removeAlias(alias)
        if output.isJSON { return try JSONOutput.print(Report(alias: alias, version: version.rawValue)) }
        Terminal.writeLine("\(alias) is gone; it pointed at \(version), which stays")
    }
}
