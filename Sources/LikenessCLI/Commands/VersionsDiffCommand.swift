import ArgumentParser
import Likeness
import PlainText

/// `likeness versions diff`: what has changed from one version to another.
struct VersionsDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what has changed from one version to another.",
        discussion: """
            Settings and figures, rows that came, went and moved most, what is near the items that moved most (or near what --of names) in one and \
            not in the other, and the blocks that they do not share. What is equal is skipped, so that versions which share most of their blocks \
            are compared at once. Distances are 1 minus the cosine; between two full fits they mean nothing, and neighbours do.

            Example: likeness versions diff v3 production --of tag:dragons
            """)

    @Argument(help: "The first version: its number (v12) or an alias.")
    var first: VersionReference

    @Argument(help: "The second version.")
    var second = VersionReference.current

    @Option(
        name: .customLong("of"),
        help: ArgumentHelp(
            "Compare the items near this, such as item:ID or tag:dragon; may be given more than once.",
            valueName: "term"))
    var around: [String] = []

    @Option(
        help: ArgumentHelp(
            "How many of the rows of each kind that moved most are named.", valueName: "n"))
    var most = DifferenceOptions().most

    @Option(
        name: .customShort("k"), help: ArgumentHelp("How many neighbours are compared.", valueName: "k")
    )
    var count = DifferenceOptions().k

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if most < 0 { throw ValidationError("--most: \(most) is less than 0.") }
        try NeighborCount.check(count)
    }

    func run() throws {
        var options = DifferenceOptions()
        (options.most, options.around, options.k) = (most, around, count)
        let difference = try store.openForReading().difference(from: first, to: second, options)
        if output.isJSON { return try JSONOutput.print(difference) }
        Terminal.writeLine(
            "from v\(difference.from) to v\(difference.to)"
                + (difference.isContinuation ? "" : ", which are fits of their own"))
        showFigures(difference)
        showRows(difference)
        showNeighborhoods(difference)
        let (old, new) = (difference.removedBlocks, difference.addedBlocks)
        Terminal.writeLine(
            "blocks of the first alone: \(Readable.count(old.count)), \(Readable.bytes(old.bytes)); of the second alone: "
                + "\(Readable.count(new.count)), \(Readable.bytes(new.bytes)); all others are shared")
    }

    private func showFigures(_ difference: VersionDifference) {
        if difference.settings.isEmpty && difference.metrics.isEmpty { return }
        var table = TextTable(.words("setting or figure"), .words("before"), .words("after"))
        for setting in difference.settings {
            table.add(setting.name, setting.before ?? "", setting.after ?? "")
        }
        for figure in difference.metrics {
            table.add(figure.name, number(figure.before), number(figure.after))
        }
        table.print()
    }

    private func number(_ value: Double?) -> String {
        guard let value else { return "" }
        return value == value.rounded() && abs(value) < 1e15
            ? Readable.count(Int(value)) : Readable.decimal(value, places: 4)
    }

    private func showRows(_ difference: VersionDifference) {
        var table = TextTable(
            .words("rows"), .numbers("ids before"), .numbers("ids after"), .numbers("moved"),
            .numbers("new"), .numbers("gone"))
        for rows in difference.rows where rows.vocabularyAfter > 0 || rows.vocabularyBefore > 0 {
            table.add(
                "\(rows.kind)s", Readable.count(rows.vocabularyBefore),
                Readable.count(rows.vocabularyAfter), Readable.count(rows.moved),
                Readable.count(rows.added), Readable.count(rows.removed))
        }
        table.print()
        var moved = TextTable(.words("moved most"), .numbers("distance"), .words("id"), .words("name"))
        var isEmpty = true
        for rows in difference.rows {
            for row in rows.most {
                moved.add("\(rows.kind)", Readable.decimal(row.distance, places: 4), row.id, row.name ?? "")
                isEmpty = false
            }
        }
        if !isEmpty { moved.print() }
    }

    private func showNeighborhoods(_ difference: VersionDifference) {
        for near in difference.neighborhoods {
            Terminal.writeLine("near \(near.query.printable): \(near.kept) stay")
            for neighbor in near.gained { Terminal.writeLine("  + \(words(neighbor))") }
            for neighbor in near.lost { Terminal.writeLine("  - \(words(neighbor))") }
        }
    }

    private func words(_ neighbor: Neighbor) -> String {
        (neighbor.name.map { "\($0) (\(neighbor.id))" } ?? neighbor.id).printable
    }
}
