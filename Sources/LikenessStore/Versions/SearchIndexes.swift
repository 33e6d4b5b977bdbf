import LMDB
package import LikenessFormat

/// The indexes for approximate search that a store holds beside its versions. A store that lacks their table has none.
package struct SearchIndexes: Sendable {
    private let tables: StoreTables

    package init(_ tables: StoreTables) { self.tables = tables }

    /// The index of a kind of rows of a version, and the hash of its record; nil if there is none.
    package func record(
        of key: SearchIndexKey, in transaction: borrowing Reading
    ) throws(StoreError) -> SearchIndexRecord? {
        guard let bytes = try transaction.get(key.bytes, in: tables.indexes) else { return nil }
        return try StoreError.parsing(
            tables.indexes.name, "\(key.version) \(key.kind.matrixPrefix)", try SearchIndexRecord.parse(bytes, key: key))
    }

    /// All indexes, by version and kind.
    package func records(in transaction: borrowing Reading) throws(StoreError) -> [SearchIndexRecord] {
        var records: [SearchIndexRecord] = []
        var cursor = try transaction.cursor(in: tables.indexes)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let key = try StoreError.parsing(tables.indexes, cursor.key) { (key) throws(Damage) in try SearchIndexKey(key) }
            records.append(
                try StoreError.parsing(
                    tables.indexes.name, "\(key.version) \(key.kind.matrixPrefix)", try SearchIndexRecord.parse(cursor.value, key: key)))
            isThere = try cursor.move(to: .next)
        }
        return records
    }

    /// What tells one state of the table from another: the keys and the hashes of the records.
    func state<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> [[UInt8]] where Reader.Failure == StoreError {
        var state: [[UInt8]] = []
        var cursor = try reader.cursor(in: tables.indexes)
        var isThere = try cursor.move(to: .first)
        while isThere {
            state.append(cursor.key.copied + (SealedJSON.hash(of: cursor.value)?.bytes ?? []))
            isThere = try cursor.move(to: .next)
        }
        return state
    }

    /// Puts an index in the place of the one that its version had. Its blocks must be there.
    ///
    /// - Throws: `StoreError.catalog`: the version or the blocks have been pruned meanwhile.
    package func put(_ record: SearchIndexRecord, in transaction: inout Writing) throws(StoreError) {
        let key = SearchIndexKey(record.version, record.kind)
        let name = "\(key.version) \(key.kind.matrixPrefix)"
        try StoreError.parsing(tables.indexes.name, name, try record.check())
        guard try manifestHash(of: record.version, in: transaction)?.hexadecimal == record.manifest else {
            throw .catalog(.blocksPruned)
        }
        try References.require(record.roots, in: transaction, tables)
        try transaction.put(SealedJSON.seal(record, table: tables.indexes.name, key: name), at: key.bytes, in: tables.indexes)
    }

    /// The hash in the header of a version's manifest; nil if the version is not there.
    func manifestHash<Reader: TableReader & ~Copyable>(
        of version: Version, in reader: borrowing Reader
    ) throws(StoreError) -> BlockHash? where Reader.Failure == StoreError {
        guard let manifest = try reader.get(version.rawValue, in: tables.versions) else { return nil }
        return SealedJSON.hash(of: manifest)
    }

    /// Removes the indexes of a version, of one kind or all.
    ///
    /// - Returns: how many there were. Their blocks are garbage from then on, which a prune removes.
    @discardableResult
    package func remove(_ version: Version, _ kind: RowKind? = nil, in transaction: inout Writing) throws(StoreError) -> Int {
        var removed = 0
        for own in RowKind.allCases where kind == nil || kind == own {
            if try transaction.delete(SearchIndexKey(version, own).bytes, in: tables.indexes) { removed += 1 }
        }
        return removed
    }
}
