import ArgumentParser
import Likeness

/// `nearest` for many queries: which ones.
struct BatchNearest: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Answer each line of this file, a term or a sum as --to and --query take them; - is standard input.", valueName: "file"))
    var batch: String?

    @Option(help: "Find what is near each of all items, tags or users: with items, the item-to-item table.")
    var all: EntityKind?

    /// Whether many queries are asked.
    var isWanted: Bool { batch != nil || all != nil }

    func validate() throws {
        if all != nil && batch != nil { throw ValidationError("--all and --batch were both given. Leave one of them out.") }
    }

    /// Answers all queries; `options` says how, but for which queries.
    func run(
        _ kind: EntityKind, _ store: StoreReader, _ version: VersionReference, options: NearestBatchOptions, _ output: BatchOutputOptions,
        asJSON: Bool
    ) throws {
        var options = options
        if let all { options.queries = .all(all) } else { options.queries = .list(try LineFile.lines(of: batch ?? "-")) }
        (options.skip, options.threads) = (output.skip, output.threadCount)
        try output.run(
            noun: "query", plural: "queries", source: batch, asJSON: asJSON,
            done: {
                "found \(Readable.count(options.k, "neighbour")) each for \(Readable.count($0.answered, "query", plural: "queries")) by "
                    + "v\($0.version) in \(Readable.duration($0.seconds))"
            },
            { try store.writeNearest(kind, options, to: $0, version: version, progress: $1) })
    }
}
