import ArgumentParser
import Likeness

/// `likeness versions promote`: points an alias at a version.
struct VersionsPromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Point an alias at a version.",
        discussion: """
            The alias is made if there is none of that name. Queries that name it, or name nothing, answer from the version \
            at once.

            Example: likeness versions promote v2 --to production
            """)

    @Argument(help: "The version: its number (v12) or another alias.")
    var version: VersionReference

    @Option(name: .customLong("to"), help: "The alias.")
    var alias = "production"

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try AliasOption.check(alias, option: "--to")
    }

    func run() throws {
        let move = try store.openForWriting().promote(version, to: alias)
        if output.isJSON { return try JSONOutput.print(MoveReport(alias: alias, move: move)) }
        guard let move else { return Terminal.writeLine("\(alias) points at \(version) already") }
        let from = move.from.map { ", no longer at \($0)" } ?? ""
        Terminal.writeLine("\(alias) points at \(move.to)\(from)")
    }
}
