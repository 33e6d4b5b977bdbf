import Algorithms
import LMDB
package import LikenessFormat

/// Takes likes in, batch by batch: each batch is one short transaction, and durable when `commit()` returns.
///
/// Ids are hashed and the batch is planned outside the writer's lock. Inside it new ids get the next indices in order of first
/// appearance, rows that the store or the batch has already are left out as duplicates, and the rest goes into the log and the
/// like index.
///
/// ```swift
/// var writer = LikesWriter(store, kind: .like)
/// try writer.add(user: user, item: item, name: nil, weight: 1, time: nil)
/// let counts = try writer.commit()
/// ```
package struct LikesWriter: ~Copyable {
    /// How many rows of a batch were accepted, and how many were duplicates.
    package struct Counts: Sendable, Equatable {
        package var accepted = 0
        package var duplicates = 0
        package var lastSequence = SequenceNumber.zero
    }

    private let store: Store
    private let kind: LikeKind
    private var users = IdentifierRun()
    private var items = IdentifierRun()
    private var userRun: VocabularyRun
    private var itemRun: VocabularyRun
    private let shape: LikeShape
    private var columns: LikeColumns
    private var names = ItemNames()

    /// - Parameter shape: the columns of every batch, whatever its rows hold, so that the log does not tell how a file was cut
    ///   into batches.
    package init(_ store: Store, kind: LikeKind = .like, shape: LikeShape = []) {
        self.store = store
        self.kind = kind
        self.shape = shape
        columns = LikeColumns(shape)
        userRun = VocabularyRun(Vocabulary(.user, in: store.tables))
        itemRun = VocabularyRun(Vocabulary(.item, in: store.tables))
    }

    /// Rows that wait for `commit()`.
    package var count: Int { columns.users.count }

    /// Adds a row. The ids must be valid: see `IdentifierError`.
    ///
    /// - Parameters:
    ///   - name: the item's name; empty or nil leaves the one it has.
    ///   - time: milliseconds since 1970-01-01 UTC.
    @inline(__always)
    package mutating func add(
        user: UnsafeRawBufferPointer, item: UnsafeRawBufferPointer, name: UnsafeRawBufferPointer?, weight: Float,
        time: Int64?
    ) {
        let itemOrdinal = unsafe items.ordinal(of: item)
        columns.users.append(unsafe users.ordinal(of: user))
        columns.items.append(itemOrdinal)
        if let name = unsafe name, name.count > 0 { unsafe names.note(name, for: itemOrdinal) }
        if weight != 1 || columns.weights != nil { columns.setWeight(weight) }
        if time != nil || columns.times != nil { columns.setTime(time ?? LikeColumns.noTime) }
    }

    /// Makes the rows durable.
    ///
    /// - Throws: `StoreError`; then nothing of the batch is kept in the store, and the batch can be committed again.
    /// - Complexity: O(rows + likes of the users that the rows name).
    package mutating func commit() throws(StoreError) -> Counts {
        try store.requireWritable()
        if kind == .dislike { columns.kinds = [UInt8](repeating: kind.rawValue, count: count) }
        let (newUsers, newItems) = (users.added, items.added)
        var (userPlan, itemPlan) = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            (try userRun.plan(newUsers, in: transaction), try itemRun.plan(newItems, in: transaction))
        }
        var batch = resolve(userPlan, itemPlan)
        var rows = GroupedRows(first: batch.users, second: batch.items)
        let counts = try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            let usersHold = try userRun.holds(userPlan, in: transaction)
            let itemsHold = try itemRun.holds(itemPlan, in: transaction)
            if !usersHold || !itemsHold {
                // Another process added ids in between.
                userPlan = try userRun.plan(newUsers, in: transaction)
                itemPlan = try itemRun.plan(newItems, in: transaction)
                batch = resolve(userPlan, itemPlan)
                rows = GroupedRows(first: batch.users, second: batch.items)
            }
            try userRun.write(userPlan, newUsers, in: &transaction)
            try itemRun.write(itemPlan, newItems, in: &transaction)
            var totals = try LikesIndex(store.tables).counts(in: transaction)
            let (accepted, removed) = try LikesWriter.index(rows, count: batch.count, kind: kind, store.tables, in: &transaction)
            var likes = batch
            if !accepted.allSatisfy(\.self) { likes.keep { accepted[$0] } }
            let log = LikesLog(store.tables)
            let last =
                likes.count > 0
                ? try log.append(likes, in: &transaction) : try log.lastSequence(in: transaction)
            totals.add(likes.count, removing: removed, kind)
            try transaction.put(totals.bytes, at: "opinions", in: store.tables.meta)
            try names.write(itemRun, itemPlan, store.tables, in: &transaction)
            return Counts(accepted: likes.count, duplicates: batch.count - likes.count, lastSequence: last)
        }
        userRun.keep(userPlan)
        itemRun.keep(itemPlan)
        users.forgetAdded()
        items.forgetAdded()
        names.forget()
        columns = LikeColumns(shape)
        return counts
    }

    /// The batch with indices in place of ordinals.
    private func resolve(_ userPlan: VocabularyRun.Plan, _ itemPlan: VocabularyRun.Plan) -> LikeColumns {
        var batch = columns
        for row in batch.users.indices {
            batch.users[row] = userRun.index(of: batch.users[row], userPlan)
            batch.items[row] = itemRun.index(of: batch.items[row], itemPlan)
        }
        return batch
    }

    /// Puts rows into the like index of their kind and takes them out of the other's; says which of them are new, and how many were taken out.
    private static func index(
        _ rows: GroupedRows, count: Int, kind: LikeKind, _ tables: StoreTables, in transaction: inout Writing
    ) throws(StoreError) -> (accepted: [Bool], removed: Int) {
        var removed = 0
        var accepted = [Bool](repeating: false, count: count)
        var own = try AscendingPuts(kind == .like ? tables.likesByUser : tables.dislikesByUser, in: transaction)
        var other = try AscendingPuts(kind == .like ? tables.dislikesByUser : tables.likesByUser, in: transaction)
        var (before, merged, opposite): ([UInt32], [UInt32], [UInt32]) = ([], [], [])
        var start = 0
        for group in rows.groups {
            let entries = rows.entries[start..<group.end]
            start = group.end
            before.removeAll(keepingCapacity: true)
            if own.mayHold(group.first) {
                try LikesIndex(tables).read(group.first, from: own.table, into: &before, in: transaction)
            }
            let added = merge(before, entries, into: &merged, accepted: &accepted)
            if added == 0 { continue }
            try own.put(merged, at: group.first, in: &transaction)
            if other.mayHold(group.first) {
                try LikesIndex(tables).read(group.first, from: other.table, into: &opposite, in: transaction)
                let left = opposite.filter { item in !contains(merged, item) }
                removed += opposite.count - left.count
                if left.count < opposite.count { try other.put(left, at: group.first, in: &transaction) }
            }
        }
        return (accepted, removed)
    }

    /// Merges sorted entries into a sorted list; marks those that were not in it, each item once.
    private static func merge(
        _ before: [UInt32], _ entries: ArraySlice<UInt64>, into merged: inout [UInt32], accepted: inout [Bool]
    ) -> Int {
        merged.removeAll(keepingCapacity: true)
        var position = 0
        var added = 0
        var last: UInt32?
        for entry in entries {
            let item = UInt32(truncatingIfNeeded: entry >> 32)
            if item == last { continue }
            while position < before.count, before[position] < item {
                merged.append(before[position])
                position += 1
            }
            last = item
            if position < before.count, before[position] == item { continue }
            merged.append(item)
            accepted[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)] = true
            added += 1
        }
        merged.append(contentsOf: before[position...])
        return added
    }

    private static func contains(_ sorted: [UInt32], _ item: UInt32) -> Bool {
        let place = sorted.partitioningIndex { $0 >= item }
        return place < sorted.count && sorted[place] == item
    }
}
