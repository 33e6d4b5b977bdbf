import Algorithms
import RandomNumbers

/// Which items each user likes: rows of ascending, distinct item indices, one after the other.
///
///     offsets   [0, 2, 2, 5]          user u's items are indices[offsets[u] ..< offsets[u + 1]]
///     indices   [3, 9,   0, 3, 4]
package struct LikeRows: Equatable, Sendable {
    /// Where each user's items begin; one more than there are users.
    package let offsets: [Int]
    /// The items, ascending within a user.
    package let indices: [UInt32]
    /// How many items there are to like.
    package let itemCount: Int
    /// How many items each user likes besides that have no index: a model that has never heard of them ranks them last. Empty if there are
    /// none.
    package var unindexed: [UInt32] = []

    /// Rows that are already laid out. Unsorted rows are sorted and repeated items dropped, so that look-ups are right.
    ///
    /// - Throws: ``EvaluationError/malformedRows(detail:)`` when the offsets do not cut up the indices.
    /// - Complexity: O(likes), plus sorting where rows are not ascending.
    package init(offsets: [Int], indices: [UInt32], itemCount: Int) throws(EvaluationError) {
        guard offsets.first == 0, offsets.last == indices.count, zip(offsets, offsets.dropFirst()).allSatisfy(<=) else {
            throw .malformedRows(detail: "\(offsets.count) offsets do not cut up \(indices.count) items")
        }
        if let item = indices.first(where: { Int($0) >= itemCount }) {
            throw .malformedRows(detail: "item \(item) is beyond the \(itemCount) items")
        }
        self.itemCount = itemCount
        let isAscending = { (range: Range<Int>) in range.dropFirst().allSatisfy { indices[$0 - 1] < indices[$0] } }
        if offsets.indices.dropLast().allSatisfy({ isAscending(offsets[$0]..<offsets[$0 + 1]) }) {
            self.offsets = offsets
            self.indices = indices
            return
        }
        var keptOffsets = [0]
        var kept: [UInt32] = []
        for user in offsets.indices.dropLast() {
            for item in indices[offsets[user]..<offsets[user + 1]].sorted()
            where kept.count == keptOffsets[user] || kept[kept.count - 1] != item { kept.append(item) }
            keptOffsets.append(kept.count)
        }
        self.offsets = keptOffsets
        self.indices = kept
    }

    /// Rows of `userCount` users from pairs in any order.
    ///
    /// - Throws: ``EvaluationError/malformedRows(detail:)`` when a user or item is out of range or the arrays differ.
    /// - Complexity: O(likes + users), plus sorting of the rows.
    package init(users: [UInt32], items: [UInt32], userCount: Int, itemCount: Int) throws(EvaluationError) {
        guard users.count == items.count else {
            throw .malformedRows(detail: "\(users.count) users do not pair with \(items.count) items")
        }
        if let user = users.first(where: { Int($0) >= userCount }) {
            throw .malformedRows(detail: "user \(user) is beyond the \(userCount) users")
        }
        var offsets = [Int](repeating: 0, count: userCount + 1)
        for user in users { offsets[Int(user) + 1] += 1 }
        for user in 0..<userCount { offsets[user + 1] += offsets[user] }
        var next = offsets
        var indices = [UInt32](repeating: 0, count: items.count)
        for (user, item) in zip(users, items) {
            indices[next[Int(user)]] = item
            next[Int(user)] += 1
        }
        try self.init(offsets: offsets, indices: indices, itemCount: itemCount)
    }

    /// How many users there are, those without items included.
    package var userCount: Int { offsets.count - 1 }

    /// The items of `user`, ascending.
    package subscript(user: Int) -> ArraySlice<UInt32> { indices[offsets[user]..<offsets[user + 1]] }

    /// How many items `user` likes that have no index.
    package func unindexed(of user: Int) -> Int { unindexed.isEmpty ? 0 : Int(unindexed[user]) }

    /// How many items `user` likes.
    package func count(of user: Int) -> Int { offsets[user + 1] - offsets[user] + unindexed(of: user) }

    /// Whether `user` likes `item`.
    ///
    /// - Complexity: O(log items of the user).
    package func contains(user: Int, item: UInt32) -> Bool {
        let place = firstPosition(from: item, user: user)
        return place < offsets[user + 1] && indices[place] == item
    }

    /// The position in ``indices`` of the user's first item that is not below `item`.
    func firstPosition(from item: UInt32, user: Int) -> Int {
        (offsets[user]..<offsets[user + 1]).partitioningIndex { indices[$0] >= item }
    }
}

extension LikeRows {
    /// The rows of `count` users chosen at random among those with likes; the rows of the others are empty.
    ///
    /// - Complexity: O(likes + users × log users).
    package func sample(ofUsers count: Int, seed: UInt64) throws(EvaluationError) -> LikeRows {
        let drawn = (0..<userCount).filter { !self[$0].isEmpty }
            .map { (hash: SplitMix64.mix(seed &+ SplitMix64.mix(UInt64($0))), user: $0) }
            .sorted { ($0.hash, $0.user) < ($1.hash, $1.user) }
            .prefix(count)
        var isDrawn = [Bool](repeating: false, count: userCount)
        for entry in drawn { isDrawn[entry.user] = true }
        var offsets = [0]
        var kept: [UInt32] = []
        for user in 0..<userCount {
            if isDrawn[user] { kept += self[user] }
            offsets.append(kept.count)
        }
        return try LikeRows(offsets: offsets, indices: kept, itemCount: itemCount)
    }
}
