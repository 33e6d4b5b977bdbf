import LikenessFormat
import LikenessSearch
import LikenessStore

/// The place of an item in the order in which a user is recommended items.
public struct PairRank: Sendable, Codable, Equatable {
    /// The first of the pair, as it was given.
    public let first: String
    /// The second of the pair, as it was given.
    public let second: String
    /// 1 for what is recommended first.
    public let rank: Int
    /// How many items are in the order.
    public let of: Int
    /// What the order is by: the inner product plus the item's bias.
    public let score: Double
}

extension Session {
    /// The place of an item among all that a user may be recommended.
    ///
    /// The order is that of ``recommend(user:k:includingLiked:filter:rules:reasons:effort:)``: items that the user likes or dislikes are no part
    /// of it, except for the item that is asked about. A user who is not in the version is folded in.
    ///
    /// ```swift
    /// let place = try session.rank(of: "item:a1b2", for: "user:u42")
    /// print("\(place.rank) of \(place.of)")
    /// ```
    /// - Parameters:
    ///   - first: a term of a query, a user or an item.
    ///   - second: the other one.
    ///   - includingLiked: whether items that the user likes are part of the order.
    /// - Throws: `QueryError` if one of them is not known.
    /// - Complexity: O(items × (components + log items)).
    public borrowing func rank(
        of first: String, for second: String, includingLiked: Bool = false
    ) throws(QueryError) -> PairRank {
        var order: UserOrder?
        return try rank(first, second, includingLiked: includingLiked, &order)
    }

    /// The same of pair after pair: `order` is that of the last user.
    borrowing func rank(
        _ first: String, _ second: String, includingLiked: Bool, _ order: inout UserOrder?
    ) throws(QueryError) -> PairRank {
        let places = (try find(try term(first)), try find(try term(second)))
        let (user, item): (UInt32, UInt32)
        switch (places.0.rows, places.1.rows) {
        case (.user, .item): (user, item) = (places.0.row, places.1.row)
        case (.item, .user): (user, item) = (places.1.row, places.0.row)
        default: throw .unreadable("a rank is that of an item for a user. Give user:ID and item:ID")
        }
        let current: UserOrder
        if let order, order.user == user {
            current = order
        } else {
            current = try self.order(for: user, named: first, includingLiked: includingLiked)
        }
        order = current
        guard let found = current.place(of: item) else {
            throw .notInVersion(kind: "item", id: places.0.row == item ? first : second, version: version)
        }
        return PairRank(first: first, second: second, rank: found.rank, of: found.count, score: found.score)
    }

    private borrowing func term(_ text: String) throws(QueryError) -> QueryTerm {
        let expression = try QueryText.expression(text)
        guard expression.terms.count == 1, let term = expression.terms.first else {
            throw .unreadable("a rank is that of one item for one user. Give user:ID and item:ID")
        }
        return term
    }

    /// All items in the order in which a user is recommended them.
    private borrowing func order(for user: UInt32, named name: String, includingLiked: Bool) throws(QueryError) -> UserOrder {
        var placed = try representation(.user, row: user)
        if placed == nil { placed = try foldedIn(user: user) }
        guard let vector = placed else { throw .notInVersion(kind: "user", id: name, version: version) }
        let scan = try scan(.item)
        let excluded: [UInt32]
        let query: QueryVector
        do {
            let index = SeenItems(store.tables)
            let liked = includingLiked ? [] : try index.items(likedBy: user, in: transaction)
            excluded = liked + (try index.items(dislikedBy: user, in: transaction))
            query = try QueryVector(vector)
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
        return UserOrder(user: user, scan, query, excluded: RowSet(excluded.sorted(), below: scan.table.rows))
    }
}

/// All items of a version in the order in which one user is recommended them.
struct UserOrder {
    let user: UInt32
    private let scan: ExactScan
    private let query: QueryVector
    private let sorted: [Match]

    init(user: UInt32, _ scan: ExactScan, _ query: QueryVector, excluded: RowSet) {
        (self.user, self.scan, self.query) = (user, scan, query)
        var matches: [Match] = []
        for row in 0..<UInt32(scan.table.rows) where !excluded.contains(row) {
            if let score = scan.score(row, query, .innerProduct) { matches.append(Match(row: row, score: score)) }
        }
        sorted = matches.sorted { UserOrder.isBefore($0, $1) }
    }

    /// Where an item stands, from 1, and among how many, itself included; nil if it is not in the version.
    func place(of item: UInt32) -> (rank: Int, count: Int, score: Double)? {
        guard Int(item) < scan.table.rows, let score = scan.score(item, query, .innerProduct) else { return nil }
        let match = Match(row: item, score: score)
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if UserOrder.isBefore(sorted[middle], match) { low = middle + 1 } else { high = middle }
        }
        let isThere = low < sorted.count && sorted[low].row == item
        return (low + 1, sorted.count + (isThere ? 0 : 1), score)
    }

    /// The one total order of answers: score descending, then row ascending.
    private static func isBefore(_ a: Match, _ b: Match) -> Bool {
        a.score != b.score ? a.score > b.score : a.row < b.row
    }
}
