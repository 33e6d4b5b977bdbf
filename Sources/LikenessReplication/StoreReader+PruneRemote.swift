import LMDB
public import LikenessFormat
public import LikenessStore
public import ObjectStorage
import Platform

/// What pruning a remote came to, or would come to.
public struct RemotePruneReport: Sendable, Equatable {
    /// The versions that replicas can still pull.
    public var kept: [Version] = []
    /// Those that they no longer can.
    public var removed: [Version] = []
    /// Packs that aliases led to before.
    public var packsBefore = 0
    /// Their bytes.
    public var bytesBefore = 0
    /// Packs that aliases lead to now.
    public var packs = 0
    /// Their bytes.
    public var bytes = 0
    /// Whether the packs were packed anew: else few of their bytes are of no use.
    public var isPackedAnew = false
    /// Packs that were deleted, since nothing has led to them for long enough.
    public var deletedPacks = 0
    /// Packs that nothing leads to, and that stay for now.
    public var waitingPacks = 0
    /// Whether nothing was changed.
    public var isDryRun = false
}

/// Packs that nothing leads to any more, and since when, by the clock of whoever prunes: the file `retired`, sealed JSON.
private struct RetiredPacks: Codable {
    /// Milliseconds since 1970-01-01 UTC by hash.
    var packs: [String: Int64] = [:]
}

extension StoreReader {
    /// Removes versions from a remote of this store, and packs that no alias leads to.
    ///
    /// If enough of the bytes are of no use, the versions that stay are packed anew, as a chain of its own; then the pointers are replaced, one
    /// by one. Packs that nothing leads to are deleted by a later prune, when replicas in the middle of a pull have had time to end it; one
    /// that comes too late starts over by itself. A prune that is cut off leaves packs that the next one deletes.
    ///
    /// ```swift
    /// try store.pruneRemote("s3://models/likeness", RetentionPolicy())
    /// ```
    /// - Parameters:
    ///   - remote: a folder, or `s3://bucket/prefix`.
    ///   - policy: which versions stay; those that the remote's aliases lead to stay whatever it says.
    ///   - grace: seconds for which packs that nothing leads to are kept.
    ///   - isDryRun: whether only to say what would be done.
    ///   - access: how a remote over the network is reached.
    ///   - progress: called after each block that is written.
    /// - Throws: `ReplicationError`; then replicas pull what they did.
    /// - Complexity: O(packs + blocks in the remote), and O(bytes of what stays) if that is packed anew.
    @discardableResult
    public func pruneRemote(
        _ remote: String, _ policy: RetentionPolicy = RetentionPolicy(), grace: Double = 3_600, isDryRun: Bool = false,
        access: RemoteAccess = RemoteAccess(), progress: (PackProgress) -> Void = { _ in }
    ) throws(ReplicationError) -> RemotePruneReport {
        let opened = try Remotes.open(remote, access, spool: publishingPath)
        let transaction = try ReplicationError.storing { () throws(StoreError) in try Reading(environment) }
        let known = try ReplicationError.storing { () throws(StoreError) in try replicaRecord(in: transaction) }
        if let known { throw .isReplica(path: path, remote: known.remote) }
        if try opened.record() == nil { throw .noRemote(remote: remote) }
        try opened.make()
        let lock = try opened.lock()
        guard let (record, condition) = try opened.taggedRecord() else { throw .noRemote(remote: remote) }
        try requirePrimary(of: opened, record, in: transaction)
        var prune = RemotePrune(self, opened, record, condition)
        let report = try prune.run(policy, grace: grace, isDryRun: isDryRun, progress: progress, in: transaction)
        _ = lock.number
        return report
    }
}

/// One prune of a remote on its way.
private struct RemotePrune {
    let store: StoreReader
    let remote: any Remote
    let identity: String
    var record: RemoteRecord
    let condition: WebFolder.Condition
    var report = RemotePruneReport()

    /// Packs are packed anew when their blocks have this many times the bytes that are of use.
    private static let mostBytes = 1.2
    /// Or when there are this many times as many packs as versions, since a new replica reads them all.
    private static let mostPacks = 8

    init(_ store: StoreReader, _ remote: any Remote, _ record: RemoteRecord, _ condition: WebFolder.Condition) {
        (self.store, self.remote, self.record, self.condition) = (store, remote, record, condition)
        identity = record.store
    }

    mutating func run(
        _ policy: RetentionPolicy, grace: Double, isDryRun: Bool, progress: (PackProgress) -> Void, in transaction: borrowing Reading
    ) throws(ReplicationError) -> RemotePruneReport {
        report.isDryRun = isDryRun
        let names = try ReplicationError.storing { () throws(StoreError) in try store.catalog.aliases(in: transaction).map(\.name) }
        var pointers: [(pointer: RemotePointer, tag: String?)] = []
        for name in Set(try remote.aliases() + names).sorted() {
            if let found = try remote.taggedPointer(name) { pointers.append(found) }
        }
        guard !pointers.isEmpty, let head = record.head(pointers.map(\.pointer)) else { return report }
        let chain = try RemoteChain(remote, head: head.pack, place: head.place, store: identity)
        let kept = try choose(policy, pointers.map(\.pointer), chain, in: transaction)
        (report.packsBefore, report.bytesBefore) = (chain.packs.count, chain.packs.reduce(0) { $0 + $1.header.packByteCount })
        (report.packs, report.bytes) = (report.packsBefore, report.bytesBefore)
        // The next publication goes on where the record says, whatever pointers lead to.
        var referenced = Set(chain.packs.map(\.header.hash)).union(try referencedPacks(pointers.map(\.pointer)))
        let hasLeftOver = pointers.contains {
            $0.pointer.place < head.place && chain.pack(at: $0.pointer.place)?.header.hash != $0.pointer.pack
        }
        if try isWorthPacking(chain, kept) || hasLeftOver {
            report.isPackedAnew = true
            if !isDryRun {
                let packed = try pack(kept, after: head.place, progress: progress, in: transaction)
                if let last = packed.last?.header {
                    let epoch = try ReplicationError.storing { () throws(StoreError) in try store.epoch(in: transaction) }
                    record.advance(to: (last.hash, last.place), epoch: epoch, store)
                    try remote.write(record, if: condition)
                }
                for (pointer, tag) in pointers {
                    let condition = tag.map { WebFolder.Condition.isStill($0) } ?? .none
                    try remote.write(
                        pointer.leading(to: packed.last?.header.hash ?? pointer.pack, at: packed.last?.header.place ?? 0), if: condition)
                }
                referenced = Set(packed.map(\.header.hash))
                (report.packs, report.bytes) = (packed.count, packed.reduce(0) { $0 + $1.header.packByteCount })
            }
        } else {
            report.kept = Set(chain.packs.map(\.header.version)).sorted()
            report.removed = []
        }
        try retire(without: referenced, grace: grace, isDryRun: isDryRun)
        remote.clear(keeping: referenced)
        return report
    }

    /// The versions that stay, ascending.
    private mutating func choose(
        _ policy: RetentionPolicy, _ pointers: [RemotePointer], _ chain: RemoteChain, in transaction: borrowing Reading
    ) throws(ReplicationError) -> [(version: Version, rootHash: BlockHash)] {
        let present = Set(chain.packs.map(\.header.version))
        let (wanted, hashes) = try ReplicationError.storing { () throws(StoreError) in
            var hashes: [Version: BlockHash] = [:]
            for version in present { hashes[version] = try store.catalog.rootHash(of: version, in: transaction) }
            return (try store.versions(keptBy: policy, in: transaction), hashes)
        }
        for pointer in pointers {
            guard hashes[pointer.version] == pointer.rootHash else {
                throw .lacksVersion(pointer.version, alias: pointer.alias, remote: remote.name)
            }
        }
        let leading = Set(pointers.map(\.version))
        let kept = present.filter { (wanted.contains($0) || leading.contains($0)) && hashes[$0] != nil }
        (report.kept, report.removed) = (kept.sorted(), present.subtracting(kept).sorted())
        return kept.sorted().compactMap { version in hashes[version].map { (version, $0) } }
    }

    /// The packs that any pointer leads to, over whatever chain.
    private func referencedPacks(_ pointers: [RemotePointer]) throws(ReplicationError) -> Set<BlockHash> {
        var packs: Set<BlockHash> = []
        for pointer in pointers.sorted(by: { $0.place > $1.place }) where !packs.contains(pointer.pack) {
            packs.formUnion(
                try RemoteChain(remote, head: pointer.pack, place: pointer.place, store: identity).packs.map(\.header.hash))
        }
        return packs
    }

    private func isWorthPacking(
        _ chain: RemoteChain, _ kept: [(version: Version, rootHash: BlockHash)]
    ) throws(ReplicationError) -> Bool {
        if chain.packs.count > RemotePrune.mostPacks * max(kept.count, 1) { return true }
        guard let blocks = try chain.blocks() else { return false }
        var locations: Set<PackedBlocks.Location> = []
        for (version, rootHash) in kept {
            guard let pack = chain.pack(of: version) else { continue }
            let manifest = try chain.manifest(in: pack, rootHash: rootHash).manifest
            var leading: [PackedBlocks.Location] = []
            _ = try blocks.gather(
                manifest, known: [], isElsewhere: { (_) throws(ReplicationError) in false }, into: &locations,
                fetch: { (locations) throws(ReplicationError) in
                    leading += locations
                    try remote.need(locations, in: blocks) { _, _ in }
                }, wrapping: { .store($0) })
            locations.formUnion(leading)
        }
        let used = locations.reduce(0) { $0 + $1.range.count }
        let all = chain.packs.reduce(0) { $0 + $1.header[.blocks].byteCount }
        return Double(all) > RemotePrune.mostBytes * Double(used)
    }

    /// Packs versions anew: the first pack holds all that comes with the version, each after it what that lacks.
    private func pack(
        _ versions: [(version: Version, rootHash: BlockHash)], after place: UInt64, progress: (PackProgress) -> Void,
        in transaction: borrowing Reading
    ) throws(ReplicationError) -> [PackFile] {
        var chain: RemoteChain?
        for (version, _) in versions {
            var scope = PackScope(first: place + 1, record.contents)
            if let chain {
                scope = try store.scope(after: chain, of: remote, record.contents, in: transaction)
            } else if record.contents != .withoutLikes {
                // A replica may have seen lists of users who have none any more.
                let users = try ReplicationError.storing { () throws(StoreError) in
                    try Vocabulary(.user, in: store.tables).length(in: transaction)
                }
                scope.users = Array(0..<users)
            }
            let header = try store.writePack(version, scope, to: remote, progress: progress, in: transaction)
            chain = try RemoteChain(remote, head: header.hash, place: header.place, store: identity)
        }
        return chain?.packs ?? []
    }

    /// Writes down which packs nothing leads to, and deletes those that were written down long enough ago.
    private mutating func retire(
        without referenced: Set<BlockHash>, grace: Double, isDryRun: Bool
    ) throws(ReplicationError) {
        let file = "retired"
        let now = store.now()
        var before = RetiredPacks()
        if let bytes = try remote.read(file)?.bytes {
            // A file that cannot be read is written anew: packs stay longer then, and no harm is done.
            if let known = unsafe try? SealedJSON.open(bytes.span.bytes, as: RetiredPacks.self) { before = known }
        }
        var (waiting, old): (RetiredPacks, [BlockHash]) = (RetiredPacks(), [])
        for hash in try remote.packs() where !referenced.contains(hash) {
            let since = min(before.packs[hash.hexadecimal] ?? now, now)
            if Double(now - since) >= grace * 1_000 { old.append(hash) } else { waiting.packs[hash.hexadecimal] = since }
        }
        (report.deletedPacks, report.waitingPacks) = (old.count, waiting.packs.count)
        if isDryRun || before.packs.isEmpty && waiting.packs.isEmpty && old.isEmpty { return }
        for hash in old { try remote.remove(FolderRemote.packFile(hash)) }
        let bytes: [UInt8]
        do { bytes = try SealedJSON.seal(waiting) } catch { throw .file(path: remote.place(of: file), reason: error.reason) }
        try remote.write(bytes, to: file, if: .none)
    }
}

extension RemotePointer {
    /// The same alias and version over another chain.
    fileprivate func leading(to pack: BlockHash, at place: UInt64) -> RemotePointer {
        RemotePointer(
            alias: alias, version: version, rootHash: rootHash, epoch: epoch, moves: moves, kind: kind, who: who, when: when, pack: pack,
            place: place,
            published: published)
    }
}
