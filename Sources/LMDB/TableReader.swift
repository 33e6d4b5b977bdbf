import CLMDB

/// LMDB's transaction, as the reading operations need it.
@safe package struct TransactionHandle {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }
}

/// What both kinds of transactions can do: look up, iterate, count.
package protocol TableReader: ~Copyable {
    /// The error type of the operations: `LMDBError`, or one that has a place for it.
    associatedtype Failure: LMDBErrorConvertible

    /// For this module's own use.
    var rawTransaction: TransactionHandle { get }

    /// Says that a value of this transaction will not be read again soon, so that its pages stop counting as this process's memory.
    ///
    /// Nothing is lost: who reads it again gets it from the kernel's cache, or from disk. A writing transaction keeps its pages.
    borrowing func releasePages(of value: RawSpan)
}

extension TableReader where Self: ~Copyable {
    /// The value at a key, in place in the map, or nil if there is none.
    ///
    /// - Throws: LMDB's words with the table and key.
    /// - Complexity: O(log n), no copy.
    @_lifetime(borrow self)
    package borrowing func get<Key: KeyBytes>(_ key: Key, in table: Table) throws(Failure) -> RawSpan? {
        guard let value = unsafe try find(key, in: table) else { return nil }
        let span = unsafe RawSpan(_unsafeStart: value.mv_data, byteCount: value.mv_size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Whether a key is there.
    package borrowing func contains<Key: KeyBytes>(_ key: Key, in table: Table) throws(Failure) -> Bool {
        unsafe try find(key, in: table) != nil
    }

    /// LMDB's value at a key.
    private borrowing func find<Key: KeyBytes>(_ key: Key, in table: Table) throws(Failure) -> MDB_val? {
        guard let number = table.handle else { return nil }
        let transaction = unsafe rawTransaction.pointer
        var value = unsafe MDB_val()
        let code = unsafe key.withKeyBytes { bytes in
            var name = unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return unsafe mdb_get(transaction, number, &name, &value)
        }
        if code == MDB_NOTFOUND { return nil }
        try Failure.check(code, "read", table: table.name, key: key.printedKey)
        return unsafe value
    }

    /// How many keys a table has, and how large it is.
    package borrowing func statistics(of table: Table) throws(Failure) -> TableStatistics {
        guard let number = table.handle else { return TableStatistics(entries: 0, byteCount: 0) }
        var raw = MDB_stat()
        try Failure.check(unsafe mdb_stat(rawTransaction.pointer, number, &raw), "count", table: table.name)
        let pages = raw.ms_branch_pages + raw.ms_leaf_pages + raw.ms_overflow_pages
        return TableStatistics(entries: raw.ms_entries, byteCount: pages * Int(raw.ms_psize))
    }

    /// Bytes of pages that a commit and those after it have freed: whoever reads what an earlier one left keeps them from being used again.
    ///
    /// - Complexity: O(commits that freed something).
    package borrowing func freedByteCount(from commit: UInt64) throws(Failure) -> Int {
        // LMDB's own table of free pages: commits, and the numbers of the pages after how many they are.
        let free = Table(name: "free pages", handle: 0)
        var raw = MDB_stat()
        try Failure.check(unsafe mdb_stat(rawTransaction.pointer, 0, &raw), "count", table: free.name)
        var pages = 0
        var cursor = try cursor(in: free)
        var more = try cursor.move(to: .first)
        while more {
            let isLater = unsafe cursor.key.byteCount >= 8 && cursor.key.unsafeLoadUnaligned(as: UInt64.self) >= commit
            if isLater, cursor.value.byteCount >= 8 { pages += unsafe Int(clamping: cursor.value.unsafeLoadUnaligned(as: UInt64.self)) }
            more = try cursor.move(to: .next)
        }
        return pages * Int(raw.ms_psize)
    }

    /// Opens a cursor on a table; it lives no longer than the transaction.
    @_lifetime(borrow self)
    package borrowing func cursor(in table: Table) throws(Failure) -> Cursor<Failure> {
        let cursor = unsafe try Cursor<Failure>(transaction: rawTransaction.pointer, table: table)
        return unsafe _overrideLifetime(cursor, borrowing: self)
    }
}
