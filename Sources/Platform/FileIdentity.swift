import CPlatform

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

    /// Bytes of a file that has bytes of its own; nil for what is none, such as a pipe.
    package static func byteCount(_ path: String) -> Int? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Whether the file's folder, or the file, is known to lie on a file system where another machine may change it unseen.
    package static func isOnNetwork(_ path: String) -> Bool {
        var volume = statfs()
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard unsafe statfs(path, &volume) == 0 || statfs(folder.isEmpty ? "." : folder, &volume) == 0 else { return false }
        #if os(Linux)
            let network: Set<UInt32> = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x5346_414F, 0x7375_7245, 0x00C3_6400]
            return network.contains(UInt32(truncatingIfNeeded: volume.f_type))
        #elseif canImport(Darwin)
            return volume.f_flags & UInt32(MNT_LOCAL) == 0
        #else
            return false
        #endif
    }

    /// What is at a path, as far as this process may know.
    package enum Presence: Equatable, Sendable {
        case absent
        case folder
        /// A file or anything else that is no folder.
        case file
        /// A folder on the way does not let this process in.
        case denied(folder: String)
    }

    /// What is at a path; links are followed.
    package static func presence(at path: String) -> Presence {
        var status = stat()
        if unsafe stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file }
        guard SystemError.last == .accessDenied else { return .absent }
        var folder = path.hasPrefix("/") ? "/" : "."
        for part in path.split(separator: "/") where unsafe access(folder, X_OK) == 0 {
            folder = folder == "." ? String(part) : folder == "/" ? "/" + part : folder + "/" + part
        }
        return .denied(folder: folder)
    }

    /// The name of the user that a file belongs to, or the number where there is no name; nil if that cannot be known.
    package static func owner(of path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        var record = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        let name: String? = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { room in
            guard unsafe getpwuid_r(status.st_uid, &record, room.baseAddress!, room.count, &found) == 0, let entry = unsafe found,
                let name = unsafe entry.pointee.pw_name
            else { return nil }
            return unsafe String(cString: name)
        }
        return name ?? "user \(status.st_uid)"
    }
}
