import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
import LikenessStore
import LikenessTraining

/// What a user's recommendations come from.
struct Grounds {
    /// The user's vector.
    let vector: [Float]
    /// Rows of liked items, and of disliked ones where they are part of a solution, as it has them.
    let items: [UInt32]
    let features: FeatureSum?
    /// The equations that the vector solves; nil in versions that have none.
    let solution: LeastSquaresFoldIn?
}

extension Session {
    /// What the recommendations of somebody come from whose vector is folded in.
    borrowing func grounds(_ opinions: Opinions) throws(QueryError) -> Grounds {
        if let record = exactRecord {
            let (fold, items) = try leastSquares(opinions, record)
            return Grounds(vector: fold.vector, items: items, features: opinions.features, solution: fold)
        }
        return Grounds(vector: try foldIn(opinions), items: opinions.likes, features: opinions.features, solution: nil)
    }

    /// What the recommendations of a user of the version come from: likes, dislikes and features as the version saw them.
    ///
    /// - Complexity: by least squares O(log) for the weights of likes; else O(likes of the user).
    borrowing func grounds(ofUser row: UInt32, vector: [Float]) throws(QueryError) -> Grounds {
        var parts: [FeatureSum.Part] = []
        var ownWeight: Float = 1
        var history = (items: [UInt32](), weights: [Float]?.none, isLike: [Bool]())
        let record = exactRecord
        let weighed: [(feature: UInt32, weight: Float)]
        do throws(StoreError) {
            let made = try rows(.user).features(of: Int(row), in: transaction)
            (weighed, ownWeight) = (made?.features ?? [], made?.identityWeight ?? 1)
            if record != nil {
                history = try LikesLog(store.tables).opinions(ofUser: row, through: manifest.watermark, in: transaction)
            } else {
                history.items = try LikesIndex(store.tables).items(likedBy: row, in: transaction)
            }
        } catch {
            throw .store(error)
        }
        for (feature, weight) in weighed {
            guard let vector = try userFeatureVector(feature) else { continue }
            parts.append(FeatureSum.Part(feature: feature, vector: vector.map { weight * $0 }))
        }
        let features = parts.isEmpty ? nil : FeatureSum(parts: parts, ownWeight: ownWeight)
        guard let record else { return Grounds(vector: vector, items: history.items, features: features, solution: nil) }
        let (fold, items) = try leastSquares(history.items, weights: history.weights, isLike: history.isLike, features, record)
        return Grounds(vector: vector, items: items, features: features, solution: fold)
    }

    /// What a version by alternating least squares was told; nil of others, whose vectors solve no equations.
    private var exactRecord: LeastSquaresRecord? {
        guard let record = LeastSquaresRecord(of: manifest), record.softmax == nil else { return nil }
        return record
    }

    /// What speaks most for an item.
    ///
    /// - Parameter count: of likes, features and tags each so many at the most.
    /// - Complexity: O(d² + (likes + features) × d) for d components.
    borrowing func reasons(for match: Match, _ grounds: Grounds, count: Int) throws(QueryError) -> Reasons {
        guard let item = try representation(.item, row: match.row) else {
            throw .store(.damaged(table: "versions", key: version.description, reason: "item \(match.row) is not there any more"))
        }
        var likes: [Match] = []
        var features: [Match] = []
        var rest: Double?
        if let solution = grounds.solution {
            let shares = solution.contributions(to: item)
            likes = zip(grounds.items, shares.items).map { Match(row: $0, score: $1) }
            features = zip(grounds.features?.parts ?? [], shares.features).map { Match(row: $0.feature, score: $1) }
            rest = Session.dot(grounds.vector, item) - shares.items.reduce(0, +) - shares.features.reduce(0, +)
        } else {
            let scan = try scan(.item)
            likes = grounds.items.filter { scan.table.contains($0) }.map { Match(row: $0, score: scan.cosine($0, match.row)) }
            features = grounds.features?.parts.map { Match(row: $0.feature, score: Session.dot($0.vector, item)) } ?? []
        }
        return Reasons(
            isExact: grounds.solution != nil,
            likes: try named(likes.filter { $0.row != match.row }, .item, count),
            features: try named(features, .userFeature, count),
            tags: try named(try tags(of: match.row, grounds.vector), .itemFeature, count), rest: rest)
    }

    /// What the features of an item say of it, times a user's vector.
    private borrowing func tags(of item: UInt32, _ vector: [Float]) throws(QueryError) -> [Match] {
        let made: [(feature: UInt32, weight: Float)]
        do { made = try rows(.item).features(of: Int(item), in: transaction)?.features ?? [] } catch { throw .store(error) }
        var tags: [Match] = []
        for (feature, weight) in made {
            guard let tag = try representation(.itemFeature, row: feature) else { continue }
            tags.append(Match(row: feature, score: Double(weight) * Session.dot(vector, tag)))
        }
        return tags
    }

    /// The largest shares above 0, with names.
    private borrowing func named(_ shares: [Match], _ kind: RowKind, _ count: Int) throws(QueryError) -> [Reason] {
        let best = shares.filter { $0.score > 0 }.sorted { $0.precedes($1) }.prefix(max(count, 0))
        do throws(StoreError) {
            return zip(try names(of: best.map(\.row), kind), best).map { Reason(id: $0.id, name: $0.name, share: $1.score) }
        } catch {
            throw .store(error)
        }
    }

}
