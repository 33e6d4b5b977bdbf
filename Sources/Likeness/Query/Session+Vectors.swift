import LikenessFormat
import LikenessSearch
import LikenessStore
import PlainText

/// How alike two things are, in one version.
public struct PairScore: Sendable, Codable, Equatable {
    /// The first, as it was given.
    public let first: String
    /// The second, as it was given.
    public let second: String
    /// The cosine of the two: 1 for the same direction, 0 if either has none.
    public let cosine: Double
    /// Of a user and an item, in either order: what recommendations are ranked by, the inner product plus the item's bias.
    public let score: Double?
}

extension Session {
    /// The vector that a query looks for, of length 1: the weighted sum of its terms' directions.
    ///
    /// - Parameter query: as ``nearest(_:to:k:type:filter:rules:effort:)`` takes it.
    /// - Throws: `QueryError`.
    public borrowing func vector(of query: String) throws(QueryError) -> [Float] {
        let vector = try prepare(.items, try QueryText.expression(query)).vector
        return Array(vector.values.prefix(vector.components))
    }

    /// The vector that items are ranked by for a user: of the version, or folded in.
    ///
    /// - Throws: `QueryError`.
    public borrowing func vector(ofUser user: String) throws(QueryError) -> [Float] {
        let row = try row(of: user, .user, noun: "user")
        if let vector = try representation(.user, row: row) { return vector }
        guard let vector = try foldedIn(user: row) else { throw .notInVersion(kind: "user", id: user, version: version) }
        return vector
    }

    /// The vector that items are ranked by for somebody who is in no version.
    ///
    /// - Throws: `QueryError.unknown` if none of the likes and features is known.
    public borrowing func vector(
        likes: [String] = [], dislikes: [String] = [], features: [String] = []
    ) throws(QueryError) -> [Float] {
        try foldIn(try opinions(likes: likes, dislikes: dislikes, features: features).opinions)
    }

    /// The items, tags or users that are nearest to a vector, by cosine.
    ///
    /// - Parameters:
    ///   - kind: what to find.
    ///   - vector: as many numbers as the version has components, not all zero.
    ///   - k: how many at the most.
    ///   - type: of tags, the type of feature to find; nil for any.
    ///   - filter: which rows may be found.
    ///   - rules: how they are chosen where not by their scores alone.
    ///   - effort: how thoroughly is searched.
    /// - Throws: `QueryError`.
    /// - Complexity: as of a query.
    public borrowing func nearest(
        _ kind: EntityKind, toVector vector: [Float], k: Int = 10, type: String? = nil, filter: QueryFilter = QueryFilter(),
        rules: RankingRules = RankingRules(), effort: SearchEffort = .exact
    ) throws(QueryError) -> Neighbors {
        guard k > 0 else { throw .badCount(k) }
        guard vector.count == manifest.components else {
            throw .unreadable(
                "the vector has \(vector.count) numbers, but those of \(version) have \(manifest.components). Give one of the same version")
        }
        if let place = vector.firstIndex(where: { !$0.isFinite }) { throw .unreadable("number \(place + 1) of the vector is not finite") }
        let query: QueryVector
        do throws(QueryVectorError) { query = try QueryVector(vector) } catch { throw .unsearchable("\(error)") }
        guard query.norm > 0 else { throw .unreadable("the vector is all zeros, so nothing is near it") }
        return try nearest(kind, (query, []), k: k, type: type, filter: filter, rules: rules, effort: effort)
    }

    /// How alike two things are: items, users, tags, or features of users, written as terms of a query.
    ///
    /// - Throws: `QueryError` if either is not known.
    public borrowing func similarity(of first: String, to second: String) throws(QueryError) -> PairScore {
        let (a, b) = (try single(first), try single(second))
        let length = Session.dot(a.vector, a.vector).squareRoot() * Session.dot(b.vector, b.vector).squareRoot()
        let dot = Session.dot(a.vector, b.vector)
        var score: Double?
        if Set([a.rows, b.rows]) == [.user, .item] {
            let item = a.rows == .item ? a.row : b.row
            do throws(StoreError) {
                score = dot + Double(try rows(.item).terms(of: Int(item), in: transaction)?.bias ?? 0)
            } catch {
                throw .store(error)
            }
        }
        return PairScore(
            first: first, second: second, cosine: length > 0 ? Session.cosine(dot / length) : 0, score: score)
    }

    /// The row and the vector of a single term.
    private borrowing func single(_ text: String) throws(QueryError) -> (rows: RowKind, row: UInt32, vector: [Float]) {
        let expression = try QueryText.expression(text)
        guard expression.terms.count == 1, let term = expression.terms.first else {
            throw .unreadable("'\(text.printable)' is a sum. Give one item, user or feature of each pair")
        }
        let place = try find(term)
        return (place.rows, place.row, try vector(of: term, place.rows, place.row))
    }

    static func dot(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
}
