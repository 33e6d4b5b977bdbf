import CLMDB
import Platform

extension Environment {
    /// How to open a file.
    package struct Options: Sendable {
        /// Open for reading only. On read-only media, and where this user may make none, no lock file is used.
        package var isReadOnly = false
        /// Bytes of address space to map: the file's upper limit. Sparse: costs nothing until used.
        package var mapByteCount = 1 << 40
        /// Readers at once, over all processes.
        package var maximumReaders: UInt32 = 1_024
        /// Permissions of a file that is created.
        package var permissions: UInt32 = 0o600
        /// No other process knows the file: it needs no lock file.
        package var isExclusive = false
        /// Whether a commit is durable when it returns. If not, a power cut may leave a file that is not sound.
        package var isLasting = true

        package init() {}
    }

    /// Opens the LMDB file at `path`; if this process has it open already, the new environment shares the map and the tables.
    ///
    /// - Parameter tableNames: the tables to open. A writer creates the ones that are missing; for a reader a missing table reads as
    ///   empty.
    /// - Throws: `LMDBError`: no such file, no LMDB file, a network file system, no rights, no address space.
    package static func open(_ path: String, tableNames: [String], options: Options = Options()) throws(LMDBError)
        -> Environment
    {
        try refuseNetworkFileSystem(path)
        try refuseTruncatedFile(path, isReadOnly: options.isReadOnly)
        // LMDB would make the file, too; but a file needs an identity to be opened only once.
        if !options.isReadOnly { try makeFile(path, permissions: options.permissions) }
        guard let identity = FileIdentity(path) else {
            throw LMDBError(code: .init(rawValue: SystemError.last.rawValue), operation: "open", path: path)
        }
        let file = try EnvironmentRegistry.shared.open(identity, path: path, forWriting: !options.isReadOnly) {
            () throws(LMDBError) in
            try map(path, tableNames: tableNames, options: options)
        }
        return Environment(path: path, isReadOnly: options.isReadOnly, file: file)
    }

    private static func makeFile(_ path: String, permissions: UInt32) throws(LMDBError) {
        do throws(SystemError) {
            _ = try FileDescriptor(path, for: .creating(permissions: permissions))
        } catch  where error != .exists {
            throw LMDBError(code: .init(rawValue: error.rawValue), operation: "open", path: path)
        } catch {}
    }

    private static func map(_ path: String, tableNames: [String], options: Options) throws(LMDBError) -> OpenFile {
        var mapByteCount = options.mapByteCount
        while true {
            do throws(LMDBError) {
                return try open(path, tableNames: tableNames, options: options, mapByteCount: mapByteCount)
            } catch  where error.code == .outOfMemory && mapByteCount > 1 << 26 {
                mapByteCount /= 2  // The address space is limited (RLIMIT_AS, small machines).
            }
        }
    }

    private static func open(
        _ path: String, tableNames: [String], options: Options, mapByteCount: Int
    ) throws(LMDBError) -> OpenFile {
        var created: OpaquePointer?
        try LMDBError.check(unsafe mdb_env_create(&created), "open", path: path)
        guard let handle = unsafe created else {
            throw LMDBError(code: .outOfMemory, operation: "open", path: path)
        }
        do throws(LMDBError) {
            try LMDBError.check(unsafe mdb_env_set_mapsize(handle, mapByteCount), "size the map of", path: path)
            try LMDBError.check(unsafe mdb_env_set_maxdbs(handle, UInt32(tableNames.count)), "open", path: path)
            try LMDBError.check(unsafe mdb_env_set_maxreaders(handle, options.maximumReaders), "open", path: path)
            let usesLockFile = try prepareLockFile(path, options)
            var flags = UInt32(MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD)
            if options.isReadOnly { flags |= UInt32(MDB_RDONLY) }
            if !usesLockFile { flags |= UInt32(MDB_NOLOCK) }
            if !options.isLasting { flags |= UInt32(MDB_NOSYNC) }
            try LMDBError.check(unsafe mdb_env_open(handle, path, flags, mdb_mode_t(options.permissions)), "open", path: path)
            if !options.isReadOnly { unsafe lengthenFile(of: handle) }
            unsafe mdb_reader_check(handle, nil)  // Slots of readers that died are free again.
            let tables = try unsafe openTables(tableNames, in: handle, isReadOnly: options.isReadOnly, path: path)
            guard let identity = FileIdentity(path) else {
                throw LMDBError(code: .noSuchFile, operation: "open", path: path)
            }
            return unsafe OpenFile(
                path: path, isReadOnly: options.isReadOnly, tables: tables, handle: handle, identity: identity,
                missesLockFile: !usesLockFile && !options.isExclusive && !FileSystem.isReadOnly(path))
        } catch {
            unsafe mdb_env_close(handle)
            throw error
        }
    }

    private static func openTables(
        _ names: [String], in handle: OpaquePointer, isReadOnly: Bool, path: String
    ) throws(LMDBError) -> [Table] {
        var transaction: OpaquePointer?
        let flags = isReadOnly ? UInt32(MDB_RDONLY) : 0
        try LMDBError.check(unsafe mdb_txn_begin(handle, nil, flags, &transaction), "open", path: path)
        var tables: [Table] = []
        for name in names {
            var table: MDB_dbi = 0
            let code = unsafe mdb_dbi_open(transaction, name, isReadOnly ? 0 : UInt32(MDB_CREATE), &table)
            if code == MDB_NOTFOUND {
                tables.append(Table(name: name, handle: nil))
                continue
            }
            if code != MDB_SUCCESS {
                unsafe mdb_txn_abort(transaction)
                throw LMDBError(code: .init(rawValue: code), operation: "open", table: name, path: path)
            }
            tables.append(Table(name: name, handle: table))
        }
        try LMDBError.check(unsafe mdb_txn_commit(transaction), "open the tables of", path: path)
        return tables
    }
}
