import ArgumentParser
import Likeness

/// `likeness nearest`: what is near an item, a tag, a user, or a sum of them.
struct NearestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nearest",
        abstract: "Find the items, tags or users that are near an item, a tag, a user, or a sum of them.",
        discussion: """
            What is looked for is named as item:ID, user:ID or TYPE:VALUE, such as tag:dragon or, of users, country:fr. Where \
            items and users have a feature of one label, user-feature:country:fr names the users'. Tags are suggested to an item: \
            `nearest tags` leaves out those that it has. The score is the cosine, 1 for the same direction.

            Examples:
              likeness nearest items --to tag:dragon
              likeness nearest tags --to item:a1b2 -k 5
              likeness nearest items --query '+tag:dragon +item:a1b2 -tag:anime'
              likeness nearest users --to country:fr
              likeness nearest items --to tag:dragon --diversify 0.3
              likeness nearest items --to tag:dragon --where 'category:characters and not tag:anime'
              likeness nearest items --all items -k 20 --output similar.csv
              likeness nearest items --batch queries.txt --json
            """)

    @Argument(help: "What to find: items, tags or users.")
    var kind: EntityKind

    @Option(
        name: .customLong("to"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("What to be near to; given more than once, their sum.", valueName: "term"))
    var terms: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A sum with signs and weights, such as '+2*tag:a +item:b -0.5*tag:c'.", valueName: "sum"))
    var query: String?

    @Option(
        help: ArgumentHelp("A file of numbers to be near to, as --print-vector prints them; - is standard input.", valueName: "file"))
    var toVector: String?

    @Flag(help: "Print the vector that is looked for, of length 1, and nothing else.")
    var printVector = false

    @Option(
        name: .customLong("type"), help: ArgumentHelp("For tags: the type of feature to find.", valueName: "type"))
    var featureType: String?

    @Option(name: .customShort("k"), help: ArgumentHelp("How many to find.", valueName: "k"))
    var count = 10

    @OptionGroup(title: "Many queries") var batch: BatchNearest
    @OptionGroup(title: "Answers for many") var batchOutput: BatchOutputOptions
    @OptionGroup(title: "Ranking") var ranking: RankingOptions
    @OptionGroup(title: "Approximate search") var effort: EffortOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions
    @OptionGroup var version: VersionOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let ways = [!terms.isEmpty, query != nil, toVector != nil, batch.isWanted].count(where: \.self)
        if ways != 1 {
            throw ValidationError(
                ways == 0
                    ? "nothing to be near to was given. Use --to, such as --to tag:dragon, or --query '+tag:a -tag:b'."
                    : "more than one of --to, --query, --to-vector, --batch and --all was given. Write a sum into --query, many queries into --batch."
            )
        }
        try batchOutput.check(isWanted: batch.isWanted, with: "--batch FILE or --all")
        if printVector && terms.isEmpty && query == nil { throw ValidationError("--print-vector goes with --to and --query only.") }
        if featureType != nil && kind != .tags {
            throw ValidationError("--type goes with `nearest tags` only: it says which type of feature to find.")
        }
        try NeighborCount.check(count)
    }

    func run() throws {
        if batch.isWanted {
            var options = NearestBatchOptions(.list([]))
            (options.k, options.type, options.filter) = (count, featureType, try filter.filter())
            (options.rules, options.effort) = (try ranking.rules(), effort.effort)
            let store = try store.openForReading()
            return try batch.run(kind, store, version.reference, options: options, batchOutput, asJSON: output.isJSON)
        }
        let sum = query ?? QuerySum(terms).description
        let vector = try toVector.map { try VectorFile.numbers(in: $0) }
        let store = try store.openForReading()
        if printVector {
            return try store.withSession(of: version.reference) { session in VectorFile.show(try session.vector(of: sum)) }
        }
        let (filter, rules, effort) = (try filter.filter(), try ranking.rules(), effort.effort)
        let neighbors = try store.withSession(of: version.reference, threads: Processors.count) { session in
            if let vector {
                return try session.nearest(
                    kind, toVector: vector, k: count, type: featureType, filter: filter, rules: rules, effort: effort)
            }
            return try session.nearest(kind, to: sum, k: count, type: featureType, filter: filter, rules: rules, effort: effort)
        }
        try NeighborDisplay.show(neighbors, output)
    }
}

/// The rule for `-k`.
enum NeighborCount {
    /// - Throws: `ValidationError` unless `count` is positive.
    static func check(_ count: Int) throws {
        if count < 1 { throw ValidationError("-k is \(count), but at least 1 must be asked for.") }
    }
}
