import LikenessFormat
import LikenessStore
import ObjectStorage
import Platform

/// Where a store publishes its versions, and replicas pull them from: packs that never change, and a pointer for each alias.
///
/// ```
/// remote                  what the remote is
/// packs/HASH.pack         a pack under its hash
/// aliases/NAME.pointer    where an alias points
/// retired                 packs that nothing leads to any more, and since when
/// ```
protocol Remote: AnyObject {
    /// As users name it.
    var name: String { get }
    /// The same, wherever on this machine a process is.
    var absoluteName: String { get }
    /// A file of the remote as messages name it.
    func place(of file: String) -> String

    /// The bytes of a small file, and what tells them from others; nil if there is none.
    func read(_ file: String) throws(ReplicationError) -> (bytes: [UInt8], tag: String?)?
    /// Writes a small file as a whole.
    func write(_ bytes: [UInt8], to file: String, if condition: WebFolder.Condition) throws(ReplicationError)
    /// The names in a folder; none where they cannot be listed.
    func names(in folder: String) throws(ReplicationError) -> [String]
    func remove(_ file: String) throws(ReplicationError)

    /// Makes what must be there before anything is written.
    func make() throws(ReplicationError)
    /// Keeps other publishers of this store away as long as the value lives.
    func lock() throws(ReplicationError) -> FileDescriptor
    /// Whether another publisher's write was overwritten unseen, if there was one: the server knows no conditions.
    var isUnconditional: Bool { get }
    /// Where a pack is written before its hash is known.
    var unfinishedPackPath: String { get }
    /// Gives a pack that was written its name, and its place in the remote.
    func keepPack(_ hash: BlockHash, progress: (Int) -> Void) throws(ReplicationError)

    /// A pack of which the header is there, and checked; nil if there is none of that hash.
    func pack(_ hash: BlockHash) throws(ReplicationError) -> PackFile?
    /// Makes sections of packs readable.
    ///
    /// - Parameter progress: called with the bytes that came over the network so far, and those that will come.
    func need(_ kinds: [PackSectionKind], of packs: [PackFile], progress: (Int, Int) -> Void) throws(ReplicationError)
    /// Makes blocks of packs readable.
    func need(
        _ locations: [PackedBlocks.Location], in blocks: PackedBlocks, progress: (Int, Int) -> Void
    ) throws(ReplicationError)
    /// What gives the bytes of runs, and by how many threads at once it is to be asked.
    func bringing(_ runs: [PackRun]) throws(ReplicationError) -> (threads: Int, bring: RunBringer)
    /// Keeps what this process reads from the remote's files, or writes to them, below a number of bytes in a second; nil for any number, and
    /// over the network, where transfers see to it.
    var rate: TransferRate? { get }
    /// Gives up what was kept to read packs from, but for those that are named.
    func clear(keeping packs: Set<BlockHash>)
}

/// Gives the bytes of a run. Several threads call it at once.
typealias RunBringer = @Sendable (PackRun) throws(ReplicationError) -> [UInt8]

/// Which remote a text names.
enum Remotes {
    /// - Parameters:
    ///   - text: a folder's path, `file:PATH`, `http://…`, `https://…` or `s3://bucket/prefix`.
    ///   - spool: the folder for parts of packs that come over the network; nil for a temporary one.
    ///   - byteLimit: how many bytes may come over the network; nil for any number.
    static func open(
        _ text: String, _ access: RemoteAccess, spool: String?, byteLimit: Int? = nil
    ) throws(ReplicationError) -> any Remote {
        let start = text.lowercased()
        if start.hasPrefix("http://") || start.hasPrefix("https://") || start.hasPrefix("s3://") {
            return try WebRemote(text, access, spool: spool, byteLimit: byteLimit)
        }
        return try FolderRemote(text, access.rate.map { TransferRate(bytesPerSecond: $0) })
    }
}

extension Remote {
    private static var recordFile: String { "remote" }
    private static var pointerSuffix: String { ".pointer" }
    private static var packSuffix: String { ".pack" }

    static func packFile(_ hash: BlockHash) -> String { "packs/\(hash.hexadecimal)\(packSuffix)" }
    static func pointerFile(_ alias: String) -> String { "aliases/\(alias)\(pointerSuffix)" }

    /// What the remote is; nil if nothing was published there.
    func record() throws(ReplicationError) -> RemoteRecord? {
        try taggedRecord()?.record
    }

    /// What the remote is, and what must be so for it to be written anew; nil if nothing was published there.
    func taggedRecord() throws(ReplicationError) -> (record: RemoteRecord, condition: WebFolder.Condition)? {
        guard let (bytes, tag) = try read(Self.recordFile) else { return nil }
        do { return (try unsafe RemoteRecord.parse(bytes.span.bytes), tag.map { .isStill($0) } ?? .none) } catch {
            throw .damaged(path: place(of: Self.recordFile), reason: error.reason)
        }
    }

    /// Says what the remote is.
    func write(_ record: RemoteRecord, if condition: WebFolder.Condition) throws(ReplicationError) {
        try write(try sealed(record, Self.recordFile), to: Self.recordFile, if: condition)
    }

    private func sealed(_ value: some Encodable, _ file: String) throws(ReplicationError) -> [UInt8] {
        do { return try SealedJSON.seal(value) } catch { throw .file(path: place(of: file), reason: error.reason) }
    }

    /// Where an alias points, and what tells this pointer from others; nil if there is none of that name.
    func taggedPointer(_ alias: String) throws(ReplicationError) -> (pointer: RemotePointer, tag: String?)? {
        let file = Self.pointerFile(alias)
        guard let name = AliasName(alias), let (bytes, tag) = try read(file) else { return nil }
        do { return (try unsafe RemotePointer.parse(bytes.span.bytes, alias: name), tag) } catch {
            throw .damaged(path: place(of: file), reason: error.reason)
        }
    }

    /// Where an alias points; nil if there is none of that name.
    func pointer(_ alias: String) throws(ReplicationError) -> RemotePointer? {
        try taggedPointer(alias)?.pointer
    }

    func write(_ pointer: RemotePointer, if condition: WebFolder.Condition = .none) throws(ReplicationError) {
        let file = Self.pointerFile(pointer.alias)
        try write(try sealed(pointer, file), to: file, if: condition)
    }

    /// The names of all aliases, as far as they can be listed.
    func aliases() throws(ReplicationError) -> [String] {
        try names(in: "aliases").filter { $0.hasSuffix(Self.pointerSuffix) }.map { String($0.dropLast(Self.pointerSuffix.count)) }
            .filter { AliasName($0) != nil }.sorted()
    }

    /// The hashes of all packs that are there, as far as they can be listed.
    func packs() throws(ReplicationError) -> [BlockHash] {
        try names(in: "packs").filter { $0.hasSuffix(Self.packSuffix) }
            .compactMap { BlockHash(hexadecimal: String($0.dropLast(Self.packSuffix.count))) }
    }
}
