#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that appears under its name whole and durable, or not at all.
///
/// ```swift
/// let file = try AtomicFile("likes.psv")
/// try file.descriptor.write(bytes, at: 0)
/// try file.publish(replacing: false)
/// ```
///
/// It is written under a name of its own in the same folder:
///
/// ```
/// init       FOLDER/NAME.XXXXXXXXXXXXXXXX.part is made (it did not exist), locked and registered for removal
/// publish    1 its bytes are synced   2 it gets its name   3 the other name goes   4 the folder is synced
/// ```
///
/// After a power cut before 4, the name may be there or not; if it is, the file is whole, because of 1. If `publish` is not called, or
/// throws, or a signal ends the process (see ``Interruption``), the unfinished file is removed. What a killed process leaves is removed by
/// ``removeAbandoned(beside:)``: the lock tells whether its owner lives.
package struct AtomicFile: ~Copyable {
    /// The name that the file will have.
    package let path: String
    /// Where it is until then. Other code may open it by this name, too.
    package let temporaryPath: String
    /// The file, open for reading and writing.
    package let descriptor: FileDescriptor
    private let registration: UnfinishedFiles.Registration
    private var isFinished = false

    /// Makes the unfinished file.
    package init(_ path: String, permissions: UInt32 = 0o600) throws(SystemError) {
        self.path = path
        while true {
            let temporary = AtomicFile.temporaryPath(for: path)
            // Registered first, so that no signal finds a file that is not known. Nobody else's file has this name.
            let registration = UnfinishedFiles.register(temporary)
            do throws(SystemError) {
                let descriptor = try FileDescriptor(temporary, for: .creating(permissions: permissions))
                // Whoever removes abandoned files may have come between the two calls.
                if descriptor.tryLock() || SystemError.last != .wouldBlock, FileIdentity(temporary) == (try descriptor.identity) {
                    self.temporaryPath = temporary
                    self.descriptor = descriptor
                    self.registration = registration
                    return
                }
                UnfinishedFiles.forget(registration)
            } catch {
                UnfinishedFiles.forget(registration)
                if error != .exists { throw error }
            }
        }
    }

    deinit {
        if !isFinished { _ = unsafe unlink(temporaryPath) }
        UnfinishedFiles.forget(registration)
    }

    /// Makes the file durable and gives it its name.
    ///
    /// - Parameter replacing: take the place of a file of that name. Without it such a file is `SystemError.exists`, and stays; of several
    ///   processes that publish one name at once exactly one succeeds.
    /// - Throws: what the system refused; the unfinished file is removed.
    package consuming func publish(replacing: Bool) throws(SystemError) {
        try descriptor.sync()
        if replacing {
            try SystemError.retrying { unsafe rename(temporaryPath, path) }
            isFinished = true
            try Folder.sync(Folder.parent(of: path))
            return
        }
        try giveNewName()
        do throws(SystemError) {
            try Folder.sync(Folder.parent(of: path))
        } catch {
            // The name is ours: nobody else could have made it since.
            _ = unsafe unlink(path)
            throw error
        }
    }

    private mutating func giveNewName() throws(SystemError) {
        if unsafe link(temporaryPath, path) == 0 {
            _ = unsafe unlink(temporaryPath)
            isFinished = true
            return
        }
        switch SystemError.last {
        case .notPermitted, .notSupported, .notImplemented, .tooManyLinks:
            // A file system without links, such as FAT: claim the name with an empty file, then take its place.
            _ = try FileDescriptor(path, for: .creating(permissions: 0o600))
            do throws(SystemError) {
                try SystemError.retrying { unsafe rename(temporaryPath, path) }
            } catch {
                _ = unsafe unlink(path)
                throw error
            }
            isFinished = true
        case let error: throw error
        }
    }

    /// Removes unfinished files of this name whose process was killed; those under way stay.
    package static func removeAbandoned(beside path: String) {
        let folder = Folder.parent(of: path)
        let prefix = temporaryPrefix(for: path)
        for name in Folder.names(in: folder) where isTemporary(name, prefix: prefix) {
            let temporary = folder + "/" + name
            guard let descriptor = try? FileDescriptor(temporary, for: .reading), descriptor.tryLock() else { continue }
            _ = unsafe unlink(temporary)
        }
    }

    private static let suffix = ".part"
    private static let digits = 16

    private static func isTemporary(_ name: String, prefix: String) -> Bool {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
        let middle = name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
        return middle.count == digits && middle.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// The name and a dot; of a very long name the start, since names have at most 255 bytes.
    private static func temporaryPrefix(for path: String) -> String {
        var name = Folder.name(of: path)
        while name.utf8.count > 200 { name.removeLast() }
        return name + "."
    }

    private static func temporaryPath(for path: String) -> String {
        let number = String(UInt64.random(in: 0 ... .max), radix: 16)
        let padded = String(repeating: "0", count: digits - number.count) + number
        return Folder.parent(of: path) + "/" + temporaryPrefix(for: path) + padded + suffix
    }
}
