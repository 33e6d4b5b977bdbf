package import LMDB
package import LikenessFormat

/// The events of the log once more, by user and by item, up to some event: what a continuation reads of the rows that new likes touch, so that
/// it does not read the log.
///
/// They are derived: a full fit lays them down anew when the log has outgrown them, and nothing is lost without them.
package struct Histories: Sendable {
    private let tables: StoreTables

    package init(_ tables: StoreTables) {
        self.tables = tables
    }

    /// Some events of one row, in the log's order.
    package struct Events {
        /// The items of a user, or the users of an item.
        package let others: ArraySlice<UInt32>
        /// Nil if every weight is 1.
        package let weights: ArraySlice<Float>?
        /// By their raw values; nil if every event is a like.
        package let kinds: ArraySlice<UInt8>?
    }

    /// Up to where they go; nil if there are none.
    package func header<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> HistoriesHeader? where Reader.Failure == StoreError {
        guard let record = try reader.get("histories", in: tables.meta) else { return nil }
        return try StoreError.parsing("meta", "histories", try HistoriesHeader(record))
    }

    /// Calls `body` with the place and the events of each of some rows.
    ///
    /// - Parameters:
    ///   - rows: ascending. Those that came after the histories were laid down have none.
    ///   - kind: `.user` or `.item`.
    /// - Throws: `StoreError.damaged`: a chunk is missing or is not what was written.
    /// - Complexity: O(rows × log chunks + events of their chunks).
    package func forEach<Reader: TableReader & ~Copyable>(
        _ rows: [UInt32], of kind: RowKind, _ header: HistoriesHeader, in reader: borrowing Reader,
        _ body: (Int, Events) throws(StoreError) -> Void
    ) throws(StoreError) where Reader.Failure == StoreError {
        let lengths = try lengths(kind, in: reader)
        var cursor = try reader.cursor(in: tables.histories)
        var (first, chunk): (UInt32, HistoryChunk) = (0, HistoryChunk())
        for (place, row) in rows.enumerated() where row < header.rows(kind) {
            if row < first || Int(row - first) >= chunk.rows {
                let wanted = HistoryKey(header.generation, kind, firstRow: row)
                guard try cursor.move(toLastNotGreaterThan: wanted.bytes) else { throw missing(wanted) }
                let key = try StoreError.parsing(tables.histories, cursor.key) { (key) throws(Damage) in try HistoryKey(key) }
                guard key.generation == header.generation, key.kind == kind else { throw missing(wanted) }
                first = key.firstRow
                chunk = try StoreError.parsing(
                    tables.histories.name, key.bytes.printedKey,
                    try HistoryChunk(cursor.value, firstRow: first, below: lengths.rows, others: lengths.others))
                guard Int(row - first) < chunk.rows else { throw missing(wanted) }
            }
            let range = Int(chunk.offsets[Int(row - first)])..<Int(chunk.offsets[Int(row - first) + 1])
            try body(place, Events(others: chunk.others[range], weights: chunk.weights?[range], kinds: chunk.kinds?[range]))
        }
    }

    /// The lengths of the vocabulary of a side and of the other one.
    func lengths<Reader: TableReader & ~Copyable>(
        _ kind: RowKind, in reader: borrowing Reader
    ) throws(StoreError) -> (rows: UInt32, others: UInt32) where Reader.Failure == StoreError {
        let (users, items) = (
            try Vocabulary(.user, in: tables).length(in: reader), try Vocabulary(.item, in: tables).length(in: reader)
        )
        return kind == .user ? (users, items) : (items, users)
    }

    private func missing(_ key: HistoryKey) -> StoreError {
        .damaged(table: tables.histories.name, key: key.bytes.printedKey, reason: "the chunk is missing")
    }
}
