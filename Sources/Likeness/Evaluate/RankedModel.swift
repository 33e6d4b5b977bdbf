import LikenessEvaluation
import LikenessStore

/// A version's representations where they lie in the map, and a test file's likes: what an evaluation reads. It is good for as
/// long as the transaction is open.
struct RankedModel {
    let test: TestLikes
    /// Held-out likes that the store knows, where these are to be left out.
    private(set) var overlap = 0

    private let items: VersionRows
    private let users: VersionRows
    private let train: LikeRows
    private let popularity: [UInt32]

    init(
        _ store: Store, _ manifest: Manifest, _ pairs: PairsFile, excludesTrain: Bool, in transaction: borrowing Reading
    ) throws(StoreError) {
        items = try VersionRows(.item, manifest, store, in: transaction)
        users = try VersionRows(.user, manifest, store, in: transaction)
        test = try TestLikes(
            pairs, store, presentUsers: users.isPresent, presentItems: items.isPresent, in: transaction)
        let index = LikesIndex(store.tables)
        let itemCount = items.isPresent.count
        popularity = try index.popularity(itemCount: itemCount, in: transaction)
        var offsets = [0]
        var liked: [UInt32] = []
        for user in test.rows {
            for item in try index.items(likedBy: user, in: transaction) where Int(item) < itemCount { liked.append(item) }
            offsets.append(liked.count)
        }
        do { train = try LikeRows(offsets: offsets, indices: liked, itemCount: itemCount) } catch {
            throw .damaged(table: "likes by user", key: "\(test.rows)", reason: error.description)
        }
        if excludesTrain {
            let train = train
            overlap = zip(test.users, test.items).count { train.contains(user: Int($0), item: $1) }
        }
    }

    /// Ranks and measures.
    func evaluate(_ options: EvaluationOptions) throws -> EvaluationReport {
        let held = try LikeRows(
            users: test.users, items: test.items, userCount: test.rows.count, itemCount: items.biases.count)
        return try items.withModel(
            users: users.vectors(of: test.rows), userBiases: test.rows.map { users.biases[Int($0)] }
        ) { model in
            try Evaluation(
                k: options.k, excludesTrain: options.excludesTrain, includesCatalogue: true,
                includesUsers: options.includesUsers, threads: options.threads
            ).evaluate(model, test: held, train: train, popularity: popularity)
        }
    }
}
