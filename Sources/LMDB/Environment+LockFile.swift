import CLMDB
import Platform

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

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
        let descriptor = openOrMake(lockPath, permissions: options.permissions)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        // Blocks of 512 bytes: a lock file with all of its blocks is left alone, since another process may have it mapped.
        guard unsafe fstat(descriptor, &status) == 0,
            Int(status.st_blocks) * 512 < max(Int(status.st_size), 64 * Int(options.maximumReaders))
        else { return }
        let code = reserve(descriptor, byteCount: byteCount)
        guard code == ENOSPC || code == EDQUOT || code == EFBIG else { return }
        if isNew { _ = unsafe unlink(lockPath) }
        throw LMDBError(code: .init(rawValue: code), operation: "reserve the space of the lock file", path: lockPath)
    }

    /// Gives a file's first bytes their blocks; an `errno` value, 0 if it is done.
    private static func reserve(_ descriptor: Int32, byteCount: Int) -> Int32 {
        #if canImport(Darwin)
            var request = fstore_t(
                fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0, fst_length: off_t(byteCount),
                fst_bytesalloc: 0)
            return unsafe fcntl(descriptor, F_PREALLOCATE, &request) == -1 ? errno : 0
        #else
            return posix_fallocate(descriptor, 0, off_t(byteCount))
        #endif
    }
}

/// Outside of the type, whose methods hide the system's call of the same name.
private func openOrMake(_ path: String, permissions: UInt32) -> Int32 {
    unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode_t(permissions))
}
