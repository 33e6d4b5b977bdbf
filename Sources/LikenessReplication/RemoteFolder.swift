import LikenessFormat
import LikenessStore
import Platform

/// A remote that is a folder: packs that never change, and a pointer for each alias.
///
/// ```
/// remote                  what the remote is
/// packs/HASH.pack         a pack under its hash
/// aliases/NAME.pointer    where an alias points
/// lock                    held by the publisher
/// ```
struct RemoteFolder: Sendable {
    let path: String

    /// - Parameter text: a path, or one after `file:`.
    init(_ text: String) throws(ReplicationError) {
        var path = text
        if text.hasPrefix("file:") {
            path = String(text.dropFirst(5))
            if path.hasPrefix("//") { path = String(path.dropFirst(2)) }
        } else if text.contains("://") {
            throw .unsupported(remote: text)
        }
        if path.isEmpty { throw .unsupported(remote: text) }
        self.path = path
    }

    var packsFolder: String { path + "/packs" }
    var aliasesFolder: String { path + "/aliases" }
    private var recordPath: String { path + "/remote" }
    private static let pointerSuffix = ".pointer"
    private static let packSuffix = ".pack"

    func packPath(_ hash: BlockHash) -> String {
        "\(packsFolder)/\(hash.hexadecimal)\(RemoteFolder.packSuffix)"
    }

    /// Where a pack is written before its hash is known.
    var unfinishedPackPath: String { packsFolder + "/unfinished" }

    private func pointerPath(_ alias: String) -> String {
        "\(aliasesFolder)/\(alias)\(RemoteFolder.pointerSuffix)"
    }

    /// The bytes of a small file; nil if there is none.
    private func read(_ path: String) throws(ReplicationError) -> [UInt8]? {
        do throws(SystemError) {
            let file = try FileDescriptor(path, for: .reading)
            if try file.isFolder { throw .isDirectory }
            return try file.read(min(try file.byteCount, RemoteRecord.byteLimit), at: 0)
        } catch .noSuchFile {
            return nil
        } catch {
            throw .file(path: path, reason: "it cannot be read: \(error)")
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws(ReplicationError) {
        do throws(SystemError) {
            AtomicFile.removeAbandoned(beside: path)
            let file = try AtomicFile(path, permissions: 0o644)
            try file.descriptor.write(bytes, at: 0)
            try file.publish(replacing: true)
        } catch {
            throw .file(path: path, reason: "it cannot be written: \(error)")
        }
    }

    /// What the remote is; nil if nothing was published there.
    func record() throws(ReplicationError) -> RemoteRecord? {
        guard let bytes = try read(recordPath) else { return nil }
        do { return try unsafe RemoteRecord.parse(bytes.span.bytes) } catch {
            throw .damaged(path: recordPath, reason: error.reason)
        }
    }

    func write(_ record: RemoteRecord) throws(ReplicationError) {
        try write(try sealed(record, recordPath), to: recordPath)
    }

    private func sealed(_ value: some Encodable, _ path: String) throws(ReplicationError) -> [UInt8] {
        do { return try SealedJSON.seal(value) } catch { throw .file(path: path, reason: error.reason) }
    }

    /// Where an alias points; nil if there is none of that name.
    func pointer(_ alias: String) throws(ReplicationError) -> RemotePointer? {
        guard let name = AliasName(alias), let bytes = try read(pointerPath(alias)) else { return nil }
        do { return try unsafe RemotePointer.parse(bytes.span.bytes, alias: name) } catch {
            throw .damaged(path: pointerPath(alias), reason: error.reason)
        }
    }

    func write(_ pointer: RemotePointer) throws(ReplicationError) {
        let path = pointerPath(pointer.alias)
        try write(try sealed(pointer, path), to: path)
    }

    /// The names of all aliases.
    func aliases() -> [String] {
        Folder.names(in: aliasesFolder).filter { $0.hasSuffix(RemoteFolder.pointerSuffix) }
            .map { String($0.dropLast(RemoteFolder.pointerSuffix.count)) }.filter { AliasName($0) != nil }.sorted()
    }

    /// The hashes of all packs that are there.
    func packs() -> [BlockHash] {
        Folder.names(in: packsFolder).filter { $0.hasSuffix(RemoteFolder.packSuffix) }
            .compactMap { BlockHash(hexadecimal: String($0.dropLast(RemoteFolder.packSuffix.count))) }
    }

    /// Makes the folders that are missing.
    func make() throws(ReplicationError) {
        for folder in [path, packsFolder, aliasesFolder] {
            do { try Folder.make(folder, permissions: 0o755) } catch { throw .file(path: folder, reason: "it cannot be made: \(error)") }
        }
    }

    /// Keeps other publishers away as long as the value lives.
    func lock() throws(ReplicationError) -> FileDescriptor {
        try RemoteFolder.lock(path + "/lock")
    }

    /// Opens a file and takes its lock.
    static func lock(_ path: String) throws(ReplicationError) -> FileDescriptor {
        do throws(SystemError) {
            let file = try FileDescriptor(path, for: .replacing(permissions: 0o644))
            if !file.tryLock(), SystemError.last == .wouldBlock { throw .wouldBlock }
            return file
        } catch .wouldBlock {
            throw .busy(path: path)
        } catch {
            throw .file(path: path, reason: "it cannot be locked: \(error)")
        }
    }

    /// Gives a pack that was written its name.
    func keepPack(_ hash: BlockHash) throws(ReplicationError) {
        let path = packPath(hash)
        do { try Folder.rename(unfinishedPackPath, to: path) } catch { throw .file(path: path, reason: "it cannot be written: \(error)") }
    }
}
