package import LMDB
import LikenessFormat

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
        try IndexList.read(user, from: tables.likesByUser, into: &list, in: reader)
        return list
    }

    /// How many users like each of the first `itemCount` items.
    ///
    /// - Complexity: O(likes).
    package func popularity<Reader: TableReader & ~Copyable>(
        itemCount: Int, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        var counts = [UInt32](repeating: 0, count: itemCount)
        var cursor = try reader.cursor(in: tables.likesByUser)
        var isThere = try cursor.move(to: .first)
        while isThere {
            for place in 0..<cursor.value.byteCount / 4 {
                let item = Int(cursor.value.littleEndian(at: 4 * place, as: UInt32.self))
                if item < itemCount { counts[item] += 1 }
            }
            isThere = try cursor.move(to: .next)
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
        try IndexList.read(user, from: tables.dislikesByUser, into: &list, in: reader)
        return list
    }

    /// Likes and dislikes that are in force.
    ///
    /// - Complexity: O(users): each list's length is looked at.
    package func counts<Reader: TableReader & ~Copyable>(
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
            total += cursor.value.byteCount / 4
            isThere = try cursor.move(to: .next)
        }
        return total
    }
}
