import LMDB
public import LikenessFormat
public import LikenessStore
import Platform

/// A store that follows a remote: `Replica.pull` brings it up to date, and queries open it as they open any store.
public enum Replica {
    /// What a pull does.
    public struct Options: Sendable {
        /// The aliases to follow.
        public var aliases = ["production"]
        /// Whether a remote that is further back than the replica is followed back. An alias's own rollback is no such thing.
        public var allowsRollbackOfRemote = false
        /// Which versions the replica keeps; nil for all.
        public var retention: RetentionPolicy? = RetentionPolicy()

        /// The defaults.
        public init() {}
    }

    /// The result of a pull.
    public struct PullReport: Sendable, Equatable {
        /// An alias that was moved.
        public struct Move: Sendable, Equatable {
            /// The alias.
            public let alias: String
            /// Where it pointed before; nil if it is new.
            public let from: Version?
            /// Where it points now.
            public let to: Version
            /// How it came about on the primary.
            public let kind: AliasMove.Kind
        }

        /// The aliases that moved; none if the replica was up to date.
        public var moves: [Move] = []
        /// The versions that were not there before.
        public var versions: [Version] = []
        /// Packs of which ids, names and likes were taken in.
        public var packs = 0
        /// Bytes of blocks that were not there before.
        public var bytesWritten = 0

        /// Whether nothing was to be done.
        public var isUpToDate: Bool { moves.isEmpty && versions.isEmpty }
    }

    /// Brings a replica up to date; makes it if the folder is empty or missing.
    ///
    /// Ids, names and likes are taken in pack by pack, then the blocks that the replica lacks, all in bounded transactions; versions and
    /// aliases come last, in one. Queries beside it answer from the old version until then, and from the new one after it. A pull that is cut off
    /// goes on where it was. Whatever is missing, damaged or older in the remote is refused, and the old version stays.
    ///
    /// ```swift
    /// let report = try Replica.pull("/mnt/models", into: "replica")
    /// let near = try StoreReader.open(at: "replica").nearest(.items, to: "tag:dragons")
    /// ```
    /// - Throws: `ReplicationError`.
    /// - Complexity: O(bytes that the replica lacks + packs + blocks in the remote); memory is bounded but for some 150 bytes a block.
    @discardableResult
    public static func pull(
        _ remote: String, into path: String, _ options: Options = Options(), progress: (PackProgress) -> Void = { _ in }
    ) throws(ReplicationError) -> PullReport {
        let folder = try RemoteFolder(remote)
        guard let description = try folder.record() else { throw .noRemote(remote: remote) }
        var pointers: [RemotePointer] = []
        for name in options.aliases {
            guard let pointer = try folder.pointer(name) else { throw .noAlias(name, remote: remote, others: folder.aliases()) }
            pointers.append(pointer)
        }
        // Most of the time nothing is new, and then nothing is opened for writing.
        if let known = try record(of: path), known.store == description.store,
            pointers.allSatisfy({ known.aliases[$0.alias]?.moves == $0.moves && known.aliases[$0.alias]?.version == $0.version })
        {
            return PullReport()
        }
        var pull = try Pull(folder, remote, description, path)
        let report = try pull.run(pointers, options, progress: progress)
        if let policy = options.retention, !report.versions.isEmpty { try pull.prune(policy) }
        return report
    }
}

extension Replica {
    /// What the replica at a path knows of its remote; nil if nothing is there.
    ///
    /// - Throws: `ReplicationError.notAReplica`, if another store is there.
    static func record(of path: String) throws(ReplicationError) -> ReplicaRecord? {
        if FileIdentity(path) == nil || Folder.isFolder(path) && FileIdentity(path + "/data.mdb") == nil { return nil }
        let record = try ReplicationError.storing { () throws(StoreError) in
            let store = try StoreReader.open(at: path)
            return try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try store.replicaRecord(in: transaction)
            }
        }
        guard let record else { throw .notAReplica(path: path) }
        return record
    }

    /// Opens a replica for queries in a process that pulls into it as well. Elsewhere, `StoreReader.open(at:)` does.
    ///
    /// - Throws: `StoreError`: there is no store, or it cannot be opened for writing.
    public static func open(at path: String) throws(StoreError) -> StoreReader {
        try StoreReader.openWhileReplicating(at: path)
    }
}

/// One pull on its way.
private struct Pull: ~Copyable {
    private let folder: RemoteFolder
    private let remote: String
    private let description: RemoteRecord
    private let store: Store
    private let lock: FileDescriptor
    private var replica: ReplicaRecord
    private var report = Replica.PullReport()

    init(_ folder: RemoteFolder, _ remote: String, _ description: RemoteRecord, _ path: String) throws(ReplicationError) {
        let fresh = ReplicaRecord(remote: Folder.absolute(folder.path), store: description.store, primary: description.primary)
        if try Replica.record(of: path) == nil {
            do {
                _ = try Store.create(at: path, replica: fresh)
            } catch .alreadyExists {
                // Another pull has made it meanwhile.
            } catch {
                throw .store(error)
            }
        }
        // Before the store is opened for writing, which waits for a pull that is in the middle of a transaction.
        let lock = try RemoteFolder.lock(Folder.isFolder(path) ? path + "/replica.lock" : path + ".replica.lock")
        let store = try ReplicationError.storing { () throws(StoreError) in try Store.openForReplication(at: path) }
        let known = try ReplicationError.storing { () throws(StoreError) in
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try store.replicaRecord(in: transaction)
            }
        }
        var replica = known ?? fresh
        guard replica.store == description.store else {
            throw .otherStore(remote: remote, primary: description.primary, expected: replica.store, found: description.store)
        }
        (replica.remote, replica.primary) = (fresh.remote, description.primary)
        (self.folder, self.remote, self.description, self.store, self.replica) = (folder, remote, description, store, replica)
        self.lock = lock
    }

    mutating func run(
        _ pointers: [RemotePointer], _ options: Replica.Options, progress: (PackProgress) -> Void
    ) throws(ReplicationError) -> Replica.PullReport {
        var changed: [RemotePointer] = []
        for pointer in pointers {
            if let followed = replica.aliases[pointer.alias] {
                let isSame = pointer.moves == followed.moves && pointer.version == followed.version
                if isSame { continue }
                guard pointer.moves > followed.moves || options.allowsRollbackOfRemote else {
                    throw .wentBack(alias: pointer.alias, remote: remote, remoteMoves: pointer.moves, moves: followed.moves)
                }
            }
            changed.append(pointer)
        }
        guard let head = changed.max(by: { $0.place < $1.place }) else { return report }
        let chain = try RemoteChain(folder, head: head.pack, place: head.place, store: description.store)
        if replica.place > 0, replica.place <= head.place, chain.packs[Int(replica.place) - 1].header.hash != replica.pack {
            throw .madeAnew(remote: remote, path: store.path)
        }
        // Nothing that this finds in the store, or writes to it, is pruned before a version leads to it.
        let store = store
        let kept = try ReplicationError.storing { () throws(StoreError) in try store.keepBlocks() }
        try takeInRecords(of: chain, progress: progress)
        let versions = try takeInBlocks(of: chain, changed, progress: progress)
        for pointer in changed {
            let before = replica.aliases[pointer.alias]?.version
            replica.aliases[pointer.alias] = .init(
                version: pointer.version, moves: pointer.moves, published: pointer.published, pulled: store.now())
            report.moves.append(.init(alias: pointer.alias, from: before, to: pointer.version, kind: pointer.kind))
        }
        let replica = replica
        try ReplicationError.storing { () throws(StoreError) in try store.takeOver(versions, changed, replica, keeping: kept) }
        report.versions = versions.map(\.manifest.version)
        return report
    }

    /// Removes versions that the replica need not keep.
    func prune(_ policy: RetentionPolicy) throws(ReplicationError) {
        do { try store.prune(policy) } catch { throw .store(error) }
    }

    /// Takes in ids, names and likes of the packs that are new, one after the other.
    private mutating func takeInRecords(of chain: RemoteChain, progress: (PackProgress) -> Void) throws(ReplicationError) {
        let store = store
        let new = chain.packs.filter { $0.header.place > replica.place }
        let total = new.reduce(0) { $0 + $1.header.packByteCount - $1.header[.blocks].byteCount }
        var done = 0
        for pack in new {
            try ReplicationError.storing { () throws(StoreError) in
                let check = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try PackCheck(pack, for: store, in: transaction)
                }
                try PackIntake(check, store).write(isReplacing: true)
            }
            done += pack.header.packByteCount - pack.header[.blocks].byteCount
            progress(PackProgress(phase: .writing, bytes: done, totalBytes: total))
            (replica.pack, replica.place) = (pack.header.hash, pack.header.place)
            let replica = replica
            try ReplicationError.storing { () throws(StoreError) in try store.keep(replica) }
            pack.close()
            report.packs += 1
        }
    }

    /// Takes in the blocks of versions that the replica lacks.
    ///
    /// - Returns: their manifests.
    private mutating func takeInBlocks(
        of chain: RemoteChain, _ pointers: [RemotePointer], progress: (PackProgress) -> Void
    ) throws(ReplicationError) -> [(manifest: Manifest, record: [UInt8])] {
        let store = store
        var blocks: PackedBlocks?
        var found: [(manifest: Manifest, record: [UInt8])] = []
        for pointer in pointers where !found.contains(where: { $0.manifest.version == pointer.version }) {
            let present = try ReplicationError.storing { () throws(StoreError) in
                try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try store.catalog.rootHash(of: pointer.version, in: transaction)
                }
            }
            if present == pointer.rootHash { continue }
            guard let pack = chain.pack(of: pointer.version) else { throw .missingVersion(pointer.version, remote: remote) }
            let version = try pack.manifest(rootHash: pointer.rootHash)
            if blocks == nil { blocks = try chain.blocks() }
            try ReplicationError.storing { () throws(StoreError) in
                try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try check(&blocks, version.manifest, pack, progress: progress, in: transaction)
                }
            }
            found.append(version)
        }
        let total = blocks?.checkedByteCount ?? 0
        let checked = blocks
        report.bytesWritten += try ReplicationError.storing { () throws(StoreError) in
            try checked?.write(to: store) { bytes in progress(PackProgress(phase: .writing, bytes: bytes, totalBytes: total)) } ?? 0
        }
        return found
    }

    /// Checks that the packs and the store have every block of a version between them.
    private func check(
        _ blocks: inout PackedBlocks?, _ manifest: Manifest, _ pack: PackFile, progress: (PackProgress) -> Void,
        in transaction: borrowing Reading
    ) throws(StoreError) {
        let tables = store.tables
        for kind in RowKind.allCases {
            guard Int(try Vocabulary(kind, in: tables).length(in: transaction)) >= manifest.vocabularies[kind] else {
                throw pack.damaged(.manifest, "it has more \(PackSectionKind(vocabulary: kind)) than the packs up to it")
            }
        }
        let known = Set(try store.catalog.manifests(in: transaction).flatMap(\.allMatrices))
        try blocks?.check(
            manifest, of: pack, known: known, elsewhereCount: try transaction.statistics(of: tables.blocks).entries,
            elsewhere: { (hash) throws(StoreError) in
                guard let block = try transaction.get(hash, in: tables.blocks) else { return nil }
                guard let header = BlockHeader(block) else {
                    throw .damaged(table: tables.blocks.name, key: hash.hexadecimal, reason: "the block is not what was written")
                }
                if header.kind != .index { return (header, []) }
                return (header, try StoreError.parsing(tables.blocks.name, hash.hexadecimal, try header.children(in: block)))
            },
            progress: { progress(PackProgress(phase: .checking, bytes: $0, totalBytes: max($0, pack.header.packByteCount))) })
    }
}
