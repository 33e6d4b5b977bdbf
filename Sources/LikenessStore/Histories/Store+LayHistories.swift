import LMDB
import LikenessFormat

extension Store {
    /// A log that is shorter is read as fast as it lies.
    private static let leastEvents: UInt64 = 100_000
    /// A chunk fills a page of LMDB's, whose header takes 16 bytes; a row that has more has a chunk of its own.
    private static let chunkByteCount = 4_080
    private static let transactionByteCount = 8 << 20
    private static let transactionDeletions = 4_096

    /// Lays the histories down anew if a tenth of the log is not in them, and the log is long.
    ///
    /// - Returns: whether it did.
    @discardableResult
    package func refreshHistories() throws(StoreError) -> Bool {
        let (last, header) = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            (try LikesLog(tables).lastSequence(in: transaction).rawValue, try Histories(tables).header(in: transaction))
        }
        guard last >= Store.leastEvents, (header?.watermark.rawValue ?? 0) < last - last / 10 else { return false }
        try layHistories()
        return true
    }

    /// Lays the histories of all users and items down, up to the last event of the log.
    ///
    /// They are written under a new generation in bounded transactions, come into force in a small one, and then older generations go. Killed in
    /// between it leaves a generation that nothing reads, which the next one removes. Of two at once the later generation stays.
    /// - Complexity: O(events + users + items); memory for the events of one side.
    package func layHistories() throws(StoreError) {
        let (tables, histories) = (tables, Histories(tables))
        let (watermark, lengths, shape) = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            (
                try LikesLog(tables).lastSequence(in: transaction), try histories.lengths(.user, in: transaction),
                try LikesLog(tables).extent(in: transaction).shape
            )
        }
        guard watermark > .zero else { return }
        var generation: UInt32?
        for (kind, count) in [(RowKind.user, lengths.rows), (.item, lengths.others)] {
            let lists = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try EventLists(kind, rows: Int(count), through: watermark, shape, LikesLog(tables), in: transaction)
            }
            var row = 0
            while row < lists.rows {
                try environment.write { (transaction: inout Writing) throws(StoreError) in
                    let number: UInt32
                    if let generation { number = generation } else { number = try nextGeneration(in: transaction) }
                    generation = number
                    var bytes = 0
                    while row < lists.rows, bytes < Store.transactionByteCount {
                        let chunk = lists.chunk(from: row, most: Store.chunkByteCount)
                        let key = HistoryKey(number, kind, firstRow: UInt32(row))
                        try transaction.put(chunk.bytes, at: key.bytes, in: tables.histories)
                        bytes += chunk.byteCount
                        row += chunk.rows
                    }
                }
            }
        }
        guard let generation else { return }
        let header = HistoriesHeader(watermark: watermark, generation: generation, users: lengths.rows, items: lengths.others)
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            if let other = try histories.header(in: transaction), other.generation > generation { return }
            try transaction.put(header.bytes, at: "histories", in: tables.meta)
        }
        try removeOldHistories()
    }

    /// One more than any generation there is.
    private func nextGeneration(in transaction: borrowing Writing) throws(StoreError) -> UInt32 {
        var cursor = try transaction.cursor(in: tables.histories)
        guard try cursor.move(to: .last) else { return 1 }
        let last = try StoreError.parsing(tables.histories, cursor.key) { (key) throws(Damage) in try HistoryKey(key).generation }
        guard last < .max else {
            throw .damaged(table: tables.histories.name, key: cursor.key.copied.printedKey, reason: "no generation can follow it")
        }
        return last + 1
    }

    /// Removes the generations before the one in force. Later ones are being written, or will be removed with it.
    private func removeOldHistories() throws(StoreError) {
        var isDone = false
        while !isDone {
            isDone = try environment.write { (transaction: inout Writing) throws(StoreError) in
                guard let header = try Histories(tables).header(in: transaction) else { return true }
                var old: [[UInt8]] = []
                do {
                    var cursor = try transaction.cursor(in: tables.histories)
                    var isThere = try cursor.move(to: .first)
                    while isThere, old.count < Store.transactionDeletions {
                        let key = try StoreError.parsing(tables.histories, cursor.key) { (key) throws(Damage) in try HistoryKey(key) }
                        if key.generation >= header.generation { break }
                        old.append(key.bytes)
                        isThere = try cursor.move(to: .next)
                    }
                }
                for key in old { try transaction.delete(key, in: tables.histories) }
                return old.count < Store.transactionDeletions
            }
        }
    }
}

/// The events of the log by the rows of one side.
private struct EventLists {
    /// Where each row's events begin: one more than rows.
    private var offsets: [Int]
    private var others: [UInt32]
    private var weights: [Float]?
    private var kinds: [UInt8]?

    var rows: Int { offsets.count - 1 }

    /// - Complexity: O(events + rows): the log is read twice.
    init(
        _ kind: RowKind, rows: Int, through last: SequenceNumber, _ shape: LikeShape, _ log: LikesLog, in transaction: borrowing Reading
    ) throws(StoreError) {
        var ends = [Int](repeating: 0, count: rows + 1)
        try log.forEachRun(through: last, in: transaction) { _, run throws(StoreError) in
            let rows = kind == .user ? run.users : run.items
            for event in 0..<run.count where run.kinds?[event] != EventKind.erased.rawValue { ends[Int(rows[event]) + 1] += 1 }
        }
        for row in 0..<rows { ends[row + 1] += ends[row] }
        offsets = ends
        var next = ends
        var others = [UInt32](repeating: 0, count: ends[rows])
        var weights = shape.contains(.weights) ? [Float](repeating: 1, count: ends[rows]) : nil
        var kinds = shape.contains(.kinds) ? [UInt8](repeating: LikeKind.like.rawValue, count: ends[rows]) : nil
        try log.forEachRun(through: last, in: transaction) { _, run throws(StoreError) in
            let (own, other) = kind == .user ? (run.users, run.items) : (run.items, run.users)
            for event in 0..<run.count where run.kinds?[event] != EventKind.erased.rawValue {
                let place = next[Int(own[event])]
                next[Int(own[event])] = place + 1
                others[place] = other[event]
                if let found = run.weights { weights?[place] = found[event] }
                if let found = run.kinds { kinds?[place] = found[event] }
            }
        }
        (self.others, self.weights, self.kinds) = (others, weights, kinds)
    }

    /// The histories of as many rows as fit into so many bytes, at least one.
    func chunk(from first: Int, most byteCount: Int) -> HistoryChunk {
        let width = 4 + (weights == nil ? 0 : 4) + (kinds == nil ? 0 : 1)
        let start = offsets[first]
        var end = first + 1
        while end < rows, 20 + 4 * (end + 2 - first) + width * (offsets[end + 1] - start) <= byteCount { end += 1 }
        let range = start..<offsets[end]
        var chunk = HistoryChunk()
        chunk.offsets = (first...end).map { UInt32(offsets[$0] - start) }
        chunk.others = Array(others[range])
        if let found = weights?[range], found.contains(where: { $0 != 1 }) { chunk.weights = Array(found) }
        if let found = kinds?[range], found.contains(where: { $0 != LikeKind.like.rawValue }) { chunk.kinds = Array(found) }
        return chunk
    }
}
