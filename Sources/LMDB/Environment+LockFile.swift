import Platform

extension Environment {
    /// Reserves the space of the lock file before LMDB maps it.
    ///
    /// LMDB makes a sparse file and writes to it through its map, so a full disk would end the process with SIGBUS. A process must not
    /// do this while it has the file open: closing any descriptor of the lock file drops all of its locks.
    /// - Throws: `LMDBError`: the disk is full. Where the lock file cannot be made at all, LMDB says so itself.
    static func reserveLockFile(_ path: String, _ options: Options) throws(LMDBError) {
        if options.isReadOnly && FileSystem.isReadOnly(path) { return }
        let lockPath = path + "-lock"
        // A slot of a reader fills a cache line; the header before them is less than a page. LMDB takes a longer file as it is.
        let byteCount = 64 * Int(options.maximumReaders) + 4_096
        let isNew = FileIdentity(lockPath) == nil
        guard let file = try? FileDescriptor(lockPath, for: .keeping(permissions: options.permissions)) else { return }
        // A lock file with all of its blocks is left alone, since another process may have it mapped.
        guard let allocated = try? file.allocatedByteCount, let length = try? file.byteCount,
            allocated < max(length, 64 * Int(options.maximumReaders))
        else { return }
        do throws(SystemError) { try file.reserve(byteCount) } catch {
            guard [.noSpace, .quotaExceeded, .fileTooLarge].contains(error) else { return }
            if isNew { try? Folder.remove(lockPath) }
            throw LMDBError(code: .init(rawValue: error.rawValue), operation: "reserve the space of the lock file", path: lockPath)
        }
    }
}
