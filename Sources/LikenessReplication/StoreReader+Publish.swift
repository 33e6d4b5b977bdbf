import LMDB
public import LikenessFormat
public import LikenessStore
public import ObjectStorage
import Platform

/// The result of publishing to a remote.
public struct RemoteReport: Sendable, Equatable {
    /// The alias.
    public let alias: String
    /// The version that it points at, here and in the remote.
    public let version: Version
    /// How often the alias has moved.
    public let moves: UInt64
    /// Whether the pointer was written: false if the remote was up to date.
    public let isMoved: Bool
    /// The hash of the pack that was written; nil if the remote had the version already.
    public let pack: String?
    /// Blocks in that pack.
    public let blocks: Int
    /// Bytes that were written to the remote.
    public let bytes: Int
    /// Whether the remote's server knows no conditions, so that another publisher's pointer would have been overwritten unseen.
    public let isUnconditional: Bool
}

extension StoreReader {
    /// Publishes the version that an alias points at to a remote, from where replicas pull it.
    ///
    /// What the remote has already is not written again: a continuation moves the blocks that it wrote, the ids and likes that are new, and
    /// little else; a version that the remote knows, such as after a rollback, moves only the pointer. The pointer is replaced as a whole
    /// and last, so that a publication which is cut off changes nothing, and can be done again.
    ///
    /// ```swift
    /// try store.publish(to: "/mnt/models")
    /// ```
    /// - Parameters:
    ///   - remote: a folder, made if it is missing, or `s3://bucket/prefix`.
    ///   - name: the alias.
    ///   - access: how a remote over the network is reached.
    ///   - progress: called after each block.
    /// - Throws: `ReplicationError`; then the remote is as it was.
    /// - Complexity: O(bytes that the remote lacks + blocks in the remote + items), beside readers and writers.
    @discardableResult
    public func publish(
        to remote: String, alias name: String = "production", access: RemoteAccess = RemoteAccess(),
        progress: (PackProgress) -> Void = { _ in }
    ) throws(ReplicationError) -> RemoteReport {
        let opened = try Remotes.open(remote, access, spool: publishingPath)
        let transaction = try ReplicationError.storing { () throws(StoreError) in try Reading(environment) }
        let known = try ReplicationError.storing { () throws(StoreError) in try replicaRecord(in: transaction) }
        if let known { throw .isReplica(path: path, remote: known.remote) }
        let publication = try Publication(self, name, opened, in: transaction)
        try opened.make()
        let lock = try opened.lock()
        let identity = VersionOrigin.text(of: header.identity)
        if let record = try opened.record() {
            guard record.store == identity else {
                throw .otherStore(remote: remote, primary: record.primary, expected: identity, found: record.store)
            }
        } else {
            try opened.write(RemoteRecord(store: header.identity, primary: "\(Machine.name):\(Folder.absolute(path))", created: now()))
        }
        let report = try publication.run(progress: progress, in: transaction)
        _ = lock.number
        return report
    }

    /// Where packs are written before they go over the network, and what is known of those that are there.
    var publishingPath: String {
        FileIdentity(path)?.isRegular == true ? path + ".publishing" : path + "/publishing"
    }
}

/// One alias on its way to a remote.
private struct Publication {
    let store: StoreReader
    let remote: any Remote
    let alias: Alias
    let move: AliasMove
    let rootHash: BlockHash
    /// The names of the store's aliases: their pointers are read even where a list of them is not up to date.
    let aliases: [String]

    init(
        _ store: StoreReader, _ name: String, _ remote: any Remote, in transaction: borrowing Reading
    ) throws(ReplicationError) {
        (self.store, self.remote) = (store, remote)
        let catalog = store.catalog
        (alias, move, rootHash, aliases) = try ReplicationError.storing { () throws(StoreError) in
            let version = try catalog.manifest(at: .alias(name), in: transaction).version
            guard let alias = try catalog.alias(named: name, in: transaction),
                let move = try catalog.history(of: name, in: transaction).last,
                let rootHash = try catalog.rootHash(of: version, in: transaction)
            else { throw .catalog(.noSuchAlias(name, others: [])) }
            return (alias, move, rootHash, try catalog.aliases(in: transaction).map(\.name))
        }
    }

    func run(progress: (PackProgress) -> Void, in transaction: borrowing Reading) throws(ReplicationError) -> RemoteReport {
        var pointers: [RemotePointer] = []
        var condition = WebFolder.Condition.isAbsent
        for name in Set(try remote.aliases() + aliases).sorted() {
            guard let (pointer, tag) = try remote.taggedPointer(name) else { continue }
            pointers.append(pointer)
            if name == alias.name { condition = tag.map { .isStill($0) } ?? .none }
        }
        let present = pointers.first { $0.alias == alias.name }
        if let present {
            if present.moves > alias.moves {
                throw .olderPrimary(alias: alias.name, remote: remote.name, remoteMoves: present.moves, moves: alias.moves)
            }
            if present.moves == alias.moves {
                guard present.version == alias.version, present.rootHash == rootHash else {
                    throw .olderPrimary(alias: alias.name, remote: remote.name, remoteMoves: present.moves, moves: alias.moves)
                }
                return report(isMoved: false, nil)
            }
        }
        let head = pointers.max { $0.place < $1.place }
        let chain = try head.map { head throws(ReplicationError) in
            try RemoteChain(remote, head: head.pack, place: head.place, store: VersionOrigin.text(of: store.header.identity))
        }
        if let first = chain?.packs.first {
            let forgotten = try ReplicationError.storing { () throws(StoreError) in
                try Forgotten.read(store.tables, in: transaction)?.sequence
            }
            if let forgotten, first.header.sequence < forgotten { throw .forgotten(remote: remote.name) }
        }
        var written: PackHeader?
        var last = (hash: head?.pack, place: head?.place ?? 0)
        if let chain, let pack = chain.pack(of: alias.version) {
            _ = try chain.manifest(in: pack, rootHash: rootHash)
        } else {
            var scope = PackScope(first: 1)
            if let chain { scope = try store.scope(after: chain, of: remote, in: transaction) }
            let header = try store.writePack(alias.version, scope, to: remote, progress: progress, in: transaction)
            last = (header.hash, header.place)
            written = header
        }
        guard let hash = last.hash else { throw .missingVersion(alias.version, remote: remote.name) }
        try remote.write(
            RemotePointer(
                alias: alias.name, version: alias.version, rootHash: rootHash, moves: alias.moves, kind: move.kind, who: move.who,
                when: move.when, pack: hash, place: last.place, published: store.now()), if: condition)
        remote.clear(keeping: Set(chain?.packs.map(\.header.hash) ?? []))
        return report(isMoved: true, written)
    }

    private func report(isMoved: Bool, _ written: PackHeader?) -> RemoteReport {
        RemoteReport(
            alias: alias.name, version: alias.version, moves: alias.moves, isMoved: isMoved, pack: written?.hash.hexadecimal,
            blocks: written?[.blocks].records ?? 0, bytes: written?.packByteCount ?? 0, isUnconditional: remote.isUnconditional)
    }
}

extension PackScope {
    /// All of a version, as the first of the packs that replicas take in one after the other.
    init(first place: UInt64) {
        self.init()
        (nameGroups, self.place) = ([], place)
    }
}

extension StoreReader {
    /// What a pack after a chain is to have.
    func scope(
        after chain: RemoteChain, of remote: any Remote, in transaction: borrowing Reading
    ) throws(ReplicationError) -> PackScope {
        guard let last = chain.packs.last else { return PackScope(first: 1) }
        var scope = PackScope()
        (scope.place, scope.previous, scope.lengths) = (last.header.place + 1, last.header.hash, last.header.lengths)
        scope.blocks = Set(try chain.blocks()?.hashes.map { $0 } ?? [])
        try remote.need([.nameGroups], of: [last]) { _, _ in }
        let (groups, users) = try ReplicationError.storing { () throws(StoreError) in
            try last.check(.nameGroups)
            let groups = try last.nameGroups()
            last.close()
            let events = try LikesLog(tables).events(after: last.header.sequence, readsTimes: false, in: transaction)
            let concerned = events.users.indices.filter { events.kinds?[$0] != EventKind.erased.rawValue }
            return (groups, Set(concerned.map { events.users[$0] }).sorted())
        }
        (scope.nameGroups, scope.users) = (.some(groups), .some(users))
        return scope
    }

    /// Writes what a remote lacks of a version as a pack.
    func writePack(
        _ version: Version, _ scope: PackScope, to remote: any Remote, progress: (PackProgress) -> Void,
        in transaction: borrowing Reading
    ) throws(ReplicationError) -> PackHeader {
        let path = remote.unfinishedPackPath
        do { try Folder.remove(path) } catch { throw .file(path: path, reason: "it cannot be removed: \(error)") }
        let header = try ReplicationError.storing { () throws(StoreError) in
            let builder = try PackBuilder(self, version, scope, to: path, in: transaction)
            var before = 0
            return try builder.run(in: transaction) { now in
                remote.rate?.take(now.bytes - before)
                before = now.bytes
                progress(now)
            }.header
        }
        try remote.keepPack(header.hash) {
            progress(PackProgress(phase: .sending, bytes: $0, totalBytes: header.packByteCount))
        }
        return header
    }
}
