import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
import LikenessStore
import PlainText

extension Session {
    /// The rows that a filter lets pass, of those that may pass at all.
    ///
    /// - Parameters:
    ///   - rows: rows of the version, `bound` in number.
    ///   - allowed: only these rows, whatever the filter says.
    ///   - excluded: never these.
    /// - Throws: `QueryError`: the condition cannot be read, names a feature that the store does not know, or does not fit the kind.
    /// - Complexity: O(feature entries) for features in a condition that no session has named since the last commit, else O(rows / 64); O(likes) for a least number of likes, O(ids × log vocabulary) for lists.
    borrowing func rowFilter(
        _ filter: QueryFilter, _ rows: RowKind, below bound: Int, allowed: [UInt32]? = nil, excluded: [UInt32]
    ) throws(QueryError) -> RowFilter {
        var allowed = allowed.map { RowSet($0, below: bound) }
        var excluded = RowSet(excluded, below: bound)
        if filter.isEmpty { return RowFilter(allowed: allowed, excluded: excluded) }
        func restrict(to set: RowSet) { allowed = allowed?.intersection(set) ?? set }
        if let condition = filter.condition { restrict(to: try self.rows(rows, meeting: condition, filter, below: bound)) }
        if let ids = filter.allowed { restrict(to: RowSet(try known(ids, rows), below: bound)) }
        if !filter.denied.isEmpty { excluded = excluded.union(RowSet(try known(filter.denied, rows), below: bound)) }
        if filter.notLikedBy != nil || filter.minimumLikes > 0 {
            guard rows == .item else {
                throw .unreadable("likes filter items only. Leave --not-liked-by and --min-likes out, or look for items")
            }
            if try lacksLikes() {
                throw .unreadable(
                    "this replica holds no likes, so it does not know who likes what. Leave --not-liked-by and --min-likes out, or ask a replica "
                        + "that was made without --without-likes")
            }
        }
        do {
            let index = SeenItems(store.tables)
            if let user = filter.notLikedBy {
                let row = try row(of: user, .user, noun: "user")
                excluded = excluded.union(RowSet(try index.items(likedBy: row, in: transaction), below: bound))
            }
            if filter.minimumLikes > 0 {
                let likes = try index.popularity(itemCount: bound, in: transaction)
                restrict(to: RowSet(likes.indices.filter { Int(likes[$0]) >= filter.minimumLikes }.map { UInt32($0) }, below: bound))
            }
        } catch let error as QueryError {
            throw error
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
        if let since = filter.likedSince { restrict(to: try self.rows(rows, likedSince: since, below: bound)) }
        return RowFilter(allowed: allowed, excluded: excluded)
    }

    /// The items that were liked, or the users who liked something, at a time or later.
    ///
    /// Likes that were taken back since do not count.
    /// - Complexity: O(events of the log), which is read twice where it holds more than likes.
    private borrowing func rows(_ rows: RowKind, likedSince since: Int64, below bound: Int) throws(QueryError) -> RowSet {
        guard rows == .item || rows == .user else {
            throw .unreadable("items are liked and users like, and tags do neither. Leave --since out, or look for items or users")
        }
        var set = RowSet([], below: bound)
        var hasTimes = false
        let log = LikesLog(store.tables)
        do throws(StoreError) {
            let gone = try log.pairsNotLiked(in: transaction)
            try log.forEachRun(in: transaction) { _, run in
                guard let times = run.times else { return }
                for event in 0..<run.count where times[event] != .min && (run.kinds?[event] ?? 0) == LikeKind.like.rawValue {
                    hasTimes = true
                    let (user, item) = (run.users[event], run.items[event])
                    guard times[event] >= since, gone.isEmpty || !gone.contains(UInt64(user) << 32 | UInt64(item)) else { continue }
                    set.insert(rows == .item ? item : user)
                }
            }
        } catch {
            throw .store(error)
        }
        guard hasTimes else {
            throw .unreadable(
                "no like in the store has a time, so none can be told to be new. Leave --since out, or ingest likes with --time")
        }
        return set
    }

    /// The rows whose features meet a condition.
    private borrowing func rows(
        _ rows: RowKind, meeting condition: String, _ filter: QueryFilter, below bound: Int
    ) throws(QueryError) -> RowSet {
        let features: RowKind
        switch rows {
        case .item: features = .itemFeature
        case .user: features = .userFeature
        case .itemFeature, .userFeature:
            throw .unreadable("a condition is about features, which items and users have and tags have not. Leave --where out")
        }
        let expression: FilterExpression
        do throws(FilterExpressionError) {
            expression = try FilterExpression(condition)
        } catch {
            throw .unreadable(error.description.printable)
        }
        var known: [(position: Int, feature: UInt32)] = []
        for (position, label) in expression.labels.enumerated() {
            do throws(QueryError) {
                known.append((position, try row(of: label, features, noun: "feature")))
            } catch {
                if case .unknown = error, filter.isLenient { continue }
                throw error
            }
        }
        var sets = expression.labels.map { _ in RowSet([], below: bound) }
        do {
            let found = try reader.rows(having: known.map(\.feature), rows, at: snapshot) { (features) throws(StoreError) in
                var positions: [UInt32: Int] = [:]
                for (place, feature) in features.enumerated() { positions[feature] = place }
                var found = features.map { _ in RowSet([], below: bound) }
                try forEachFeature(of: rows) { row, feature in
                    if let place = positions[feature] { found[place].insert(row) }
                }
                // Two labels may name one feature.
                return features.map { found[positions[$0] ?? 0] }
            }
            for (label, set) in zip(known, found) { sets[label.position] = set }
        } catch {
            throw .store(error)
        }
        return expression.rows(below: bound, rowsByLabel: sets)
    }

    /// Calls `body` with each row and feature of the version; of a version without feature rows, with those of the store.
    borrowing func forEachFeature(of rows: RowKind, _ body: (UInt32, UInt32) -> Void) throws(StoreError) {
        let layered = try self.rows(rows)
        guard layered.hasFeatures else {
            try EntityFeatures(of: rows, in: store.tables).forEach(in: transaction) { row, features in
                for feature in features { body(row, feature.feature) }
            }
            return
        }
        try layered.forEachFeature(in: transaction, body)
    }

    /// The rows of those ids that the store knows.
    private borrowing func known(_ ids: [String], _ kind: RowKind) throws(QueryError) -> [UInt32] {
        let vocabulary = Vocabulary(kind, in: store.tables)
        var rows: [UInt32] = []
        do {
            for id in ids {
                if let row = try vocabulary.index(of: id, in: transaction) { rows.append(row) }
            }
        } catch {
            throw .store(error)
        }
        return rows
    }
}
