import CLMDB

/// One LMDB file, mapped into memory, with its tables open: see `Environment.open`.
///
/// Safe to use from several threads: readers do not block each other nor the writer; writers wait for each other, in this
/// process and in others. Several environments of a process on one file share its map; the last one closes it.
package final class Environment: Sendable {
    /// The data file.
    package let path: String
    /// Whether it was opened without the right to write. An environment that was not may stand beside it in the same process.
    package let isReadOnly: Bool
    let file: OpenFile

    init(path: String, isReadOnly: Bool, file: OpenFile) {
        self.path = path
        self.isReadOnly = isReadOnly
        self.file = file
    }

    deinit {
        EnvironmentRegistry.shared.release(file.identity)
    }

    /// The tables, in the order of the names that the file was opened with.
    package var tables: [Table] { file.tables }

    /// The table of a name that `open` was given. If the file lacks it, it reads as empty.
    package func table(_ name: String) -> Table {
        guard let table = tables.first(where: { $0.name == name }) else {
            preconditionFailure("the environment was not opened with a table '\(name)'")
        }
        return table
    }

    /// LMDB's version, such as "0.9.24".
    package static var libraryVersion: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        _ = unsafe mdb_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    /// Runs `body` on a consistent view, which ends with it.
    package func read<R: ~Copyable, Failure: LMDBErrorConvertible>(
        _ body: (borrowing ReadTransaction<Failure>) throws(Failure) -> R
    ) throws(Failure) -> R {
        try body(try ReadTransaction<Failure>(self))
    }

    /// Runs `body`, then commits what it wrote; if `body` throws, nothing of it is kept.
    package func write<R: ~Copyable, Failure: LMDBErrorConvertible>(
        _ body: (inout WriteTransaction<Failure>) throws(Failure) -> R
    ) throws(Failure) -> R {
        var transaction = try WriteTransaction<Failure>(self)
        let result = try body(&transaction)
        try transaction.commit()
        unsafe file.withMap { unsafe Environment.lengthenFile(of: $0) }
        return result
    }

    /// Bytes of the file that hold pages in use or free for reuse.
    package var fileByteCount: Int {
        unsafe file.withMap { unsafe Environment.usedByteCount($0) }
    }

    static func usedByteCount(_ handle: OpaquePointer) -> Int {
        var info = unsafe MDB_envinfo()
        var statistics = MDB_stat()
        unsafe mdb_env_info(handle, &info)
        unsafe mdb_env_stat(handle, &statistics)
        return unsafe (info.me_last_pgno + 1) * Int(statistics.ms_psize)
    }

    /// The size of the memory map, which the file cannot outgrow.
    package var mapByteCount: Int {
        unsafe file.withMap { handle in
            var info = unsafe MDB_envinfo()
            unsafe mdb_env_info(handle, &info)
            return unsafe info.me_mapsize
        }
    }

    /// Writes a consistent copy of the whole file to an open descriptor while readers and writers go on.
    ///
    /// - Parameter compacting: leave free pages out.
    package func copy(toDescriptor descriptor: Int32, compacting: Bool) throws(LMDBError) {
        let flags = compacting ? UInt32(MDB_CP_COMPACT) : 0
        try unsafe file.call("copy") { unsafe mdb_env_copyfd2($0, descriptor, flags) }
    }
}
