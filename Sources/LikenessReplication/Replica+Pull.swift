import LMDB
public import LikenessFormat
public import LikenessStore
public import ObjectStorage
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
        /// What the replica is to hold; nil for what it does, and in a new one for what queries need, as far as the remote has it.
        public var contents: RemoteContents?
        /// The version to point the aliases at, whatever they point at in the remote; nil to follow the remote.
        public var version: Version?
        /// How a remote over the network is reached.
        public var access = RemoteAccess()
        /// How many bytes may come over the network; nil for any number.
        public var byteLimit: Int?

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
        var before: [RemotePointer] = []
        var attempt = 0
        while true {
            let opened = try Remotes.open(
                remote, options.access, spool: spoolPath(of: path), byteLimit: options.byteLimit)
            guard let description = try opened.record() else { throw .noRemote(remote: remote) }
            var pointers: [RemotePointer] = []
            for name in options.aliases {
                guard let pointer = try opened.pointer(name) else { throw .noAlias(name, remote: remote, others: try opened.aliases()) }
                pointers.append(pointer)
            }
            // Most of the time nothing is new, and then nothing is opened for writing.
            if options.version == nil, let known = try record(of: path), known.store == description.store,
                known.epoch == description.epoch, options.contents == nil || options.contents == known.contents,
                known.contents != .everything || known.place >= description.place,
                pointers.allSatisfy({ pointer in
                    known.aliases[pointer.alias].map { $0.order == pointer.order && $0.version == pointer.version } ?? false
                })
            {
                return PullReport()
            }
            var pull = try Pull(opened, description, path, options.contents)
            do throws(ReplicationError) {
                let report = try pull.run(pointers, options, progress: progress)
                if let policy = options.retention, !report.versions.isEmpty { try pull.prune(policy) }
                return report
            } catch {
                // Packs go when they have been packed anew. Then the pointers lead elsewhere by now, and the pull starts over.
                guard error.isOfLostPack, attempt < 5, pointers != before else { throw error }
                (before, attempt) = (pointers, attempt + 1)
            }
        }
    }

    /// Where the parts of packs go that come over the network.
    private static func spoolPath(of path: String) -> String {
        FileIdentity(path)?.isRegular == true ? path + ".incoming" : path + "/incoming"
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
    private let remote: any Remote
    private let description: RemoteRecord
    private let store: Store
    private let lock: FileDescriptor
    private var replica: ReplicaRecord
    private var report = Replica.PullReport()

    init(
        _ remote: any Remote, _ description: RemoteRecord, _ path: String, _ wanted: RemoteContents?
    ) throws(ReplicationError) {
        let most = description.contents
        if let wanted, wanted == .everything && most != .everything || wanted == .queries && most == .withoutLikes {
            throw .otherContents(remote: remote.name, found: most, wanted: wanted)
        }
        let fresh = ReplicaRecord(
            remote: remote.absoluteName, store: description.store, primary: description.primary,
            contents: wanted ?? (most == .withoutLikes ? .withoutLikes : .queries), epoch: description.epoch)
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
        let lock = try FolderRemote.lock(Replica.lockPath(of: path))
        let store = try ReplicationError.storing { () throws(StoreError) in try Store.openForReplication(at: path) }
        let known = try ReplicationError.storing { () throws(StoreError) in
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try store.replicaRecord(in: transaction)
            }
        }
        var replica = known ?? fresh
        guard replica.store == description.store else {
            throw .otherStore(remote: remote.name, primary: description.primary, expected: replica.store, found: description.store)
        }
        if let wanted, wanted != replica.contents { throw .otherReplica(path: path, found: replica.contents, wanted: wanted) }
        if replica.contents != .withoutLikes, replica.contents != most, most != .everything {
            throw .otherContents(remote: remote.name, found: most, wanted: replica.contents)
        }
        (replica.remote, replica.primary) = (fresh.remote, description.primary)
        (self.remote, self.description, self.store, self.replica) = (remote, description, store, replica)
        self.lock = lock
    }

    mutating func run(
        _ pointers: [RemotePointer], _ options: Replica.Options, progress: (PackProgress) -> Void
    ) throws(ReplicationError) -> Replica.PullReport {
        guard description.epoch >= replica.epoch || options.allowsRollbackOfRemote else {
            throw .formerPrimary(remote: remote.name, epoch: description.epoch, known: replica.epoch)
        }
        let isOtherEpoch = replica.epoch != description.epoch
        replica.epoch = description.epoch
        var changed: [RemotePointer] = []
        for pointer in pointers {
            if options.version == nil, let followed = replica.aliases[pointer.alias] {
                let isSame = pointer.order == followed.order && pointer.version == followed.version
                if isSame { continue }
                guard pointer.order > followed.order || options.allowsRollbackOfRemote else {
                    throw .wentBack(alias: pointer.alias, remote: remote.name, remoteMoves: pointer.moves, moves: followed.moves)
                }
            }
            changed.append(pointer)
        }
        // A standby takes in all that was published, be there an alias that leads to it or not.
        let isBehind = replica.contents == .everything && description.place > replica.place
        guard let head = isBehind ? description.head(pointers) : changed.max(by: { $0.place < $1.place }).map({ ($0.pack, $0.place) })
        else {
            if isOtherEpoch { try keepReplica() }
            return report
        }
        var chain = try RemoteChain(
            remote, head: head.pack, place: head.place, store: description.store, downTo: min(replica.place, head.place))
        if replica.place > 0, replica.place <= head.place {
            // Packs that were packed anew have places after all that were there before.
            let isSame = chain.pack(at: replica.place).map { $0.header.hash == replica.pack } ?? chain.isComplete
            if !isSame { throw .madeAnew(remote: remote.name, path: store.path) }
        }
        if let version = options.version { changed = try pinned(changed, at: version, &chain) }
        // Nothing that this finds in the store, or writes to it, is pruned before a version leads to it.
        let store = store
        let kept = try ReplicationError.storing { () throws(StoreError) in try store.keepBlocks() }
        try takeInRecords(of: chain, progress: progress)
        let versions = try takeInBlocks(of: &chain, changed, progress: progress)
        for pointer in changed {
            let before = replica.aliases[pointer.alias]?.version
            replica.aliases[pointer.alias] = .init(
                version: pointer.version, epoch: pointer.epoch, moves: pointer.moves, published: pointer.published, pulled: store.now())
            report.moves.append(.init(alias: pointer.alias, from: before, to: pointer.version, kind: pointer.kind))
        }
        let reached = replica
        try ReplicationError.storing { () throws(StoreError) in try store.takeOver(versions, changed, reached, keeping: kept) }
        remote.clear(keeping: [])
        report.versions = versions.map(\.manifest.version)
        return report
    }

    /// Pointers that lead to one version, whatever those of the remote lead to. They count one move less, so that the next pull which follows
    /// the remote has something to follow.
    private func pinned(
        _ pointers: [RemotePointer], at version: Version, _ chain: inout RemoteChain
    ) throws(ReplicationError) -> [RemotePointer] {
        if chain.pack(of: version) == nil { try chain.extend() }
        guard let pack = chain.pack(of: version) else {
            throw .noVersion(version, remote: remote.name, others: Set(chain.packs.map(\.header.version)).sorted())
        }
        let rootHash = try chain.manifest(in: pack).rootHash
        let followed = replica.aliases
        return pointers.filter { followed[$0.alias]?.version != version }.map {
            RemotePointer(
                alias: $0.alias, version: version, rootHash: rootHash, epoch: $0.epoch, moves: $0.moves - 1, kind: .promote,
                who: Store.systemUser,
                when: store.now(), pack: $0.pack, place: $0.place, published: $0.published)
        }
    }

    /// Writes down how far the replica is.
    private func keepReplica() throws(ReplicationError) {
        do { try store.keep(replica) } catch { throw .store(error) }
    }

    /// Removes versions that the replica need not keep.
    func prune(_ policy: RetentionPolicy) throws(ReplicationError) {
        do { try store.prune(policy) } catch { throw .store(error) }
    }

    /// Takes in ids, names and likes of the packs that are new, one after the other.
    private mutating func takeInRecords(of chain: RemoteChain, progress: (PackProgress) -> Void) throws(ReplicationError) {
        let store = store
        let new = chain.packs.filter { $0.header.place > replica.place }
        let (contents, kinds) = (replica.contents, PackSectionKind.allCases.filter { $0.isNeeded(by: replica.contents) })
        try remote.need(kinds, of: new) { progress(PackProgress(phase: .fetching, bytes: $0, totalBytes: $1)) }
        func bytes(_ pack: PackFile) -> Int { kinds.reduce(0) { $0 + pack.header[$1].byteCount } }
        let total = new.reduce(0) { $0 + bytes($1) }
        var done = 0
        for pack in new {
            try ReplicationError.storing { () throws(StoreError) in
                let check = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try PackCheck(pack, Set(kinds), for: store, in: transaction)
                }
                try PackIntake(check, store, contents: contents).write(isReplacing: true)
            }
            done += bytes(pack)
            progress(PackProgress(phase: .writing, bytes: done, totalBytes: total))
            (replica.pack, replica.place) = (pack.header.hash, pack.header.place)
            try keepReplica()
            pack.close()
            report.packs += 1
        }
    }

    /// A version that the replica lacks.
    private struct Lacking {
        let pack: PackFile
        let manifest: Manifest
        let record: [UInt8]
    }

    /// Takes in the blocks of versions that the replica lacks.
    ///
    /// - Returns: their manifests.
    private mutating func takeInBlocks(
        of chain: inout RemoteChain, _ pointers: [RemotePointer], progress: (PackProgress) -> Void
    ) throws(ReplicationError) -> [(manifest: Manifest, record: [UInt8])] {
        let store = store
        var versions: [Lacking] = []
        for pointer in pointers where !versions.contains(where: { $0.manifest.version == pointer.version }) {
            let present = try ReplicationError.storing { () throws(StoreError) in
                try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try store.catalog.rootHash(of: pointer.version, in: transaction)
                }
            }
            if present == pointer.rootHash { continue }
            if chain.pack(of: pointer.version) == nil { try chain.extend() }
            guard let pack = chain.pack(of: pointer.version) else { throw .missingVersion(pointer.version, remote: remote.name) }
            let (manifest, record, _) = try chain.manifest(in: pack, rootHash: pointer.rootHash)
            versions.append(Lacking(pack: pack, manifest: manifest, record: record))
        }
        if versions.isEmpty { return [] }
        var blocks = try chain.blocks()
        // The packs that are new have what is new. A replica that has pruned what others still need finds it in older ones.
        if try !gather(versions.map(\.manifest), blocks), !chain.isComplete {
            try chain.extend()
            blocks = try chain.blocks()
            _ = try gather(versions.map(\.manifest), blocks)
        }
        let plan = BlockPlan()
        for version in versions {
            try ReplicationError.storing { () throws(StoreError) in
                try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try check(&blocks, version.manifest, version.pack, later: plan, in: transaction)
                }
            }
        }
        if let blocks { report.bytesWritten += try write(plan, blocks, progress: progress) }
        return versions.map { ($0.manifest, $0.record) }
    }

    /// Brings and writes blocks of rows, and then those that lead to them.
    ///
    /// - Returns: bytes of the blocks that were not there before.
    private func write(
        _ plan: BlockPlan, _ blocks: PackedBlocks, progress: (PackProgress) -> Void
    ) throws(ReplicationError) -> Int {
        let (store, stream) = (store, BlockStream(plan, of: blocks))
        let (threads, bring) = try remote.bringing(stream.runs)
        let total = stream.byteCount
        let written = try stream.run(
            into: store, threads: threads, bring: bring, wrapping: { .store($0) },
            progress: { progress(PackProgress(phase: .fetching, bytes: min($0, total), totalBytes: total)) })
        return try written + ReplicationError.storing { () throws(StoreError) in try blocks.write(to: store) }
    }

    /// Makes those blocks readable that lead to others which versions need and the store lacks.
    ///
    /// - Returns: whether all blocks are in the packs or the store.
    private func gather(_ versions: [Manifest], _ blocks: PackedBlocks?) throws(ReplicationError) -> Bool {
        guard let blocks else { return false }
        let (store, remote) = (store, remote)
        var locations: Set<PackedBlocks.Location> = []
        var isWhole = true
        let known = try ReplicationError.storing { () throws(StoreError) in
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                Set(try store.catalog.manifests(in: transaction).flatMap(\.allMatrices))
            }
        }
        for manifest in versions {
            let found = try blocks.gather(
                manifest, known: known,
                isElsewhere: { (hash) throws(ReplicationError) in
                    try ReplicationError.storing { () throws(StoreError) in
                        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                            try transaction.contains(hash, in: store.tables.blocks)
                        }
                    }
                },
                into: &locations,
                fetch: { (leading) throws(ReplicationError) in try remote.need(leading, in: blocks) { _, _ in } },
                wrapping: { .store($0) })
            if !found { isWhole = false }
        }
        return isWhole
    }

    /// Checks that the packs and the store have every block of a version between them, and leaves blocks of rows to be checked later.
    private func check(
        _ blocks: inout PackedBlocks?, _ manifest: Manifest, _ pack: PackFile, later: BlockPlan, in transaction: borrowing Reading
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
            }, later: later)
    }
}

extension PackSectionKind {
    /// Whether replicas of some contents take a section in. Blocks are brought one by one.
    fileprivate func isNeeded(by contents: RemoteContents) -> Bool {
        switch self {
        case .blocks, .itemFeatureGroups, .userFeatureGroups: false
        case .likes, .dislikes: contents == .queries
        case .events, .itemFeatureLists, .userFeatureLists: contents == .everything
        case .manifest, .users, .items, .itemFeatures, .userFeatures, .names, .blockIndex, .nameGroups: true
        }
    }
}
