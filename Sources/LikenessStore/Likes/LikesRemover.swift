import LMDB
package import LikenessFormat

/// Takes likes and dislikes back, batch by batch: each batch is one short transaction, and durable when `commit()` returns.
///
/// What is taken back leaves the like index, and the log says so by an event. A pair that is in neither index, or that the vocabularies do not
/// know, is passed over: no id is added.
package struct LikesRemover: ~Copyable {
    /// How many rows of a batch ended how.
    package struct Counts: Sendable, Equatable {
        package var takenBack = 0
        package var notThere = 0
        package var lastSequence = SequenceNumber.zero
    }

    private let store: Store
    private let hasTimes: Bool
    private var users = IdentifierRun()
    private var items = IdentifierRun()
    private var columns: LikeColumns

    /// - Parameter hasTimes: whether events keep when their opinion was taken back.
    package init(_ store: Store, hasTimes: Bool = false) {
        self.store = store
        self.hasTimes = hasTimes
        columns = LikeColumns(hasTimes ? .times : [])
    }

    /// Rows that wait for `commit()`.
    package var count: Int { columns.users.count }

    /// Adds a row. The ids must be valid: see `IdentifierError`.
    ///
    /// - Parameter time: milliseconds since 1970-01-01 UTC.
    package mutating func add(user: UnsafeRawBufferPointer, item: UnsafeRawBufferPointer, time: Int64?) {
        columns.users.append(unsafe users.ordinal(of: user))
        columns.items.append(unsafe items.ordinal(of: item))
        if hasTimes { columns.setTime(time ?? LikeColumns.noTime) }
    }

    /// Makes the rows durable.
    ///
    /// - Throws: `StoreError`; then nothing of the batch is kept in the store, and the batch can be committed again.
    /// - Complexity: O(rows + likes of the users that the rows name).
    package mutating func commit() throws(StoreError) -> Counts {
        let (store, columns) = (store, columns)
        try store.requireWritable()
        if count == 0 {
            return Counts(
                lastSequence: try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try LikesLog(store.tables).lastSequence(in: transaction)
                })
        }
        // Ids that are new are looked up for each batch: another may have added them in between.
        let (newUsers, newItems) = (users.added, items.added)
        let counts = try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            let userPlan = try VocabularyRun(Vocabulary(.user, in: store.tables)).plan(newUsers, in: transaction)
            let itemPlan = try VocabularyRun(Vocabulary(.item, in: store.tables)).plan(newItems, in: transaction)
            var events = columns
            for row in 0..<events.count {
                events.users[row] = userPlan.indices[Int(events.users[row])]
                events.items[row] = itemPlan.indices[Int(events.items[row])]
            }
            let rows = GroupedRows(first: events.users, second: events.items)
            var isThere = [Bool](repeating: false, count: events.count)
            var totals = try LikesIndex(store.tables).counts(in: transaction)
            for kind in LikeKind.allCases {
                let table = kind == .like ? store.tables.likesByUser : store.tables.dislikesByUser
                totals.remove(
                    try LikesRemover.remove(rows, knownUsers: userPlan.length, table, &isThere, store.tables, in: &transaction), kind)
            }
            events.keep { isThere[$0] }
            events.kinds = [UInt8](repeating: EventKind.takenBack.rawValue, count: events.count)
            let log = LikesLog(store.tables)
            let last = events.count > 0 ? try log.append(events, in: &transaction) : try log.lastSequence(in: transaction)
            try transaction.put(totals.bytes, at: "opinions", in: store.tables.meta)
            return Counts(takenBack: events.count, notThere: columns.count - events.count, lastSequence: last)
        }
        users = IdentifierRun()
        items = IdentifierRun()
        self.columns = LikeColumns(hasTimes ? .times : [])
        return counts
    }

    /// Takes rows out of the lists of a table, each pair once, and marks them.
    ///
    /// - Returns: how many pairs left the table.
    private static func remove(
        _ rows: GroupedRows, knownUsers: UInt32, _ table: Table, _ isThere: inout [Bool], _ tables: StoreTables,
        in transaction: inout Writing
    ) throws(StoreError) -> Int {
        var (removed, start) = (0, 0)
        var puts = try AscendingPuts(table, in: transaction)
        var list: [UInt32] = []
        for group in rows.groups {
            let entries = rows.entries[start..<group.end]
            start = group.end
            guard group.first < knownUsers, puts.mayHold(group.first) else { continue }
            try LikesIndex(tables).read(group.first, from: table, into: &list, in: transaction)
            var gone: Set<UInt32> = []
            for entry in entries {
                let item = UInt32(truncatingIfNeeded: entry >> 32)
                if LikesCommitter.contains(list, item), gone.insert(item).inserted {
                    isThere[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)] = true
                }
            }
            if gone.isEmpty { continue }
            list.removeAll { gone.contains($0) }
            removed += gone.count
            try puts.put(list, at: group.first, in: &transaction)
        }
        return removed
    }
}
