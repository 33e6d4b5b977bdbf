import LMDB
package import LikenessFormat

/// Writes what a pack that was checked holds beside manifest and blocks, in bounded transactions. It can be cut off at any moment and done again.
package struct PackIntake {
    let pack: PackFile
    let store: Store
    private let ids: [RowKind: CheckedIds]
    private let contents: RemoteContents

    /// Bytes of records that one transaction writes at the most, about.
    private static let transactionByteCount = 32 << 20

    /// - Parameter contents: which sections are taken in.
    package init(_ check: PackCheck, _ store: Store, contents: RemoteContents = .queries) {
        (pack, ids, self.store, self.contents) = (check.pack, check.ids, store, contents)
    }

    /// Writes ids, names and what users have seen, in this order.
    ///
    /// - Parameters:
    ///   - isReplacing: whether names and lists in the pack take the place of those that the store has; else names stay, and lists are joined.
    ///   - progress: called with the bytes that were dealt with.
    package func write(isReplacing: Bool, progress: (Int) -> Void = { _ in }) throws(StoreError) {
        var done = 0
        for kind in RowKind.allCases {
            try PackedIds(pack, kind, store).write(ids[kind], to: store)
            done += pack.header[PackSectionKind(vocabulary: kind)].byteCount
            progress(done)
        }
        let tables = store.tables
        try write(.names, tables.itemDetails, limit: pack.header[.names].byteCount) {
            (item, record, names, transaction) throws(StoreError) in
            if !isReplacing, try transaction.contains(item, in: tables.itemDetails) { return }
            try unsafe record.withUnsafeBytes { (raw) throws(StoreError) in try unsafe names.put(raw, at: item, in: &transaction) }
        }
        // The log of a standby says what users have seen.
        if contents == .everything { try writeForStandby() }
        guard contents == .queries else { return }
        let seen = SeenItems(tables)
        for (section, kind) in [(PackSectionKind.likes, LikeKind.like), (.dislikes, .dislike)] {
            let table = kind == .like ? tables.seenLikes : tables.seenDislikes
            try write(section, table, limit: pack.header[section].byteCount) { (user, items, lists, transaction) throws(StoreError) in
                try seen.put(items, of: user, in: &lists, isReplacing: isReplacing, in: &transaction)
            }
            done += pack.header[section].byteCount
            progress(done)
        }
    }

    /// Writes the records of a section into a table, in bounded transactions.
    func write(
        _ section: PackSectionKind, _ table: Table, limit: Int,
        _ put: (UInt32, RawSpan, inout AscendingPuts, inout Writing) throws(StoreError) -> Void
    ) throws(StoreError) {
        var reader = PackSectionReader(pack, section)
        var isAtEnd = pack.header[section].records == 0
        while !isAtEnd {
            isAtEnd = try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                var puts = try AscendingPuts(table, in: transaction)
                var bytes = 0
                while bytes < PackIntake.transactionByteCount {
                    let count = try reader.next(limit: limit) { (key, record) throws(StoreError) in
                        try put(key, record, &puts, &transaction)
                        return record.byteCount
                    }
                    guard let count else { return true }
                    bytes += count + 64
                }
                return false
            }
        }
    }
}
