import LMDB
import LikenessFormat
import LikenessSearch
public import LikenessStore
import LikenessTraining

extension Session {
    /// The items that the model ranks highest for a user, by inner product with the item's bias. What the user dislikes, as the store
    /// knows now, is never among them. A user of the store who is not in the version, such as one who came later, is folded in: see
    /// ``recommend(likes:dislikes:features:k:includingLiked:filter:rules:reasons:effort:)``.
    ///
    /// - Parameters:
    ///   - user: the user's id.
    ///   - k: how many at the most.
    ///   - includingLiked: whether items that the user likes already, as the store knows now, may be among them.
    ///   - filter: which items may be found.
    ///   - rules: how they are chosen where not by their scores alone.
    ///   - reasons: how many likes, features and tags to list for each item; 0 for none.
    ///   - effort: how thoroughly is searched.
    /// - Throws: `QueryError`.
    /// - Complexity: O(items × components), exact; nothing is copied.
    public borrowing func recommend(
        user: String, k: Int = 10, includingLiked: Bool = false, filter: QueryFilter = QueryFilter(),
        rules: RankingRules = RankingRules(), reasons: Int = 0, effort: SearchEffort = .exact
    ) throws(QueryError) -> Neighbors {
        guard k > 0 else { throw .badCount(k) }
        let row = try row(of: user, .user, noun: "user")
        let stored = try representation(.user, row: row)
        var placed = stored
        if placed == nil { placed = try foldedIn(user: row) }
        guard let vector = placed else { throw .notInVersion(kind: "user", id: user, version: version) }
        var grounds: Grounds?
        if reasons > 0 {
            grounds = try stored == nil ? self.grounds(try opinions(ofUser: row)) : self.grounds(ofUser: row, vector: vector)
        }
        let excluded: [UInt32]
        do throws(StoreError) {
            let index = SeenItems(store.tables)
            let liked = includingLiked ? [] : try index.items(likedBy: row, in: transaction)
            excluded = liked + (try index.items(dislikedBy: row, in: transaction))
        } catch {
            throw .store(error)
        }
        var found = try recommend(
            vector, k: k, excluded: excluded, filter: filter, rules: rules, grounds, reasons: reasons, effort: effort)
        if !includingLiked, try lacksLikes() { found.includesLiked = true }
        return found
    }

    /// Whether the store is a replica that holds no likes.
    borrowing func lacksLikes() throws(QueryError) -> Bool {
        do { return try store.contents(in: transaction) == .withoutLikes } catch { throw .store(error) }
    }

    /// The items that rank highest for a user's vector, with reasons if grounds are given.
    borrowing func recommend(
        _ vector: [Float], k: Int, excluded: [UInt32], filter: QueryFilter, rules: RankingRules, _ grounds: Grounds?, reasons: Int,
        effort: SearchEffort
    ) throws(QueryError) -> Neighbors {
        let scan = try search(.items, effort, by: .innerProduct)
        let filter = try rowFilter(filter, .item, below: scan.exact.table.rows, excluded: excluded)
        let rule = try rule(rules, .items, k: k)
        let matches: [Match]
        do {
            matches = try scan.best(to: try QueryVector(vector), by: .innerProduct, k: k, filter: filter, rule: rule)
        } catch {
            throw .unsearchable("\(error)")
        }
        var results = try neighbors(.items, matches).results
        if let grounds {
            for (place, match) in matches.enumerated() {
                results[place].reasons = try self.reasons(for: match, grounds, count: reasons)
            }
        }
        return Neighbors(version: version.rawValue, kind: .items, results: results)
    }
}

extension StoreReader {
    /// The items that the model ranks highest for a user: see `Session.recommend`.
    public func recommend(
        user: String, k: Int = 10, version: VersionReference = .current, includingLiked: Bool = false,
        filter: QueryFilter = QueryFilter(), rules: RankingRules = RankingRules(), reasons: Int = 0,
        effort: SearchEffort = .exact
    ) throws(QueryError) -> Neighbors {
        try session(of: version).recommend(
            user: user, k: k, includingLiked: includingLiked, filter: filter, rules: rules, reasons: reasons, effort: effort)
    }
}
