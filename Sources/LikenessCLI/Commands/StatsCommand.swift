import ArgumentParser
import Likeness

/// `likeness stats`: what a store holds, in numbers.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what the store holds, in numbers.",
        discussion: "Example: likeness stats --store store --json")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let statistics = try store.openForReading().statistics()
        if output.isJSON { return try JSONOutput.print(statistics) }
        for (name, value) in facts(of: statistics) {
            Terminal.writeLine(name + String(repeating: " ", count: max(10 - name.count, 1)) + value)
        }
    }

    private func facts(of statistics: StoreStatistics) -> [(String, String)] {
        var likes = Readable.count(statistics.likes)
        if statistics.dislikes > 0 { likes += ", and \(Readable.count(statistics.dislikes, "dislike"))" }
        var facts = [
            ("likes", "\(likes) (last sequence number \(Readable.count(statistics.lastSequence)))"),
            ("users", "\(Readable.count(statistics.users)) with \(Readable.count(statistics.userFeatures, "feature"))"),
            ("items", "\(Readable.count(statistics.items)) with \(Readable.count(statistics.itemFeatures, "feature"))"),
            (
                "versions",
                "\(Readable.count(statistics.versions)) and \(Readable.count(statistics.aliases, "alias", plural: "aliases")) "
                    + "over \(Readable.count(statistics.blocks, "block"))"
            ),
            ("file", "\(Readable.bytes(statistics.fileBytes)); it can grow to \(Readable.bytes(statistics.mapBytes))"),
            ("format", "\(statistics.format), LMDB \(statistics.lmdbVersion)"),
            ("created", Readable.time(milliseconds: statistics.created)),
        ]
        if let remote = statistics.replicaOf { facts.append(("replica", "of \(remote)")) }
        for reader in statistics.readers {
            facts.append(
                (
                    "reader",
                    "process \(reader.process) sees the store as it was \(Readable.count(reader.commitsBehind, "commit")) ago; until it is done, "
                        + "\(Readable.bytes(reader.heldBytes)) that were freed since stay as they are"
                ))
        }
        return facts
    }
}
