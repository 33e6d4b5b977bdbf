import ArgumentParser
import Likeness
import PlainText

/// `likeness recommend`: items for a user, or for somebody of whom likes or features are known.
struct RecommendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Recommend items to a user, or to somebody of whom likes or features are known.",
        discussion: """
            The score is what the model was trained to rank by: the inner product plus the item's bias. Items that the user \
            likes already are left out. Who is not in the version, or not in the store at all, is placed among its items by the \
            model's own loss, with every item fixed: from likes, from features that users have, or from both.

            Examples:
              likeness recommend --user u42 -k 10
              likeness recommend --likes a1b2,c3d4 --dislikes e5f6
              likeness recommend --features country:fr,plan:pro
              likeness recommend --user u42 --explain --max-per-type category:2
              likeness recommend --all -k 20 --output recommendations.csv
              likeness recommend --users users.txt --explain --json
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("The user, by the id that the likes have.", valueName: "id"))
    var user: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Items that somebody likes, in place of a user.", valueName: "id,id,…"))
    var likes: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Items that the same somebody dislikes.", valueName: "id,id,…"))
    var dislikes: String?

    @Option(
        help: ArgumentHelp(
            "Features that somebody has, in place of a user or with --likes: 'country:fr,city:\"New York\"'.",
            valueName: "type:value,…"))
    var features: String?

    @Flag(help: "Say which likes, features and tags speak most for each item; for many users in JSON lines.")
    var explain = false

    @Flag(help: "Print the vector that items are ranked by, and nothing else.")
    var printVector = false

    @Flag(help: "Also list items that the user likes already.")
    var includeLiked = false

    @Option(name: .customShort("k"), help: ArgumentHelp("How many to recommend.", valueName: "k"))
    var count = 10

    @OptionGroup(title: "Many users") var batch: BatchRecommendation
    @OptionGroup(title: "Answers for many") var batchOutput: BatchOutputOptions
    @OptionGroup(title: "Ranking") var ranking: RankingOptions
    @OptionGroup(title: "Approximate search") var effort: EffortOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions
    @OptionGroup var version: VersionOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// How many likes, features and tags explain each item.
    private static let reasonCount = 3

    func validate() throws {
        try NeighborCount.check(count)
        try batchOutput.check(isWanted: batch.isWanted, with: "--all or --users FILE")
        if [user != nil, likes != nil || features != nil, batch.isWanted].count(where: \.self) != 1 {
            throw ValidationError(
                "give one of --user ID, --likes ID,ID,…, --features TYPE:VALUE,…, --users FILE and --all: for whom to recommend. "
                    + "--likes and --features go together.")
        }
        if batch.isWanted && printVector {
            throw ValidationError("--print-vector is about one user. Leave it out, or use --user.")
        }
        if dislikes != nil && likes == nil && features == nil {
            throw ValidationError("--dislikes goes with --likes or --features only.")
        }
    }

    func run() throws {
        let store = try store.openForReading()
        if !includeLiked, !printVector, user != nil || batch.isWanted, try store.contents() == .withoutLikes {
            Terminal.writeError("note: this replica holds no likes, so items that a user likes already may be among the results\n")
        }
        if batch.isWanted {
            var options = BatchOptions()
            (options.k, options.includesLiked, options.filter) = (count, includeLiked, try filter.filter())
            (options.rules, options.effort) = (try ranking.rules(), effort.effort)
            options.reasons = explain ? RecommendCommand.reasonCount : 0
            return try batch.run(store, version.reference, options: options, batchOutput, asJSON: output.isJSON)
        }
        let likes = try CommaList.elements(likes ?? "", option: "--likes")
        let dislikes = try CommaList.elements(dislikes ?? "", option: "--dislikes")
        let features = try CommaList.elements(features ?? "", option: "--features")
        if printVector {
            return try store.withSession(of: version.reference) { session in
                if let user { return VectorFile.show(try session.vector(ofUser: user)) }
                VectorFile.show(try session.vector(likes: likes, dislikes: dislikes, features: features))
            }
        }
        let reasons = explain ? RecommendCommand.reasonCount : 0
        let neighbors = try store.withSession(of: version.reference, threads: Processors.count) { session in
            if let user {
                return try session.recommend(
                    user: user, k: count, includingLiked: includeLiked, filter: filter.filter(), rules: ranking.rules(), reasons: reasons,
                    effort: effort.effort)
            }
            return try session.recommend(
                likes: likes, dislikes: dislikes, features: features, k: count, includingLiked: includeLiked, filter: filter.filter(),
                rules: ranking.rules(), reasons: reasons, effort: effort.effort)
        }
        if !output.isJSON, let unknown = neighbors.unknown {
            let list = unknown.map(\.printable).joined(separator: ", ")
            Terminal.writeError("not in v\(neighbors.version), and passed over: \(list)\n")
        }
        let hint = includeLiked ? "" : ": nothing passes that is not liked or disliked already. --include-liked lists what is liked, too"
        try NeighborDisplay.show(neighbors, output, hint: hint)
    }
}
