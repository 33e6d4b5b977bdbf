import Platform

extension Environment {
    /// Reserves the space of the lock file before LMDB maps it.
    ///
    /// LMDB makes a sparse file and writes to it through its map, so a full disk would end the process with SIGBUS. A process must not
    /// do this while it has the file open: closing any descriptor of the lock file drops all of its locks.
    /// - Returns: whether LMDB is to use the lock file. A reader does without one on read-only media, and where there is none and this user may
    ///   make none: nobody has worked with the file since it was put there, and ``OpenFile`` looks again before each view.
    /// - Throws: `LMDBError`: the disk is full, or a reader may not write the lock file that is there. Where a writer may not, LMDB says so
    ///   itself.
    static func prepareLockFile(_ path: String, _ options: Options) throws(LMDBError) -> Bool {
        if options.isExclusive || options.isReadOnly && FileSystem.isReadOnly(path) { return false }
        let lockPath = path + "-lock"
        // A slot of a reader fills a cache line; the header before them is less than a page. LMDB takes a longer file as it is.
        let byteCount = 64 * Int(options.maximumReaders) + 4_096
        let isNew = FileIdentity(lockPath) == nil
        let file: FileDescriptor
        do throws(SystemError) {
            file = try FileDescriptor(lockPath, for: .keeping(permissions: options.permissions))
        } catch {
            guard options.isReadOnly, error == .accessDenied || error == .notPermitted else { return true }
            if isNew { return false }
            throw LMDBError(code: .lockFileDenied, operation: "open", path: lockPath)
        }
        // A lock file with all of its blocks is left alone, since another process may have it mapped.
        guard let allocated = try? file.allocatedByteCount, let length = try? file.byteCount,
            allocated < max(length, 64 * Int(options.maximumReaders))
        else { return true }
        do throws(SystemError) { try file.reserve(byteCount) } catch {
            guard [.noSpace, .quotaExceeded, .fileTooLarge].contains(error) else { return true }
            if isNew { try? Folder.remove(lockPath) }
            throw LMDBError(code: .init(rawValue: error.rawValue), operation: "reserve the space of the lock file", path: lockPath)
        }
        return true
    }
}
