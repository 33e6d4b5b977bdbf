import ArgumentParser
import Likeness

/// `likeness versions rollback`: points an alias back at the target it had before.
struct VersionsRollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Point an alias back at the version it pointed at before.",
        discussion: """
            Instant, whatever the model's size. Once more goes one further back. The version that the alias leaves stays.

            Example: likeness versions rollback production
            """)

    @Argument(help: "The alias.")
    var alias = "production"

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard Version(alias.lowercased()) != nil else { return }
        throw ValidationError(
            "\(alias) is a version, and an alias is what is rolled back. To point an alias at it: likeness versions promote \(alias)")
    }

    func run() throws {
        let move = try store.openForWriting().rollBack(alias)
        if output.isJSON { return try JSONOutput.print(MoveReport(alias: alias, move: move)) }
        Terminal.writeLine(
            "\(alias) points at \(move.to) again, no longer at \(move.from.map { "\($0)" } ?? "anything")")
    }
}
