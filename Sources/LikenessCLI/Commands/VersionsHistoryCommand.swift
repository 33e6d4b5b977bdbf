import ArgumentParser
import Likeness

/// `likeness versions history`: all moves of an alias.
struct VersionsHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List all moves of an alias: when, who, how, from where to where.",
        discussion: """
            With --at, only the move that was in force at that time: its target is the version that the alias pointed at then.

            Example: likeness versions history production --at 2026-11-20T12:00:00Z
            """)

    @Argument(help: "The alias.")
    var alias = "production"

    @Option(
        name: .customLong("at"),
        help: ArgumentHelp(
            "A time: ISO 8601 (UTC unless it names a zone; a date is its first moment), or seconds since 1970.", valueName: "time"))
    var time: String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let time, EventTime.milliseconds(time) == nil {
            throw ValidationError("--at: '\(time)' is no time; use one such as 2026-11-20, 2026-11-20T12:00:00Z or 1795176000.")
        }
    }

    func run() throws {
        let opened = try store.openForReading()
        let moves: [AliasMove]
        if let time = time.flatMap(EventTime.milliseconds) {
            guard let move = try opened.move(of: alias, inForceAt: time) else {
                let first = try opened.history(of: alias).first.map { ", which was \(Readable.time(milliseconds: $0.when))" } ?? ""
                throw CommandError(
                    "'\(alias)' pointed at nothing yet at \(Readable.time(milliseconds: time)): that is before its first move\(first)")
            }
            moves = [move]
        } else {
            moves = try opened.history(of: alias)
        }
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
