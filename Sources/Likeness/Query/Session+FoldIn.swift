import DelimitedText
import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
public import LikenessStore
import LikenessTraining

/// What is known of a user who is in no version: rows of items, and what the user's features say.
struct Opinions {
    var likes: [UInt32] = []
    var dislikes: [UInt32] = []
    var features: FeatureSum?
}

extension Session {
    /// The items that the model ranks highest for somebody who is in no version, by what they like, by their features, or by both. The
    /// vector is found by the model's own loss with every item and feature fixed, and the same facts give the same answer.
    ///
    /// ```swift
    /// let items = try session.recommend(likes: ["a1b2", "c3d4"], dislikes: ["e5f6"])
    /// let first = try session.recommend(features: ["country:fr", "plan:pro"])
    /// ```
    /// - Parameters:
    ///   - likes: ids of items, or `name=` and a name that one item alone has; those that the store or the version does not know are passed over while a like or a feature is known,
    ///     and listed in ``Neighbors/unknown``.
    ///   - dislikes: ids of items that are never recommended; logistic loss and least squares step away from them.
    ///   - features: labels of features that users have, such as `country:fr`; each weighs what it would with a user who has these.
    ///   - k: how many at the most.
    ///   - includingLiked: whether `likes` may be among the items found.
    ///   - filter: which items may be found.
    ///   - rules: how they are chosen where not by their scores alone.
    ///   - reasons: how many likes, features and tags to list for each item; 0 for none.
    ///   - effort: how thoroughly is searched.
    /// - Throws: `QueryError.unknown` if none of the likes and features is known.
    /// - Complexity: O(epochs × likes × tries × components) for the vector, then a scan as for a user of the version.
    public borrowing func recommend(
        likes: [String] = [], dislikes: [String] = [], features: [String] = [], k: Int = 10, includingLiked: Bool = false,
        filter: QueryFilter = QueryFilter(), rules: RankingRules = RankingRules(), reasons: Int = 0,
        effort: SearchEffort = .exact
    ) throws(QueryError) -> Neighbors {
        guard k > 0 else { throw .badCount(k) }
        let (opinions, unknown) = try self.opinions(likes: likes, dislikes: dislikes, features: features)
        let grounds = reasons > 0 ? try self.grounds(opinions) : nil
        let vector: [Float]
        if let grounds { vector = grounds.vector } else { vector = try foldIn(opinions) }
        var found = try recommend(
            vector, k: k, excluded: (includingLiked ? [] : opinions.likes) + opinions.dislikes, filter: filter, rules: rules,
            grounds, reasons: reasons, effort: effort)
        found.unknown = unknown.isEmpty ? nil : unknown
        return found
    }

    /// What the version knows of given likes, dislikes and features, and what it does not know of them.
    ///
    /// - Throws: `QueryError`: none of the likes and features is known.
    borrowing func opinions(
        likes: [String], dislikes: [String], features: [String]
    ) throws(QueryError) -> (opinions: Opinions, unknown: [String]) {
        if likes.isEmpty, features.isEmpty { throw .unreadable("no liked item and no feature was given. Name at least one") }
        if !features.isEmpty, manifest.featureWeighting == FeatureWeighting.none.rawValue { throw .noFeatures(version) }
        let liked = try rows(ofItems: likes)
        let disliked = try rows(ofItems: dislikes)
        let known = try rows(ofUserFeatures: features)
        if liked.rows.isEmpty, known.rows.isEmpty {
            // One of them is not in the store: say so, with names like it; or else all are too new for the version.
            if let first = likes.first {
                _ = try row(of: first, .item, noun: "item")
                throw .notInVersion(kind: "item", id: first, version: version)
            }
            let first = try Session.featureLabel(features[0])
            _ = try row(of: first, .userFeature, noun: "feature of users")
            throw .notInVersion(kind: "feature", id: first, version: version)
        }
        return (
            Opinions(likes: liked.rows, dislikes: disliked.rows, features: try featureSum(known.rows)),
            liked.unknown + disliked.unknown + known.unknown
        )
    }

    /// The vector of a user of the store who is not in the version, from the likes, dislikes and features that the store knows now; nil
    /// if neither a liked item nor a feature is part of the version.
    borrowing func foldedIn(user row: UInt32) throws(QueryError) -> [Float]? {
        let opinions = try opinions(ofUser: row)
        let items = try scan(.item).table
        guard opinions.features != nil || opinions.likes.contains(where: { items.contains($0) }) else { return nil }
        return try foldIn(opinions)
    }

    /// What the store knows now of a user.
    borrowing func opinions(ofUser row: UInt32) throws(QueryError) -> Opinions {
        var opinions = Opinions()
        let raw: [(feature: UInt32, weight: Float)]
        do throws(StoreError) {
            let index = SeenItems(store.tables)
            opinions.likes = try index.items(likedBy: row, in: transaction)
            opinions.dislikes = try index.items(dislikedBy: row, in: transaction)
            raw = try EntityFeatures(of: .user, in: store.tables).features(of: row, in: transaction)
        } catch {
            throw .store(error)
        }
        if !raw.isEmpty { opinions.features = try featureSum(raw) }
        return opinions
    }

    /// The vector that the model's own loss finds, with items and features fixed.
    borrowing func foldIn(_ opinions: Opinions) throws(QueryError) -> [Float] {
        if let record = LeastSquaresRecord(of: manifest) {
            if let centers = record.centers { return try byCosine(opinions, centers) }
            return try leastSquares(opinions, record).fold.vector
        }
        guard let settings = manifest.hyperparameters.decoded(as: Hyperparameters.self),
            let vector = FoldIn(settings).vector(
                likes: opinions.likes, dislikes: opinions.dislikes, base: opinions.features?.vector,
                ownWeight: opinions.features?.ownWeight ?? 1, items: try scan(.item).table)
        else { throw .unsearchable("\(version) cannot find a vector for these likes: its settings or its items are not sound") }
        return vector
    }

    /// The same in a version by the softmax of cosines: see `CosineFoldIn`. Dislikes say nothing.
    private borrowing func byCosine(_ opinions: Opinions, _ centers: SoftmaxCenters) throws(QueryError) -> [Float] {
        let likes = try itemVectors(opinions.likes).vectors
        let vector = CosineFoldIn(.user, center: centers.items).vector(likes: likes, features: opinions.features?.vector)
        guard vector.allSatisfy(\.isFinite) else {
            throw .unsearchable("\(version) cannot find a vector for these likes: its items are not sound")
        }
        return vector
    }

    /// The vectors of those items that are part of the version, and their positions.
    private borrowing func itemVectors(_ items: [UInt32]) throws(QueryError) -> (vectors: [[Float]], kept: [Int]) {
        let table = try scan(.item).table
        let components = manifest.components
        let kept = items.indices.filter { table.contains(items[$0]) }
        let vectors = kept.map { place in
            unsafe table.withRow(items[place]) { vector, _ in unsafe Array(UnsafeBufferPointer(start: vector, count: components)) } ?? []
        }
        return (vectors, kept)
    }

    /// The same in a version by alternating least squares: its closed form, from the Gram matrix that it keeps.
    ///
    /// - Returns: the solution, and the liked and then the disliked items of the version that it was made of.
    borrowing func leastSquares(
        _ opinions: Opinions, _ record: LeastSquaresRecord
    ) throws(QueryError) -> (fold: LeastSquaresFoldIn, items: [UInt32]) {
        try leastSquares(
            opinions.likes + opinions.dislikes, weights: nil,
            isLike: opinions.likes.map { _ in true } + opinions.dislikes.map { _ in false }, opinions.features, record)
    }

    /// The same from items with the weights that they were given; items that are not part of the version are left out.
    borrowing func leastSquares(
        _ items: [UInt32], weights: [Float]?, isLike: [Bool], _ features: FeatureSum?, _ record: LeastSquaresRecord
    ) throws(QueryError) -> (fold: LeastSquaresFoldIn, items: [UInt32]) {
        let (vectors, kept) = try itemVectors(items)
        let gram: [Double]
        do {
            guard let known = try store.gram(.item, of: manifest, in: transaction) else {
                throw QueryError.store(.damaged(table: "versions", key: version.description, reason: "it has no Gram matrix of items"))
            }
            gram = known
        } catch let error as QueryError {
            throw error
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
        let fold = LeastSquaresFoldIn(
            items: FactorMatrix(vectors.flatMap(\.self), components: manifest.components),
            weights: weights.map { weights in kept.map { weights[$0] } }, isLike: kept.map { isLike[$0] },
            features: features?.parts.map(\.vector) ?? [], gram: gram, terms: record.terms, settings: record.settings)
        guard fold.vector.allSatisfy(\.isFinite) else {
            throw .unsearchable("\(version) cannot find a vector for these likes: its Gram matrix is not sound")
        }
        return (fold, kept.map { items[$0] })
    }

    /// The rows of those items that are in the version, each once, and the ids of the others.
    borrowing func rows(ofItems ids: [String]) throws(QueryError) -> (rows: [UInt32], unknown: [String]) {
        let items = try scan(.item).table
        var (rows, unknown): ([UInt32], [String]) = ([], [])
        var seen: Set<UInt32> = []
        for id in ids {
            if let row = try row(ofItem: id), items.contains(row) {
                if seen.insert(row).inserted { rows.append(row) }
            } else {
                unknown.append(id)
            }
        }
        return (rows, unknown)
    }
}

extension StoreReader {
    /// The items that the model ranks highest for somebody who is in no version: see
    /// ``Session/recommend(likes:dislikes:features:k:includingLiked:filter:rules:reasons:effort:)``.
    public func recommend(
        likes: [String] = [], dislikes: [String] = [], features: [String] = [], k: Int = 10, version: VersionReference = .current,
        includingLiked: Bool = false, filter: QueryFilter = QueryFilter(), rules: RankingRules = RankingRules(), reasons: Int = 0,
        effort: SearchEffort = .exact
    ) throws(QueryError) -> Neighbors {
        try session(of: version).recommend(
            likes: likes, dislikes: dislikes, features: features, k: k, includingLiked: includingLiked, filter: filter, rules: rules,
            reasons: reasons, effort: effort)
    }
}
