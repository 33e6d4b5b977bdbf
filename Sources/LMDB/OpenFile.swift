import CLMDB
import Platform

/// An LMDB file as this process has it open: once, however many environments stand for it.
///
/// Every use of the map goes through `begin` or `withMap`, which keep the map where it is meanwhile.
@safe final class OpenFile: Sendable {
    let path: String
    let isReadOnly: Bool
    let tables: [Table]
    let identity: FileIdentity
    /// Whether it was opened without a lock file because this user may make none.
    private let missesLockFile: Bool
    private nonisolated(unsafe) let handle: OpaquePointer
    private let gate = MapGate()

    init(path: String, isReadOnly: Bool, tables: [Table], handle: OpaquePointer, identity: FileIdentity, missesLockFile: Bool) {
        self.path = path
        self.isReadOnly = isReadOnly
        self.tables = tables
        self.identity = identity
        self.missesLockFile = missesLockFile
        unsafe self.handle = handle
    }

    /// Unmaps and closes the file, which ends the process's locks on it. The registry calls it once, when no environment stands for the
    /// file any more; every transaction keeps its environment.
    func close() {
        unsafe mdb_env_close(handle)
    }

    /// A transaction that is under way, and the thread that entered the gate for it.
    @safe struct Active {
        nonisolated(unsafe) let transaction: OpaquePointer
        let thread: UInt
    }

    /// Begins a transaction. If another process has grown the file past the map, it takes over the new size first.
    func begin(flags: UInt32, _ operation: String) throws(LMDBError) -> Active {
        if missesLockFile, FileIdentity(path + "-lock") != nil {
            throw LMDBError(code: .lockFileAppeared, operation: operation, path: path)
        }
        var transaction: OpaquePointer?
        let thread = try unsafe enter(operation) { handle in unsafe mdb_txn_begin(handle, nil, flags, &transaction) }
        guard let transaction = unsafe transaction else {
            gate.leave(thread)
            throw LMDBError(code: .outOfMemory, operation: operation, path: path)
        }
        return unsafe Active(transaction: transaction, thread: thread)
    }

    /// The transaction is over: it was committed or dropped.
    func end(_ thread: UInt) {
        gate.leave(thread)
    }

    /// Runs a call of LMDB that begins and ends a transaction of its own.
    func call(_ operation: String, _ body: (OpaquePointer) -> Int32) throws(LMDBError) {
        gate.leave(try unsafe enter(operation, body))
    }

    /// Runs a call of LMDB that looks at the map.
    func withMap<R>(_ body: (OpaquePointer) -> R) -> R {
        let thread = gate.enter()
        defer { gate.leave(thread) }
        return unsafe body(handle)
    }

    /// Enters the gate and runs `body`; stays inside if that gives success.
    private func enter(_ operation: String, _ body: (OpaquePointer) -> Int32) throws(LMDBError) -> UInt {
        while true {
            let thread = gate.enter()
            let code = unsafe body(handle)
            if code == MDB_SUCCESS { return thread }
            gate.leave(thread)
            guard code == MDB_MAP_RESIZED else {
                throw LMDBError(code: .init(rawValue: code), operation: operation, path: path)
            }
            guard let outcome = gate.passAlone({ unsafe mdb_env_set_mapsize(handle, 0) }) else {
                throw LMDBError(code: .mapResized, operation: operation, path: path)
            }
            try LMDBError.check(outcome, "grow the map of", path: path)
        }
    }
}
