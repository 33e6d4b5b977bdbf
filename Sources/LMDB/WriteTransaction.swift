import CLMDB

/// The one transaction that may change tables. It sees its own changes; nobody else does until `commit()` returns, and then
/// they are on disk.
///
/// Changing a table ends the life of every value borrowed before: `put` and `delete` are mutating, so the compiler checks it.
/// Letting it go without `commit()` drops every change.
@safe package struct WriteTransaction<Failure: LMDBErrorConvertible>: ~Copyable {
    /// Nil once it is committed.
    private var handle: OpaquePointer?
    private let thread: UInt
    private let environment: Environment

    init(_ environment: Environment) throws(Failure) {
        do throws(LMDBError) {
            if environment.isReadOnly {
                throw LMDBError(code: .openedForReading, operation: "begin writing", path: environment.path)
            }
            let active = try environment.file.begin(flags: 0, "begin writing")
            unsafe handle = active.transaction
            thread = active.thread
        } catch {
            throw Failure(error)
        }
        self.environment = environment
    }

    deinit {
        if let handle = unsafe handle { unsafe mdb_txn_abort(handle) }
        environment.file.end(thread)
    }

    /// Makes every change durable and visible, all at once.
    ///
    /// - Throws: LMDB's words; then nothing of it is durable or visible.
    package consuming func commit() throws(Failure) {
        let handle = unsafe self.handle
        unsafe self.handle = nil  // LMDB frees the transaction whether the commit succeeds or not.
        try Failure.check(unsafe mdb_txn_commit(handle), "commit to", path: environment.path)
    }

    /// Writes a value at a key.
    ///
    /// - Throws: LMDB's words: the map or the disk is full, the key is empty or longer than 511 bytes, or there is a value that `mode` does
    ///   not replace.
    /// - Complexity: O(log n) and the pages on the way, copied once per transaction.
    package mutating func put<Key: KeyBytes>(
        _ value: UnsafeRawBufferPointer, at key: Key, in table: Table, mode: PutMode = .replacing
    ) throws(Failure) {
        let code = unsafe try put(value, at: key, in: table, flags: mode.flags)
        try Failure.check(code, "write", table: table.name, key: key.printedKey)
    }

    /// Writes a value at a key.
    package mutating func put<Key: KeyBytes>(
        _ value: [UInt8], at key: Key, in table: Table, mode: PutMode = .replacing
    ) throws(Failure) {
        try unsafe value.span.bytes.withUnsafeBytes { (raw) throws(Failure) in try unsafe put(raw, at: key, in: table, mode: mode) }
    }

    /// Writes a value at a key that has none; false if it has one, which stays as it is.
    ///
    /// - Complexity: O(log n): one search for both the question and the place.
    package mutating func insert<Key: KeyBytes>(_ value: [UInt8], at key: Key, in table: Table) throws(Failure) -> Bool {
        try unsafe value.span.bytes.withUnsafeBytes { (raw) throws(Failure) in try unsafe insert(raw, at: key, in: table) }
    }

    /// Writes a value at a key that has none; false if it has one, which stays as it is.
    package mutating func insert<Key: KeyBytes>(
        _ value: UnsafeRawBufferPointer, at key: Key, in table: Table
    ) throws(Failure) -> Bool {
        let code = try unsafe put(value, at: key, in: table, flags: PutMode.inserting.flags)
        if code == MDB_KEYEXIST { return false }
        try Failure.check(code, "write", table: table.name, key: key.printedKey)
        return true
    }

    /// - Returns: LMDB's code.
    private mutating func put<Key: KeyBytes>(
        _ value: UnsafeRawBufferPointer, at key: Key, in table: Table, flags: UInt32
    ) throws(Failure) -> Int32 {
        let (transaction, number) = try unsafe (handle, self.number(of: table))
        return unsafe key.withKeyBytes { bytes in
            var name = unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            var data = unsafe MDB_val(mv_size: value.count, mv_data: UnsafeMutableRawPointer(mutating: value.baseAddress))
            return unsafe mdb_put(transaction, number, &name, &data, flags)
        }
    }

    /// Removes a key; false if it was not there.
    @discardableResult
    package mutating func delete<Key: KeyBytes>(_ key: Key, in table: Table) throws(Failure) -> Bool {
        let (transaction, number) = try unsafe (handle, self.number(of: table))
        let code = unsafe key.withKeyBytes { bytes in
            var name = unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return unsafe mdb_del(transaction, number, &name, nil)
        }
        if code == MDB_NOTFOUND { return false }
        try Failure.check(code, "delete", table: table.name, key: key.printedKey)
        return true
    }

    /// Removes all keys of a table.
    ///
    /// - Complexity: O(pages of the table).
    package mutating func removeAll(in table: Table) throws(Failure) {
        let (transaction, number) = try unsafe (handle, self.number(of: table))
        try Failure.check(unsafe mdb_drop(transaction, number, 0), "empty", table: table.name)
    }

    /// A writer's environment has every table.
    private borrowing func number(of table: Table) throws(Failure) -> MDB_dbi {
        guard let number = table.handle else {
            throw Failure(LMDBError(code: .badTable, operation: "write", table: table.name, path: environment.path))
        }
        return number
    }
}

extension WriteTransaction: TableReader {
    package var rawTransaction: TransactionHandle {
        unsafe TransactionHandle(handle!)
    }

    /// Does nothing: a value may lie in a page that this transaction has changed, which is nowhere but in its own memory.
    package borrowing func releasePages(of value: RawSpan) {}
}
