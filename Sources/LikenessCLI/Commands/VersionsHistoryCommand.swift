import ArgumentParser
import Likeness

/// `likeness versions history`: all moves of an alias.
struct VersionsHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List all moves of an alias: when, who, how, from where to where.",
        discussion: "Example: likeness versions history production")

    @Argument(help: "The alias.")
    var alias = "production"

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let moves = try store.openForReading().history(of: alias)
        if output.isJSON {
            for move in moves { try JSONOutput.print(MoveReport(alias: alias, move: move)) }
            return
        }
        var table = TextTable(.words("when"), .words("who"), .words("how"), .words("from"), .words("to"))
        for move in moves {
            table.add(
                Readable.time(milliseconds: move.when), move.who, move.kind.rawValue, move.from.map { "\($0)" } ?? "",
                "\(move.to)")
        }
        table.print()
    }
}
