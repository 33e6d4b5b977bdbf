#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which file a path leads to, whatever the path: device and inode.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    /// Whether it is a file with bytes of its own: no folder, device or pipe.
    package let isRegular: Bool

    /// Nil if there is no such file.
    package init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }
}

/// The file system that a file lies on.
package enum FileSystem {
    /// Whether nothing can be written beside the file: the file system is mounted read-only, or the file may be written by nobody.
    package static func isReadOnly(_ path: String) -> Bool {
        var status = stat()
        var volume = statvfs()
        if unsafe statvfs(path, &volume) == 0, volume.f_flag & UInt(ST_RDONLY) != 0 { return true }
        return unsafe stat(path, &status) == 0 && status.st_mode & 0o222 == 0
    }
}
