import Interchange
import LikenessEvaluation
import LikenessFormat
import LikenessModels
import LikenessStore

/// A version's representations where they lie in the map, and a test file's likes: what an evaluation reads. It is good for as
/// long as the transaction is open.
struct RankedModel {
    let test: TestLikes
    /// Held-out likes that the version was made from.
    let overlap: Int
    /// Whether there is an item to rank, and a held-out like that counts.
    var hasSomethingToRank: Bool { items.isPresent.contains(true) && test.hasLikes }

    private let items: VersionRows
    private let users: VersionRows
    /// What the users liked when the version was made, and what of that is left out of their rankings, with what they disliked.
    private let train: LikeRows
    private let known: LikeRows
    private let popularity: [UInt32]

    /// - Parameter skipsKnown: whether held-out likes that the version was made from are left out.
    init(
        _ store: StoreReader, _ manifest: Manifest, _ pairs: PairsFile, among: EvaluatedItems = .all, skipsKnown: Bool = false,
        in transaction: borrowing Reading
    ) throws(StoreError) {
        var items = try VersionRows(.item, manifest, store, in: transaction)
        users = try VersionRows(.user, manifest, store, in: transaction)
        var test = try TestLikes(
            pairs, store, presentUsers: users.isPresent, presentItems: items.isPresent, in: transaction)
        if among != .all {
            let isWarm = try RankedModel.warmItems(manifest, store, isPresent: items.isPresent, in: transaction)
            // What is no part of the version is cold, and ranked last.
            let isChosen = isWarm.map { $0 == (among == .warm) }
            test.keep(items: isChosen, unindexed: among == .cold, presentItems: items.isPresent)
            items.keep(isChosen)
        }
        self.items = items
        let index = SeenItems(store.tables)
        let itemCount = items.isPresent.count
        popularity = try index.popularity(itemCount: itemCount, in: transaction)
        // Of a version that came in a pack, what its users liked came with it, and all of the store's own log is later.
        let later = try RankedModel.pairs(told: manifest.origin == nil ? manifest.watermark : .zero, store, in: transaction)
        let held = Set(zip(test.users, test.items).map { UInt64(test.rows[Int($0)]) << 32 | UInt64($1) })
        var (liked, seen) = (Rows(), Rows())
        for user in test.rows {
            func isEarlier(_ item: UInt32) -> Bool { Int(item) < itemCount && !later.contains(UInt64(user) << 32 | UInt64(item)) }
            let likes = try index.items(likedBy: user, in: transaction).filter(isEarlier)
            let dislikes = try index.items(dislikedBy: user, in: transaction).filter {
                isEarlier($0) && !held.contains(UInt64(user) << 32 | UInt64($0))
            }
            liked.append(likes)
            seen.append(likes + dislikes)
        }
        do {
            train = try LikeRows(offsets: liked.offsets, indices: liked.items, itemCount: itemCount)
            known = try LikeRows(offsets: seen.offsets, indices: seen.items, itemCount: itemCount)
        } catch {
            throw .damaged(table: "likes by user", key: "\(test.rows)", reason: error.description)
        }
        let train = train
        overlap = zip(test.users, test.items).count { train.contains(user: Int($0), item: $1) }
        if skipsKnown, overlap > 0 { test.remove { train.contains(user: Int($0), item: $1) } }
        self.test = test
    }

    /// Whether each item is part of a version and has likes there.
    /// - Complexity: O(items × log rows of a layer).
    private static func warmItems(
        _ manifest: Manifest, _ store: StoreReader, isPresent: [Bool], in transaction: borrowing Reading
    ) throws(StoreError) -> [Bool] {
        let rows = try LayeredRows(.item, manifest, store, in: transaction)
        var isWarm = isPresent
        for row in isPresent.indices where isPresent[row] { isWarm[row] = try (rows.tally(of: row, in: transaction)?.likes ?? 0) > 0 }
        return isWarm
    }

    /// Items of one user after the other.
    private struct Rows {
        var offsets = [0]
        var items: [UInt32] = []

        mutating func append(_ row: [UInt32]) {
            items += row
            offsets.append(items.count)
        }
    }

    /// The pairs of user and item whose opinion came after a watermark: the version was not made from them. A pair that got another weight
    /// since then is not among them.
    /// - Complexity: O(events after it); O(events) where pairs may have several.
    private static func pairs(
        told watermark: SequenceNumber, _ store: StoreReader, in transaction: borrowing Reading
    ) throws(StoreError) -> Set<UInt64> {
        let log = LikesLog(store.tables)
        let new = try log.opinions(after: watermark, readsTimes: false, in: transaction)
        var pairs = Set(zip(new.users, new.items).map { UInt64($0) << 32 | UInt64($1) })
        guard new.weights != nil, try log.hasRepeatedPairs(in: transaction) else { return pairs }
        var before: [UInt64: UInt8] = [:]
        try log.forEachRun(through: watermark, in: transaction) { _, run in
            for event in 0..<run.count where run.kinds?[event] != EventKind.erased.rawValue {
                let pair = UInt64(run.users[event]) << 32 | UInt64(run.items[event])
                if pairs.contains(pair) { before[pair] = run.kinds?[event] ?? LikeKind.like.rawValue }
            }
        }
        for position in 0..<new.count {
            let pair = UInt64(new.users[position]) << 32 | UInt64(new.items[position])
            if before[pair] == new.kinds?[position] ?? LikeKind.like.rawValue { pairs.remove(pair) }
        }
        return pairs
    }

    /// Ranks and measures.
    ///
    /// - Throws: `EvaluationFailure.model`, where the lists of the best k would take more memory than there is, or the evaluation's error.
    func evaluate(_ options: EvaluationOptions, limits: MemoryLimits = MemoryLimits()) throws -> EvaluationReport {
        try limits.checkLists(of: options.k, users: test.rows.count, items: items.biases.count, threads: options.threads)
        var held = try LikeRows(
            users: test.users, items: test.items, userCount: test.rows.count, itemCount: items.biases.count)
        held.unindexed = test.unindexed
        return try items.withModel(
            users: users.vectors(of: test.rows), userBiases: test.rows.map { users.biases[Int($0)] }
        ) { model in
            try Evaluation(
                k: options.k, excludesTrain: options.excludesTrain, includesCatalogue: true,
                includesUsers: options.includesUsers, threads: options.threads
            ).evaluate(model, test: held, train: train, known: known, popularity: popularity)
        }
    }
}
