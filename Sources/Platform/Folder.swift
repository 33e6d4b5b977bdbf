#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Folders: made so that they are still there after a power cut.
package enum Folder {
    /// Makes the folder at `path` and those above it that are missing; each is durable when this returns.
    ///
    /// A folder that is there stays as it is.
    package static func make(_ path: String, permissions: UInt32 = 0o700) throws(SystemError) {
        if unsafe mkdir(path, mode_t(permissions)) != 0 {
            switch SystemError.last {
            case .exists:
                guard isFolder(path) else { throw .exists }
                return
            case .noSuchFile:
                let above = parent(of: path)
                guard above != path else { throw .noSuchFile }
                try make(above, permissions: permissions)
                if unsafe mkdir(path, mode_t(permissions)) != 0 {
                    guard SystemError.last == .exists, isFolder(path) else { throw .last }
                }
            case let error: throw error
            }
        }
        try sync(parent(of: path))
    }

    /// Makes the names in the folder durable: what was created, linked, renamed or removed there before.
    package static func sync(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try FileDescriptor(path, for: .folder).sync()
        } catch .accessDenied {
            // A folder that may be written but not read: sync everything instead.
            systemSync()
        } catch .invalidArgument {
            // This file system keeps names durable by itself or not at all; there is nothing more to ask for.
        } catch .notSupported {}
    }

    /// Where temporary files go: TMPDIR, or `/tmp`.
    package static var temporary: String {
        guard let path = unsafe getenv("TMPDIR"), unsafe path[0] != 0 else { return "/tmp" }
        return unsafe String(cString: path)
    }

    /// Makes a folder of its own for this process.
    ///
    /// - Parameter start: what its path begins with.
    package static func makeTemporary(_ start: String) throws(SystemError) -> String {
        var path = Array("\(start).XXXXXX".utf8CString)
        guard unsafe mkdtemp(&path) != nil else { throw .last }
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the files in a folder, and the folder, as far as that is possible.
    package static func removeAll(_ path: String) {
        for name in names(in: path) { try? remove(path + "/" + name) }
        _ = unsafe rmdir(path)
    }

    /// Gives a file another name in the same folder, in place of a file of that name; durable when this returns.
    package static func rename(_ path: String, to name: String) throws(SystemError) {
        try SystemError.retrying { systemRename(path, name) }
        try sync(parent(of: name))
    }

    /// Removes a file, if there is one.
    package static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) != 0 else { return }
        let error = SystemError.last
        if error != .noSuchFile { throw error }
    }

    /// The path from the root on, with links followed; the path itself if there is nothing.
    package static func absolute(_ path: String) -> String {
        guard let found = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    private static func systemRename(_ path: String, _ name: String) -> Int32 {
        #if canImport(Glibc)
            unsafe Glibc.rename(path, name)
        #elseif canImport(Musl)
            unsafe Musl.rename(path, name)
        #else
            unsafe Darwin.rename(path, name)
        #endif
    }

    /// Whether there is a folder at `path`.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The folder that holds the last part of a path.
    package static func parent(of path: String) -> String {
        var bytes = Array(path.utf8)
        let slash = UInt8(ascii: "/")
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        guard let last = bytes.lastIndex(of: slash) else { return "." }
        bytes.removeSubrange(max(last, 1)...)
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The last part of a path.
    package static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The names in the folder, in no order; none if it cannot be read.
    package static func names(in path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func systemSync() {
        #if canImport(Glibc)
            Glibc.sync()
        #elseif canImport(Musl)
            Musl.sync()
        #else
            Darwin.sync()
        #endif
    }
}
