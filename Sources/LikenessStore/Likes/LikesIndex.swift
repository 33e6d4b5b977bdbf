package import LMDB
package import LikenessFormat

/// Which items each user likes, and dislikes: sorted indices by user.
package struct LikesIndex: Sendable {
    private let tables: StoreTables

    package init(_ tables: StoreTables) {
        self.tables = tables
    }

    /// The items that a user likes, ascending.
    ///
    /// - Complexity: O(log users + likes of the user).
    package func items<Reader: TableReader & ~Copyable>(
        likedBy user: UInt32, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        var list: [UInt32] = []
        try read(user, from: tables.likesByUser, into: &list, in: reader)
        return list
    }

    /// How many users like each of the first `itemCount` items.
    ///
    /// - Complexity: O(likes).
    package func popularity<Reader: TableReader & ~Copyable>(
        itemCount: Int, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        var counts = [UInt32](repeating: 0, count: itemCount)
        try forEach(tables.likesByUser, in: reader) { _, items in
            for item in items where Int(item) < itemCount { counts[Int(item)] += 1 }
            return true
        }
        return counts
    }

    /// The items that a user dislikes, ascending.
    ///
    /// - Complexity: O(log users + dislikes of the user).
    package func items<Reader: TableReader & ~Copyable>(
        dislikedBy user: UInt32, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        var list: [UInt32] = []
        try read(user, from: tables.dislikesByUser, into: &list, in: reader)
        return list
    }

    /// Likes and dislikes that are in force.
    ///
    /// - Complexity: O(1); O(users) of a store whose record of them is missing.
    package func counts<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> OpinionCounts where Reader.Failure == StoreError {
        if let record = try reader.get("opinions", in: tables.meta) {
            return try StoreError.parsing("meta", "opinions", try OpinionCounts(record))
        }
        let (likes, dislikes) = try countedAnew(in: reader)
        return OpinionCounts(likes: UInt64(likes), dislikes: UInt64(dislikes))
    }

    /// The same, counted in the lists.
    ///
    /// - Complexity: O(users): each list's length is looked at.
    func countedAnew<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> (likes: Int, dislikes: Int) where Reader.Failure == StoreError {
        (try count(tables.likesByUser, in: reader), try count(tables.dislikesByUser, in: reader))
    }

    private func count<Reader: TableReader & ~Copyable>(
        _ table: Table, in reader: borrowing Reader
    ) throws(StoreError) -> Int where Reader.Failure == StoreError {
        var total = 0
        var cursor = try reader.cursor(in: table)
        var isThere = try cursor.move(to: .first)
        while isThere {
            total += try StoreError.parsing(table.name, cursor.key.copied.printedKey, try IndexList.count(cursor.value))
            isThere = try cursor.move(to: .next)
        }
        return total
    }

    /// Puts the list at `key` into `list`, in place of what it held; empty if there is none.
    func read<Reader: TableReader & ~Copyable>(
        _ key: UInt32, from table: Table, into list: inout [UInt32], in reader: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        let length = try Vocabulary(.item, in: tables).length(in: reader)
        guard let value = try reader.get(key, in: table) else { return list.removeAll(keepingCapacity: true) }
        do { try IndexList.parse(value, below: length, into: &list) } catch {
            throw .damaged(table: table.name, key: key.printedKey, reason: error.reason)
        }
    }

    /// Calls `body` with each user of a table from `start` on, ascending, and the user's items, until it returns false.
    ///
    /// - Complexity: O(likes); one list in memory at a time.
    func forEach<Reader: TableReader & ~Copyable>(
        _ table: Table, from start: UInt32 = 0, in reader: borrowing Reader, _ body: (UInt32, [UInt32]) -> Bool
    ) throws(StoreError) where Reader.Failure == StoreError {
        let users = try Vocabulary(.user, in: tables).length(in: reader)
        let items = try Vocabulary(.item, in: tables).length(in: reader)
        var list: [UInt32] = []
        var cursor = try reader.cursor(in: table)
        var isThere = try cursor.move(toFirstNotLessThan: start)
        while isThere {
            let user = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in try IndexKey(key, below: users).index }
            do { try IndexList.parse(cursor.value, below: items, into: &list) } catch {
                throw .damaged(table: table.name, key: user.printedKey, reason: error.reason)
            }
            if !body(user, list) { return }
            isThere = try cursor.move(to: .next)
        }
    }
}
