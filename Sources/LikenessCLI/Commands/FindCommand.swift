import ArgumentParser
import Likeness

/// `likeness find`: items and features by the words of their names.
struct FindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Find items and features by words of their names.",
        discussion: """
            It finds what has words that begin as those given do, in its id, its name or its label, whatever their case. What is found is \
            named as queries name it: item:ID, tag:dragon, or user-feature:country:fr for a feature of users.

            Examples:
              likeness find 'blue dra'
              likeness find dragon -k 50 --json
            """)

    @Argument(help: "Words, or their beginnings.")
    var text: [String]

    @Option(name: .customShort("k"), help: ArgumentHelp("How many to find.", valueName: "k"))
    var count = 20

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try NeighborCount.check(count) }

    func run() throws {
        let found = try store.openForReading().find(text.joined(separator: " "), limit: count)
        if output.isJSON {
            for name in found { try JSONOutput.print(name) }
            return
        }
        if found.isEmpty { return Terminal.writeError("nothing was found\n") }
        let hasNames = found.contains { $0.name != nil }
        var table = TextTable(.words("term"), .words(hasNames ? "name" : ""))
        for name in found {
            let term =
                switch name.kind {
                case .item: "item:" + name.id
                case .tag: name.id
                case .userFeature: "user-feature:" + name.id
                }
            table.add(term, name.name ?? "")
        }
        table.print()
    }
}
