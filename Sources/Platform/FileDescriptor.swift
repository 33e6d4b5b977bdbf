#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file. It is closed when its owner ends.
///
/// Every call is repeated when a signal interrupts it, and every child process starts without it.
package struct FileDescriptor: ~Copyable {
    /// The system's number, for calls of other libraries. It is valid as long as this value lives.
    package let number: Int32

    /// What a file is opened for.
    package enum Purpose: Sendable {
        case reading
        case writing
        /// Makes the file, which must not exist.
        case creating(permissions: UInt32)
        /// Makes the file or takes away what is in it.
        case replacing(permissions: UInt32)
        /// Opens what is there to write to it alone: a device or a pipe.
        case sending
        /// Opens the file, or makes it, to write at its end.
        case appending(permissions: UInt32)
        /// Opens the file to write to it, or makes it; what is in it stays.
        case keeping(permissions: UInt32)
        /// Opens a folder, to sync it.
        case folder

        fileprivate var flags: Int32 {
            switch self {
            case .reading: O_RDONLY
            case .writing: O_RDWR
            case .creating: O_RDWR | O_CREAT | O_EXCL
            case .replacing: O_WRONLY | O_CREAT | O_TRUNC
            case .sending: O_WRONLY
            case .appending: O_WRONLY | O_CREAT | O_APPEND
            case .keeping: O_RDWR | O_CREAT
            case .folder: O_RDONLY | O_DIRECTORY
            }
        }

        fileprivate var permissions: UInt32 {
            switch self {
            case .creating(let permissions), .replacing(let permissions), .appending(let permissions), .keeping(let permissions):
                permissions
            default: 0
            }
        }
    }

    /// Opens the file at `path`.
    package init(_ path: String, for purpose: Purpose) throws(SystemError) {
        number = try SystemError.retrying {
            unsafe open(path, purpose.flags | O_CLOEXEC, mode_t(purpose.permissions))
        }
    }

    deinit {
        close(number)
    }

    /// Closes the file, and says so if what was written before could not be kept.
    package consuming func closeChecked() throws(SystemError) {
        let number = number
        discard self
        // A close that a signal interrupts has closed the file.
        guard close(number) == 0 || errno == EINTR else { throw .last }
    }

    /// Bytes of the file.
    package var byteCount: Int {
        get throws(SystemError) { Int(try FileDescriptor.status(number).st_size) }
    }

    /// Bytes of an open file.
    package static func byteCount(_ number: Int32) throws(SystemError) -> Int { Int(try status(number).st_size) }

    /// Bytes on disk that the file takes up: fewer than it has where it has holes.
    package var allocatedByteCount: Int {
        get throws(SystemError) { Int(try FileDescriptor.status(number).st_blocks) * 512 }
    }

    /// Which file it is.
    package var identity: FileIdentity {
        get throws(SystemError) { FileIdentity(try FileDescriptor.status(number)) }
    }

    /// Whether it is a folder.
    package var isFolder: Bool {
        get throws(SystemError) { try FileDescriptor.status(number).st_mode & S_IFMT == S_IFDIR }
    }

    /// What an open file is, and how it stands.
    package enum State: Equatable, Sendable {
        /// A pipe or a socket.
        case pipe
        /// A file with bytes of its own: how many, and when it was written last, in seconds and nanoseconds.
        case file(byteCount: Int, written: Int, fraction: Int)
        case other
    }

    /// How an open file stands; nil if the system does not say.
    package static func state(_ number: Int32) -> State? {
        guard let status = try? status(number) else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFIFO, S_IFSOCK: return .pipe
        case S_IFREG:
            #if canImport(Darwin)
                let written = status.st_mtimespec
            #else
                let written = status.st_mtim
            #endif
            return .file(byteCount: Int(status.st_size), written: written.tv_sec, fraction: written.tv_nsec)
        default: return .other
        }
    }

    private static func status(_ number: Int32) throws(SystemError) -> stat {
        var status = stat()
        try SystemError.retrying { unsafe fstat(number, &status) }
        return status
    }

    /// Makes everything written so far durable.
    package func sync() throws(SystemError) {
        try FileDescriptor.sync(number)
    }

    /// Makes everything written so far to an open file durable.
    package static func sync(_ number: Int32) throws(SystemError) {
        #if canImport(Darwin)
            // There `fsync` leaves the data in the drive's cache.
            if fcntl(number, F_FULLFSYNC) == 0 { return }
        #endif
        try SystemError.retrying { fsync(number) }
    }

    /// Gives the file this many bytes.
    package func resize(to byteCount: Int) throws(SystemError) {
        try FileDescriptor.resize(number, to: byteCount)
    }

    /// Gives an open file this many bytes.
    package static func resize(_ number: Int32, to byteCount: Int) throws(SystemError) {
        try SystemError.retrying { ftruncate(number, off_t(byteCount)) }
    }

    /// Gives the file's first bytes their place on disk.
    /// - Throws: `SystemError`, such as that of a full disk.
    package func reserve(_ byteCount: Int) throws(SystemError) {
        #if canImport(Darwin)
            var request = fstore_t(
                fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0, fst_length: off_t(byteCount),
                fst_bytesalloc: 0)
            guard unsafe fcntl(number, F_PREALLOCATE, &request) != -1 else { throw .last }
        #else
            let code = posix_fallocate(number, 0, off_t(byteCount))
            guard code == 0 else { throw SystemError(rawValue: code) }
        #endif
    }

    /// Writes bytes at an offset of the file.
    ///
    /// - Returns: how many were written, at least one.
    package func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(SystemError) -> Int {
        try SystemError.retrying {
            unsafe bytes.withUnsafeBytes { raw in unsafe pwrite(number, raw.baseAddress, raw.count, off_t(offset)) }
        }
    }

    /// Waits for an advisory lock on the file that others may have at the same time, but not together with ``tryLock()``'s. It ends
    /// with the descriptor.
    package func lockShared() throws(SystemError) {
        try SystemError.retrying { flock(number, LOCK_SH) }
    }

    /// Takes the advisory lock on the file without waiting; false if another open file has it. It ends with the descriptor.
    package func tryLock() -> Bool {
        flock(number, LOCK_EX | LOCK_NB) == 0
    }
}
