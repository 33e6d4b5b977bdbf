import LMDB
import LikenessFormat

extension PackIntake {
    /// Writes what a pack brings for standbys: features, and events with what follows from them.
    func writeForStandby() throws(StoreError) {
        for (section, table) in [
            (PackSectionKind.itemFeatureLists, store.tables.itemFeatures), (.userFeatureLists, store.tables.userFeatures),
        ] {
            try write(section, table, limit: pack.header[section].byteCount) { (row, record, lists, transaction) throws(StoreError) in
                try unsafe record.withUnsafeBytes { (raw) throws(StoreError) in try unsafe lists.put(raw, at: row, in: &transaction) }
            }
        }
        try writeEvents()
    }

    /// Events that one transaction appends at the most, about.
    private static var eventsAtATime: Int { 1 << 19 }

    /// Appends the events that the log lacks, and brings the like index to what they say, in bounded transactions.
    private func writeEvents() throws(StoreError) {
        var reader = PackSectionReader(pack, .events)
        var known = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try LikesLog(store.tables).lastSequence(in: transaction).rawValue
        }
        var batch = LikeColumns()
        var hasMore = true
        while hasMore {
            let added = try reader.next(limit: LogChunk.byteLimit) { (_, chunk) throws(StoreError) -> LikeColumns? in
                let (header, columns) = try PackCheck.events(in: chunk, of: pack)
                if header.last.rawValue <= known { return nil }
                guard header.first.rawValue <= known + 1 else {
                    throw pack.damaged(
                        .events, "they begin at \(header.first.rawValue), and the store has \(known): a pack before it is missing")
                }
                let skipped = Int(known + 1 - header.first.rawValue)
                known = header.last.rawValue
                return skipped == 0 ? columns : columns.slice(skipped..<columns.count)
            }
            hasMore = added != nil
            let events = added ?? nil
            // The log keeps the columns that the primary's has.
            let isOther = events.map { batch.count > 0 && $0.shape != batch.shape } ?? false
            if batch.count > 0, !hasMore || isOther || batch.count >= PackIntake.eventsAtATime {
                try append(batch)
                batch = LikeColumns()
            }
            if let events { if batch.count == 0 { batch = events } else { batch.append(events) } }
        }
        if batch.count > 0 { try append(batch) }
    }

    private func append(_ events: LikeColumns) throws(StoreError) {
        let tables = store.tables
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            var totals = try LikesIndex(tables).counts(in: transaction)
            let last = try LikesLog(tables).append(events, in: &transaction)
            if let kinds = events.kinds, let row = kinds.lastIndex(of: EventKind.erased.rawValue) {
                // What was made of earlier events alone may hold what is forgotten.
                let sequence = last.rawValue - UInt64(events.count - 1 - row)
                let record = try SealedJSON.seal(
                    Forgotten(sequence: SequenceNumber(rawValue: sequence)), table: tables.meta.name, key: Forgotten.key)
                try transaction.put(record, at: Forgotten.key, in: tables.meta)
            }
            var opinions = events
            if let kinds = events.kinds { opinions.keep { kinds[$0] != EventKind.erased.rawValue } }
            try StandbyLists(tables, in: transaction).apply(opinions, &totals, in: &transaction)
            try transaction.put(totals.bytes, at: "opinions", in: tables.meta)
        }
    }
}

/// The like index of a standby.
private struct StandbyLists {
    private let tables: StoreTables
    private var likes: AscendingPuts
    private var dislikes: AscendingPuts

    init(_ tables: StoreTables, in transaction: borrowing Writing) throws(StoreError) {
        self.tables = tables
        likes = try AscendingPuts(tables.likesByUser, in: transaction)
        dislikes = try AscendingPuts(tables.dislikesByUser, in: transaction)
    }

    /// Brings the lists to what events say: each pair is where its last event puts it.
    consuming func apply(
        _ events: LikeColumns, _ totals: inout OpinionCounts, in transaction: inout Writing
    ) throws(StoreError) {
        let rows = GroupedRows(first: events.users, second: events.items)
        var start = 0
        for group in rows.groups {
            // By item, and those of one item in the order of the log.
            var last: [(item: UInt32, kind: UInt8)] = []
            for entry in rows.entries[start..<group.end] {
                let (item, row) = (UInt32(truncatingIfNeeded: entry >> 32), Int(truncatingIfNeeded: entry & 0xFFFF_FFFF))
                if last.last?.item == item { last.removeLast() }
                last.append((item, events.kinds?[row] ?? LikeKind.like.rawValue))
            }
            start = group.end
            let liked = try StandbyLists.change(&likes, .like, of: group.first, last, tables, in: &transaction)
            let disliked = try StandbyLists.change(&dislikes, .dislike, of: group.first, last, tables, in: &transaction)
            totals.likes = UInt64(max(0, Int(totals.likes) + liked))
            totals.dislikes = UInt64(max(0, Int(totals.dislikes) + disliked))
        }
    }

    /// - Returns: how much longer the list is than before.
    private static func change(
        _ puts: inout AscendingPuts, _ kind: LikeKind, of user: UInt32, _ last: [(item: UInt32, kind: UInt8)], _ tables: StoreTables,
        in transaction: inout Writing
    ) throws(StoreError) -> Int {
        var before: [UInt32] = []
        if puts.mayHold(user) { try LikesIndex(tables).read(user, from: puts.table, into: &before, in: transaction) }
        var after: [UInt32] = []
        after.reserveCapacity(before.count + last.count)
        var place = 0
        for (item, now) in last {
            while place < before.count, before[place] < item {
                after.append(before[place])
                place += 1
            }
            if place < before.count, before[place] == item { place += 1 }
            if now == kind.rawValue { after.append(item) }
        }
        after += before[place...]
        if after != before { try puts.put(after, at: user, in: &transaction) }
        return after.count - before.count
    }
}
