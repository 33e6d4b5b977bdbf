import LikenessFormat
import LikenessStore
import ObjectStorage
import Platform

/// A remote over the network: a folder of a web server, which can be pulled from, or a prefix of an S3 bucket.
///
/// Parts of its packs are copied to a folder of this machine, the spool, and read from there.
final class WebRemote: Remote {
    private let folder: WebFolder
    private let spool: PackSpool
    private(set) var isUnconditional = false

    init(_ text: String, _ access: RemoteAccess, spool: String?, byteLimit: Int?) throws(ReplicationError) {
        do throws(TransferError) { folder = try WebFolder(text, access) } catch {
            throw .file(path: text, reason: error.description)
        }
        self.spool = PackSpool(folder, at: spool, byteLimit: byteLimit)
    }

    var name: String { folder.name }
    var absoluteName: String { folder.name }

    func place(of file: String) -> String { folder.place(of: file) }

    func read(_ file: String) throws(ReplicationError) -> (bytes: [UInt8], tag: String?)? {
        try ReplicationError.moving(place(of: file)) { () throws(TransferError) in
            try folder.read(file, limit: RemoteRecord.byteLimit)
        }
    }

    func write(_ bytes: [UInt8], to file: String, if condition: WebFolder.Condition) throws(ReplicationError) {
        try ReplicationError.moving(place(of: file)) { () throws(TransferError) in
            do throws(TransferError) {
                try folder.write(bytes, to: file, if: condition)
            } catch {
                guard error.kind == .unconditional, condition != .none else { throw error }
                isUnconditional = true
                try folder.write(bytes, to: file)
            }
        }
    }

    func names(in folder: String) throws(ReplicationError) -> [String] {
        try ReplicationError.moving(place(of: folder)) { () throws(TransferError) in try self.folder.names(in: folder) }
    }

    func remove(_ file: String) throws(ReplicationError) {
        try ReplicationError.moving(place(of: file)) { () throws(TransferError) in try folder.remove(file) }
    }

    func make() throws(ReplicationError) {
        if !folder.isBucket { throw .readOnly(remote: name) }
        _ = try spool.makeFolder()
    }

    func lock() throws(ReplicationError) -> FileDescriptor {
        try FolderRemote.lock(try spool.makeFolder() + "/lock")
    }

    var unfinishedPackPath: String { spool.path + "/unfinished" }

    func keepPack(_ hash: BlockHash, progress: (Int) -> Void) throws(ReplicationError) {
        let (file, path) = (WebRemote.packFile(hash), unfinishedPackPath)
        try ReplicationError.moving(place(of: file)) { () throws(TransferError) in
            try folder.write(fileAt: path, to: file, progress: progress)
        }
        try? Folder.remove(path)
    }

    func pack(_ hash: BlockHash) throws(ReplicationError) -> PackFile? { try spool.pack(hash) }

    func need(_ kinds: [PackSectionKind], of packs: [PackFile], progress: (Int, Int) -> Void) throws(ReplicationError) {
        try spool.need(kinds, of: packs, progress: progress)
    }

    func need(
        _ locations: [PackedBlocks.Location], in blocks: PackedBlocks, progress: (Int, Int) -> Void
    ) throws(ReplicationError) {
        try spool.need(locations, in: blocks, progress: progress)
    }

    func bringing(_ runs: [PackRun]) throws(ReplicationError) -> (threads: Int, bring: RunBringer) { try spool.bringing(runs) }
    var rate: TransferRate? { nil }

    func clear(keeping packs: Set<BlockHash>) { spool.clear(keeping: packs) }
}

extension ReplicationError {
    /// The value of `body`, or its error with the file that it is about.
    static func moving<Value>(_ place: String, _ body: () throws(TransferError) -> Value) throws(ReplicationError) -> Value {
        do { return try body() } catch { throw ReplicationError(error, place) }
    }

    init(_ error: TransferError, _ place: String) {
        self = error.kind == .changed ? .raced(path: error.place ?? place) : .file(path: error.place ?? place, reason: error.description)
    }
}
