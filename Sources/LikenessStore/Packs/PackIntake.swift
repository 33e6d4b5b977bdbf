import LMDB
import LikenessFormat

/// Writes what a pack that was checked holds beside manifest and blocks, in bounded transactions. It can be cut off at any moment and done again.
package struct PackIntake {
    private let pack: PackFile
    private let store: Store

    /// Bytes of records that one transaction writes at the most, about.
    private static let transactionByteCount = 16 << 20

    package init(_ check: PackCheck, _ store: Store) {
        (pack, self.store) = (check.pack, store)
    }

    /// Writes ids, names and what users have seen, in this order.
    ///
    /// - Parameters:
    ///   - isReplacing: whether names and lists in the pack take the place of those that the store has; else names stay, and lists are joined.
    ///   - progress: called with the bytes that were dealt with.
    package func write(isReplacing: Bool, progress: (Int) -> Void = { _ in }) throws(StoreError) {
        var done = 0
        for kind in RowKind.allCases {
            try PackedIds(pack, kind, store).write(to: store)
            done += pack.header[PackSectionKind(vocabulary: kind)].byteCount
            progress(done)
        }
        let tables = store.tables
        try write(.names, limit: pack.header[.names].byteCount) { (item, record, transaction) throws(StoreError) in
            if !isReplacing, try transaction.contains(item, in: tables.itemDetails) { return }
            try transaction.put(record, at: item, in: tables.itemDetails)
        }
        let seen = SeenItems(tables)
        for (section, kind) in [(PackSectionKind.likes, LikeKind.like), (.dislikes, .dislike)] {
            try write(section, limit: pack.header[section].byteCount) { (user, items, transaction) throws(StoreError) in
                try unsafe seen.put(items.span.bytes, of: user, kind, isReplacing: isReplacing, in: &transaction)
            }
            done += pack.header[section].byteCount
            progress(done)
        }
    }

    private func write(
        _ section: PackSectionKind, limit: Int, _ put: (UInt32, [UInt8], inout Writing) throws(StoreError) -> Void
    ) throws(StoreError) {
        var reader = PackSectionReader(pack, section)
        var isAtEnd = false
        while !isAtEnd {
            var batch: [(key: UInt32, bytes: [UInt8])] = []
            var bytes = 0
            while bytes < PackIntake.transactionByteCount {
                guard let record = try reader.record(limit: limit) else {
                    isAtEnd = true
                    break
                }
                batch.append(record)
                bytes += record.bytes.count + 64
            }
            if batch.isEmpty { return }
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                for record in batch { try put(record.key, record.bytes, &transaction) }
            }
        }
    }
}
