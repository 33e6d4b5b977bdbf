package import LikenessFormat
import LikenessStore
import LikenessTraining

/// What a fit reads from the store, as of one moment: likes and dislikes, raw features, vocabulary lengths.
package struct TrainingSet {
    /// Each pair of user and item once, a like or a dislike as its last event says, in the order of these last events.
    package let opinions: LikeColumns
    let watermark: SequenceNumber
    let lengths: Manifest.Lengths
    /// Raw features of every item: one list an item.
    let itemFeatures: [[(feature: UInt32, weight: Float)]]
    let userFeatures: [[(feature: UInt32, weight: Float)]]

    /// Reads everything up to now.
    ///
    /// - Parameter through: the last event to read; nil reads all. Features are those of now.
    /// - Complexity: O(likes + features), all in memory.
    init(
        _ store: StoreReader, in transaction: borrowing Reading, readsFeatures: Bool, through: SequenceNumber? = nil
    ) throws(StoreError) {
        let log = LikesLog(store.tables)
        let last = try log.lastSequence(in: transaction)
        watermark = min(through ?? last, last)
        opinions = try log.opinions(through: watermark, readsTimes: false, in: transaction)
        try log.releasePages(in: transaction)
        lengths = try TrainingSet.lengths(store, readsFeatures: readsFeatures, in: transaction)
        itemFeatures = try TrainingSet.features(.item, lengths.items, store, readsFeatures, in: transaction)
        userFeatures = try TrainingSet.features(.user, lengths.users, store, readsFeatures, in: transaction)
    }

    /// The same without some opinions, as if these had never been told.
    ///
    /// - Complexity: O(opinions).
    func without(_ positions: [Int]) -> TrainingSet {
        var isKept = [Bool](repeating: true, count: opinions.count)
        for position in positions { isKept[position] = false }
        var kept = opinions
        kept.keep { isKept[$0] }
        return TrainingSet(self, opinions: kept)
    }

    private init(_ other: TrainingSet, opinions: LikeColumns) {
        self.opinions = opinions
        (watermark, lengths) = (other.watermark, other.lengths)
        (itemFeatures, userFeatures) = (other.itemFeatures, other.userFeatures)
    }

    /// Lengths of the vocabularies; zero for those of features unless they are read.
    static func lengths(
        _ store: StoreReader, readsFeatures: Bool, in transaction: borrowing Reading
    ) throws(StoreError) -> Manifest.Lengths {
        let tables = store.tables
        return Manifest.Lengths(
            users: Int(try Vocabulary(.user, in: tables).length(in: transaction)),
            items: Int(try Vocabulary(.item, in: tables).length(in: transaction)),
            itemFeatures: readsFeatures ? Int(try Vocabulary(.itemFeature, in: tables).length(in: transaction)) : 0,
            userFeatures: readsFeatures ? Int(try Vocabulary(.userFeature, in: tables).length(in: transaction)) : 0)
    }

    /// The mean weight of the opinions.
    var meanWeight: Double {
        guard let weights = opinions.weights, !weights.isEmpty else { return 1 }
        return weights.reduce(0) { $0 + Double($1) } / Double(weights.count)
    }

    /// Whether an opinion is a dislike.
    package func isDislike(_ position: Int) -> Bool {
        opinions.kinds.map { $0[position] != LikeKind.like.rawValue } ?? false
    }

    /// The opinions as the trainer takes them: a like has the value 1, a dislike 0. Items that no user of the model has an opinion of are
    /// not drawn as negatives: that nobody has seen them yet would be taken for a fault of their features.
    ///
    /// - Parameter trained: the positions to train; nil for all. The others count as seen.
    func interactions(trained: [Int]? = nil, presentUsers: [Bool], presentItems: [Bool]) -> Interactions {
        Interactions(
            users: opinions.users, items: opinions.items, weights: opinions.weights,
            values: opinions.kinds.map { kinds in kinds.map { $0 == LikeKind.like.rawValue ? 1 : 0 } }, trained: trained,
            presentUsers: presentUsers, presentItems: presentItems, drawnItems: knownItems(to: presentUsers))
    }

    /// Whether each item is liked or disliked by users of a model.
    /// - Complexity: O(likes).
    func knownItems(to presentUsers: [Bool]) -> [Bool] {
        var isKnown = [Bool](repeating: false, count: lengths.items)
        for position in 0..<opinions.count where presentUsers[Int(opinions.users[position])] {
            isKnown[Int(opinions.items[position])] = true
        }
        return isKnown
    }

    /// Likes and dislikes of users and items that are part of a model.
    func counts(presentUsers: [Bool], presentItems: [Bool]) -> (likes: Int, dislikes: Int) {
        var (likes, dislikes) = (0, 0)
        for position in 0..<opinions.count
        where presentUsers[Int(opinions.users[position])] && presentItems[Int(opinions.items[position])] {
            if isDislike(position) { dislikes += 1 } else { likes += 1 }
        }
        return (likes, dislikes)
    }

    /// How many likes each item has from users of a model.
    /// - Complexity: O(likes).
    func itemLikes(of presentUsers: [Bool]) -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: lengths.items)
        for position in 0..<opinions.count where !isDislike(position) && presentUsers[Int(opinions.users[position])] {
            counts[Int(opinions.items[position])] += 1
        }
        return counts
    }

    private static func features(
        _ kind: RowKind, _ count: Int, _ store: StoreReader, _ reads: Bool, in transaction: borrowing Reading
    ) throws(StoreError) -> [[(feature: UInt32, weight: Float)]] {
        guard reads else { return [] }
        var lists = [[(feature: UInt32, weight: Float)]](repeating: [], count: count)
        try EntityFeatures(of: kind, in: store.tables).forEach(in: transaction) { entity, features in
            if Int(entity) < lists.count { lists[Int(entity)] = features }
        }
        return lists
    }

    /// Feature rows of the items or users that are part of the model; nil if no row has features, or none are wanted.
    ///
    /// Rows of absent entities have their own embedding alone, and count neither as rows nor as rows that have a feature.
    /// - Parameters:
    ///   - kind: whose features they are.
    ///   - likes: how many each entity has, if its features are to shrink.
    ///   - store: where names for errors are.
    static func rows(
        _ lists: [[(feature: UInt32, weight: Float)]], of kind: RowKind, present: [Bool], _ options: FeatureOptions, likes: [UInt32]? = nil,
        _ store: StoreReader
    ) throws(FitError) -> FeatureRows? {
        if options.weighting == .none { return nil }
        let kept = lists.indices.map { present[$0] ? lists[$0] : [] }
        if kept.allSatisfy(\.isEmpty) { return nil }
        do {
            return try options.rows(of: kept, rowCount: present.count(where: \.self), likes: likes)
        } catch {
            throw FitError(error, ofFeaturesOf: kind) { store.name(of: $1, $0) }
        }
    }
}
