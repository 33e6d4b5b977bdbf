import LMDB
import LikenessFormat

extension LikesLog {
    /// The events that concern rows, and the first numbers of their chunks.
    ///
    /// - Complexity: O(events).
    func events<Reader: TableReader & ~Copyable>(
        of forgetting: Forgetting, _ tables: StoreTables, in reader: borrowing Reader
    ) throws(StoreError) -> (count: Int, chunks: [UInt64]) where Reader.Failure == StoreError {
        let flags = try RowFlags(forgetting, tables, in: reader)
        var (count, chunks): (Int, [UInt64]) = (0, [])
        try forEachRun(in: reader) { first, run in
            let concerned = (0..<run.count).count { flags.concern(run, $0) }
            if concerned > 0 { chunks.append(first.rawValue) }
            count += concerned
        }
        return (count, chunks)
    }

    /// Erases the events of a chunk that concern rows: what is left of each is its number.
    ///
    /// - Returns: how many events were erased.
    func erase(
        _ forgetting: Forgetting, inChunk first: UInt64, _ tables: StoreTables, in transaction: inout Writing
    ) throws(StoreError) -> Int {
        let flags = try RowFlags(forgetting, tables, in: transaction)
        var events = LikeColumns()
        do {
            var cursor = try transaction.cursor(in: table)
            guard try cursor.move(toFirstNotLessThan: first) else { return 0 }
            let found = try header(cursor.value, key: cursor.key)
            guard found.first.rawValue == first else { return 0 }
            let lengths = (UInt32(flags.users.count), UInt32(flags.items.count))
            events = try columns(cursor.value, found, key: cursor.key, lengths)
        }
        let concerned = (0..<events.count).filter { flags.concern(events, $0) }
        if concerned.isEmpty { return 0 }
        var kinds = events.kinds ?? [UInt8](repeating: LikeKind.like.rawValue, count: events.count)
        for event in concerned {
            (events.users[event], events.items[event], kinds[event]) = (0, 0, EventKind.erased.rawValue)
            if events.weights != nil { events.weights?[event] = 1 }
            if events.times != nil { events.times?[event] = LikeColumns.noTime }
        }
        events.kinds = kinds
        try transaction.put(LogChunk.encode(events, first: SequenceNumber(rawValue: first)), at: first, in: table)
        return concerned.count
    }
}

/// Which rows are being forgotten, row by row.
struct RowFlags {
    var users: [Bool]
    var items: [Bool]

    init<Reader: TableReader & ~Copyable>(
        _ forgetting: Forgetting, _ tables: StoreTables, in reader: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        users = [Bool](repeating: false, count: Int(try Vocabulary(.user, in: tables).length(in: reader)))
        items = [Bool](repeating: false, count: Int(try Vocabulary(.item, in: tables).length(in: reader)))
        for row in forgetting.users { users[Int(row)] = true }
        for row in forgetting.items { items[Int(row)] = true }
    }

    /// Whether an event says something of a row that is being forgotten.
    func concern(_ events: LikeColumns, _ event: Int) -> Bool {
        if events.kinds?[event] == EventKind.erased.rawValue { return false }
        return users[Int(events.users[event])] || items[Int(events.items[event])]
    }
}
