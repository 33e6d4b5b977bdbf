package import LMDB
import LikenessFormat

/// What users have liked and disliked, for queries: as the store's own log says, and as packs that were taken in say.
///
/// Nothing is trained from what packs say, and the log knows nothing of it.
package struct SeenItems: Sendable {
    private let tables: StoreTables
    private let index: LikesIndex

    package init(_ tables: StoreTables) {
        self.tables = tables
        index = LikesIndex(tables)
    }

    /// The tables of a kind: the store's own, and that of packs.
    private func tables(_ kind: LikeKind) -> (own: Table, packs: Table) {
        kind == .like ? (tables.likesByUser, tables.seenLikes) : (tables.dislikesByUser, tables.seenDislikes)
    }

    /// The items that a user likes, ascending.
    ///
    /// - Complexity: O(log users + likes of the user).
    package func items<Reader: TableReader & ~Copyable>(
        likedBy user: UInt32, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        try items(of: user, .like, in: reader)
    }

    /// The items that a user dislikes, ascending.
    ///
    /// - Complexity: O(log users + dislikes of the user).
    package func items<Reader: TableReader & ~Copyable>(
        dislikedBy user: UInt32, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        try items(of: user, .dislike, in: reader)
    }

    /// The items of a kind, ascending.
    func items<Reader: TableReader & ~Copyable>(
        of user: UInt32, _ kind: LikeKind, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        let (own, packs) = tables(kind)
        var (first, second): ([UInt32], [UInt32]) = ([], [])
        try index.read(user, from: own, into: &first, in: reader)
        try read(user, from: packs, into: &second, in: reader)
        return SeenItems.union(first, second)
    }

    /// Puts what packs say of a user into `list`.
    private func read<Reader: TableReader & ~Copyable>(
        _ user: UInt32, from table: Table, into list: inout [UInt32], in reader: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        list.removeAll(keepingCapacity: true)
        guard let record = try reader.get(user, in: table) else { return }
        let length = try Vocabulary(.item, in: tables).length(in: reader)
        do { try SeenList.parse(record, user: user, below: length, into: &list) } catch {
            throw .damaged(table: table.name, key: user.printedKey, reason: error.reason)
        }
    }

    /// How many users like each of the first `itemCount` items.
    ///
    /// - Complexity: O(likes).
    package func popularity<Reader: TableReader & ~Copyable>(
        itemCount: Int, in reader: borrowing Reader
    ) throws(StoreError) -> [UInt32] where Reader.Failure == StoreError {
        var counts = try index.popularity(itemCount: itemCount, in: reader)
        if try reader.statistics(of: tables.seenLikes).entries == 0 { return counts }
        var (own, list): ([UInt32], [UInt32]) = ([], [])
        var cursor = try reader.cursor(in: tables.seenLikes)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let user = try user(cursor.key, tables.seenLikes)
            try read(user, from: tables.seenLikes, into: &list, in: reader)
            try index.read(user, from: tables.likesByUser, into: &own, in: reader)
            var place = 0
            for item in list where Int(item) < itemCount {
                while place < own.count, own[place] < item { place += 1 }
                if place == own.count || own[place] != item { counts[Int(item)] += 1 }
            }
            isThere = try cursor.move(to: .next)
        }
        return counts
    }

    /// Calls `body` with each user below a number who has items of a kind, ascending, and these items.
    ///
    /// - Complexity: O(likes); one list in memory at a time.
    func forEach<Reader: TableReader & ~Copyable>(
        _ kind: LikeKind, below count: UInt32, in reader: borrowing Reader, _ body: (UInt32, [UInt32]) throws(StoreError) -> Void
    ) throws(StoreError) where Reader.Failure == StoreError {
        let (own, packs) = tables(kind)
        var ownUsers = try reader.cursor(in: own)
        var packUsers = try reader.cursor(in: packs)
        var (hasOwn, hasPack) = (try ownUsers.move(to: .first), try packUsers.move(to: .first))
        while hasOwn || hasPack {
            let first = hasOwn ? try user(ownUsers.key, own) : .max
            let second = hasPack ? try user(packUsers.key, packs) : .max
            let next = min(first, second)
            if next >= count { return }
            try body(next, try items(of: next, kind, in: reader))
            if first == next { hasOwn = try ownUsers.move(to: .next) }
            if second == next { hasPack = try packUsers.move(to: .next) }
        }
    }

    private func user(_ key: RawSpan, _ table: Table) throws(StoreError) -> UInt32 {
        try StoreError.parsing(table, key) { (key) throws(Damage) in try IndexKey(key).index }
    }

    /// Keeps what a pack says of a user.
    ///
    /// - Parameters:
    ///   - items: ascending, as they lie in the pack.
    ///   - lists: the table of packs of a kind.
    ///   - isReplacing: in place of what earlier packs said; else beside it.
    func put(
        _ items: RawSpan, of user: UInt32, in lists: inout AscendingPuts, isReplacing: Bool, in transaction: inout Writing
    ) throws(StoreError) {
        var list: [UInt32] = []
        list.reserveCapacity(items.byteCount / 4)
        for place in stride(from: 0, to: items.byteCount, by: 4) { list.append(items.littleEndian(at: place)) }
        if !isReplacing, lists.mayHold(user) {
            var before: [UInt32] = []
            try read(user, from: lists.table, into: &before, in: transaction)
            list = SeenItems.union(before, list)
        }
        if list.isEmpty { return try lists.put([], at: user, in: &transaction) }
        let bytes = SeenList.bytes(list, user: user)
        try unsafe bytes.span.bytes.withUnsafeBytes { (raw) throws(StoreError) in try unsafe lists.put(raw, at: user, in: &transaction) }
    }

    /// All numbers of two ascending lists, ascending and each once.
    private static func union(_ first: [UInt32], _ second: [UInt32]) -> [UInt32] {
        if second.isEmpty { return first }
        if first.isEmpty { return second }
        var union: [UInt32] = []
        union.reserveCapacity(first.count + second.count)
        var (i, j) = (0, 0)
        while i < first.count || j < second.count {
            if j == second.count || i < first.count && first[i] < second[j] {
                union.append(first[i])
                i += 1
            } else {
                if i < first.count, first[i] == second[j] { i += 1 }
                union.append(second[j])
                j += 1
            }
        }
        return union
    }
}
