import CLMDB

/// A position in a table, in key order. It borrows its transaction.
///
/// ```swift
/// var cursor = try transaction.cursor(in: table)
/// var more = try cursor.move(to: .first)
/// while more {
///     use(cursor.key, cursor.value)
///     more = try cursor.move(to: .next)
/// }
/// ```
@safe package struct Cursor<Failure: LMDBErrorConvertible>: ~Copyable, ~Escapable {
    /// Where to go next.
    package enum Target: Sendable {
        case first, last, next, previous
    }

    /// Nil in a table that the file lacks.
    private let handle: OpaquePointer?
    private let table: Table
    private var currentKey = unsafe MDB_val()
    private var currentValue = unsafe MDB_val()

    @_lifetime(immortal)
    init(transaction: OpaquePointer, table: Table) throws(Failure) {
        var handle: OpaquePointer?
        if let number = table.handle {
            try Failure.check(unsafe mdb_cursor_open(transaction, number, &handle), "open a cursor", table: table.name)
        }
        unsafe self.handle = handle
        self.table = table
    }

    deinit {
        if let handle = unsafe handle { unsafe mdb_cursor_close(handle) }
    }

    /// Moves; false if there is nothing there, in which case `key` and `value` must not be read.
    package mutating func move(to target: Target) throws(Failure) -> Bool {
        let operation =
            switch target {
            case .first: MDB_FIRST
            case .last: MDB_LAST
            case .next: MDB_NEXT
            case .previous: MDB_PREV
            }
        return try step(operation)
    }

    /// Moves to the first key that is not less than `key`.
    package mutating func move<Key: KeyBytes>(toFirstNotLessThan key: Key) throws(Failure) -> Bool {
        guard let handle = unsafe self.handle else { return false }
        let (code, found, value) = unsafe key.withKeyBytes { bytes in
            var name = unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            var value = unsafe MDB_val()
            let code = unsafe mdb_cursor_get(handle, &name, &value, MDB_SET_RANGE)
            return unsafe (code, name, value)
        }
        if code == MDB_NOTFOUND { return false }
        try Failure.check(code, "seek", table: table.name, key: key.printedKey)
        unsafe currentKey = found
        unsafe currentValue = value
        return true
    }

    /// Moves to the last key that is not greater than `key`.
    package mutating func move<Key: KeyBytes>(toLastNotGreaterThan key: Key) throws(Failure) -> Bool {
        guard try move(toFirstNotLessThan: key) else { return try move(to: .last) }
        let exact = unsafe key.withKeyBytes { bytes in
            unsafe UnsafeRawBufferPointer(start: currentKey.mv_data, count: currentKey.mv_size).elementsEqual(bytes)
        }
        return exact ? true : try move(to: .previous)
    }

    private mutating func step(_ operation: MDB_cursor_op) throws(Failure) -> Bool {
        guard let handle = unsafe self.handle else { return false }
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        let code = unsafe mdb_cursor_get(handle, &key, &value, operation)
        if code == MDB_NOTFOUND { return false }
        try Failure.check(code, "iterate", table: table.name)
        unsafe currentKey = key
        unsafe currentValue = value
        return true
    }

    /// The key at the position.
    package var key: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            let span = unsafe RawSpan(_unsafeStart: currentKey.mv_data, byteCount: currentKey.mv_size)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The value at the position, in place in the map.
    package var value: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            let span = unsafe RawSpan(_unsafeStart: currentValue.mv_data, byteCount: currentValue.mv_size)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
