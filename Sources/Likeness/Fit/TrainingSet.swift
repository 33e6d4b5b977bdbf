import LikenessStore
import LikenessTraining

/// What a fit reads from the store, as of one moment: likes, raw features, vocabulary lengths.
struct TrainingSet {
    let likes: LikeColumns
    /// Explicit dislikes are rows behind the likes, with a value of 0.
    let watermark: SequenceNumber
    let lengths: Manifest.Lengths
    /// Raw features of every item: one list an item.
    let itemFeatures: [[(feature: UInt32, weight: Float)]]
    let userFeatures: [[(feature: UInt32, weight: Float)]]

    /// Reads everything up to now.
    ///
    /// - Complexity: O(likes + features), all in memory.
    init(_ store: Store, in transaction: borrowing Reading, readsFeatures: Bool) throws(StoreError) {
        let tables = store.tables
        let log = LikesLog(tables)
        watermark = try log.lastSequence(in: transaction)
        likes = try log.likes(in: transaction)
        lengths = Manifest.Lengths(
            users: Int(try Vocabulary(.users, in: tables).length(in: transaction)),
            items: Int(try Vocabulary(.items, in: tables).length(in: transaction)),
            itemFeatures: readsFeatures ? Int(try Vocabulary(.itemFeatures, in: tables).length(in: transaction)) : 0,
            userFeatures: readsFeatures ? Int(try Vocabulary(.userFeatures, in: tables).length(in: transaction)) : 0)
        itemFeatures = try TrainingSet.features(.items, lengths.items, store, readsFeatures, in: transaction)
        userFeatures = try TrainingSet.features(.users, lengths.users, store, readsFeatures, in: transaction)
    }

    private static func features(
        _ kind: VocabularyKind, _ count: Int, _ store: Store, _ reads: Bool, in transaction: borrowing Reading
    ) throws(StoreError) -> [[(feature: UInt32, weight: Float)]] {
        guard reads else { return [] }
        var lists = [[(feature: UInt32, weight: Float)]](repeating: [], count: count)
        try EntityFeatures(of: kind, in: store.tables).forEach(in: transaction) { entity, features in
            if Int(entity) < lists.count { lists[Int(entity)] = features }
        }
        return lists
    }

    /// Feature rows of the items or users that are part of the model, by a weighting; nil if no row has features.
    ///
    /// Rows of absent entities have their own embedding alone, and do not count as rows that have a feature.
    static func rows(
        _ lists: [[(feature: UInt32, weight: Float)]], present: [Bool], weighting: FeatureWeighting
    ) throws(TrainingError) -> FeatureRows? {
        let kept = lists.indices.map { present[$0] ? lists[$0] : [] }
        if kept.allSatisfy(\.isEmpty) { return nil }
        return try weighting.rows(of: kept)
    }
}
