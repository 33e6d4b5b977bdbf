import LikenessFormat
import LikenessStore
import ObjectStorage
import Platform

/// A remote that is a folder: a mounted disk, or one that others copy. Its packs are read where they lie.
///
/// Beside the files of every remote it has `lock`, which a publisher holds.
final class FolderRemote: Remote {
    let path: String
    let rate: TransferRate?

    /// - Parameter text: a path, or one after `file:`.
    init(_ text: String, _ rate: TransferRate? = nil) throws(ReplicationError) {
        var path = text
        if text.hasPrefix("file:") {
            path = String(text.dropFirst(5))
            if path.hasPrefix("//") { path = String(path.dropFirst(2)) }
        } else if text.contains("://") {
            throw .unsupported(remote: text)
        }
        if path.isEmpty { throw .unsupported(remote: text) }
        (self.path, self.rate) = (path, rate)
    }

    var name: String { path }
    var absoluteName: String { Folder.absolute(path) }
    var isUnconditional: Bool { false }

    func place(of file: String) -> String { "\(path)/\(file)" }

    var unfinishedPackPath: String { place(of: "packs/unfinished") }

    func read(_ file: String) throws(ReplicationError) -> (bytes: [UInt8], tag: String?)? {
        let path = place(of: file)
        do throws(SystemError) {
            let file = try FileDescriptor(path, for: .reading)
            if try file.isFolder { throw .isDirectory }
            return (try file.read(min(try file.byteCount, RemoteRecord.byteLimit), at: 0), nil)
        } catch .noSuchFile {
            return nil
        } catch {
            throw .file(path: path, reason: "it cannot be read: \(error)")
        }
    }

    func write(_ bytes: [UInt8], to file: String, if condition: WebFolder.Condition) throws(ReplicationError) {
        // Whoever writes holds the lock.
        let path = place(of: file)
        do throws(SystemError) {
            AtomicFile.removeAbandoned(beside: path)
            let file = try AtomicFile(path, permissions: 0o644)
            try file.descriptor.write(bytes, at: 0)
            try file.publish(replacing: true)
        } catch {
            throw .file(path: path, reason: "it cannot be written: \(error)")
        }
    }

    func names(in folder: String) -> [String] { Folder.names(in: place(of: folder)) }

    func remove(_ file: String) throws(ReplicationError) {
        let path = place(of: file)
        do { try Folder.remove(path) } catch { throw .file(path: path, reason: "it cannot be removed: \(error)") }
    }

    func make() throws(ReplicationError) {
        for folder in [path, place(of: "packs"), place(of: "aliases")] {
            do { try Folder.make(folder, permissions: 0o755) } catch { throw .file(path: folder, reason: "it cannot be made: \(error)") }
        }
    }

    func lock() throws(ReplicationError) -> FileDescriptor {
        try FolderRemote.lock(place(of: "lock"))
    }

    /// Opens a file and takes its lock.
    static func lock(_ path: String) throws(ReplicationError) -> FileDescriptor {
        do throws(SystemError) {
            let file = try FileDescriptor(path, for: .replacing(permissions: 0o644))
            // A process that is just being started has the open files of the one that starts it, and their locks, until its program runs.
            for _ in 0..<10 {
                if file.tryLock() || SystemError.last != .wouldBlock { return file }
                SystemThread.pause(microseconds: 10_000)
            }
            throw .wouldBlock
        } catch .wouldBlock {
            throw .busy(path: path)
        } catch {
            throw .file(path: path, reason: "it cannot be locked: \(error)")
        }
    }

    func keepPack(_ hash: BlockHash, progress: (Int) -> Void) throws(ReplicationError) {
        let path = place(of: FolderRemote.packFile(hash))
        do { try Folder.rename(unfinishedPackPath, to: path) } catch { throw .file(path: path, reason: "it cannot be written: \(error)") }
    }

    func pack(_ hash: BlockHash) throws(ReplicationError) -> PackFile? {
        let path = place(of: FolderRemote.packFile(hash))
        if FileIdentity(path) == nil { return nil }
        return try ReplicationError.storing { () throws(StoreError) in try PackFile(path) }
    }

    func need(_ kinds: [PackSectionKind], of packs: [PackFile], progress: (Int, Int) -> Void) {}
    func need(_ locations: [PackedBlocks.Location], in blocks: PackedBlocks, progress: (Int, Int) -> Void) {}
    func clear(keeping packs: Set<BlockHash>) {}

    func bringing(_ runs: [PackRun]) -> (threads: Int, bring: RunBringer) {
        let (folder, rate) = (path, rate)
        return (
            FolderRemote.threads,
            { (run) throws(ReplicationError) in
                let path = "\(folder)/\(FolderRemote.packFile(run.pack))"
                rate?.take(run.range.count)
                do throws(SystemError) {
                    return try FileDescriptor(path, for: .reading).read(run.range.count, at: run.range.lowerBound)
                } catch {
                    throw .store(.pack(.file(path: path, reason: "it cannot be read: \(error)")))
                }
            }
        )
    }

    /// Reading and hashing keep up with the disk on two cores.
    private static let threads = 2
}
