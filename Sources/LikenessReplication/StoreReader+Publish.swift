import LMDB
public import LikenessFormat
public import LikenessStore
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
    ///   - remote: a folder, made if it is missing.
    ///   - progress: called after each block.
    /// - Throws: `ReplicationError`; then the remote is as it was.
    /// - Complexity: O(bytes that the remote lacks + blocks in the remote + items), beside readers and writers.
    @discardableResult
    public func publish(
        to remote: String, alias name: String = "production", progress: (PackProgress) -> Void = { _ in }
    ) throws(ReplicationError) -> RemoteReport {
        let folder = try RemoteFolder(remote)
        let transaction = try ReplicationError.storing { () throws(StoreError) in try Reading(environment) }
        let known = try ReplicationError.storing { () throws(StoreError) in try replicaRecord(in: transaction) }
        if let known { throw .isReplica(path: path, remote: known.remote) }
        let publication = try Publication(self, name, in: transaction)
        try folder.make()
        let lock = try folder.lock()
        let identity = VersionOrigin.text(of: header.identity)
        if let record = try folder.record() {
            guard record.store == identity else {
                throw .otherStore(remote: remote, primary: record.primary, expected: identity, found: record.store)
            }
        } else {
            try folder.write(RemoteRecord(store: header.identity, primary: "\(Machine.name):\(Folder.absolute(path))", created: now()))
        }
        let report = try publication.run(folder, remote, progress: progress, in: transaction)
        _ = lock.number
        return report
    }
}

/// One alias on its way to a remote.
private struct Publication {
    let store: StoreReader
    let alias: Alias
    let move: AliasMove
    let rootHash: BlockHash

    init(_ store: StoreReader, _ name: String, in transaction: borrowing Reading) throws(ReplicationError) {
        self.store = store
        let catalog = store.catalog
        (alias, move, rootHash) = try ReplicationError.storing { () throws(StoreError) in
            let version = try catalog.manifest(at: .alias(name), in: transaction).version
            guard let alias = try catalog.alias(named: name, in: transaction),
                let move = try catalog.history(of: name, in: transaction).last,
                let rootHash = try catalog.rootHash(of: version, in: transaction)
            else { throw .catalog(.noSuchAlias(name, others: [])) }
            return (alias, move, rootHash)
        }
    }

    func run(
        _ folder: RemoteFolder, _ remote: String, progress: (PackProgress) -> Void, in transaction: borrowing Reading
    ) throws(ReplicationError) -> RemoteReport {
        var pointers: [RemotePointer] = []
        for name in folder.aliases() {
            if let pointer = try folder.pointer(name) { pointers.append(pointer) }
        }
        let present = pointers.first { $0.alias == alias.name }
        if let present {
            if present.moves > alias.moves {
                throw .olderPrimary(alias: alias.name, remote: remote, remoteMoves: present.moves, moves: alias.moves)
            }
            if present.moves == alias.moves {
                guard present.version == alias.version, present.rootHash == rootHash else {
                    throw .olderPrimary(alias: alias.name, remote: remote, remoteMoves: present.moves, moves: alias.moves)
                }
                return report(isMoved: false, nil)
            }
        }
        let head = pointers.max { $0.place < $1.place }
        let chain = try head.map { head throws(ReplicationError) in
            try RemoteChain(folder, head: head.pack, place: head.place, store: VersionOrigin.text(of: store.header.identity))
        }
        if let first = chain?.packs.first {
            let forgotten = try ReplicationError.storing { () throws(StoreError) in
                try Forgotten.read(store.tables, in: transaction)?.sequence
            }
            if let forgotten, first.header.sequence < forgotten { throw .forgotten(remote: remote) }
        }
        var written: PackHeader?
        var last = (hash: head?.pack, place: head?.place ?? 0)
        if let pack = chain?.pack(of: alias.version) {
            _ = try pack.manifest(rootHash: rootHash)
            pack.close()
        } else {
            let header = try write(folder, after: chain, progress: progress, in: transaction)
            last = (header.hash, header.place)
            written = header
        }
        guard let hash = last.hash else { throw .missingVersion(alias.version, remote: remote) }
        try folder.write(
            RemotePointer(
                alias: alias.name, version: alias.version, rootHash: rootHash, moves: alias.moves, kind: move.kind, who: move.who,
                when: move.when, pack: hash, place: last.place, published: store.now()))
        return report(isMoved: true, written)
    }

    private func report(isMoved: Bool, _ written: PackHeader?) -> RemoteReport {
        RemoteReport(
            alias: alias.name, version: alias.version, moves: alias.moves, isMoved: isMoved, pack: written?.hash.hexadecimal,
            blocks: written?[.blocks].records ?? 0, bytes: written?.packByteCount ?? 0)
    }

    /// Writes what the remote lacks of the version as a pack.
    private func write(
        _ folder: RemoteFolder, after chain: RemoteChain?, progress: (PackProgress) -> Void, in transaction: borrowing Reading
    ) throws(ReplicationError) -> PackHeader {
        var scope = PackScope()
        scope.nameGroups = []
        scope.place = 1
        if let chain, let last = chain.packs.last {
            (scope.place, scope.previous, scope.lengths) = (last.header.place + 1, last.header.hash, last.header.lengths)
            scope.blocks = Set(try chain.blocks()?.hashes.map { $0 } ?? [])
            let (groups, users) = try ReplicationError.storing { () throws(StoreError) in
                try last.check(.nameGroups)
                let groups = try last.nameGroups()
                last.close()
                let events = try LikesLog(store.tables).events(after: last.header.sequence, readsTimes: false, in: transaction)
                let concerned = events.users.indices.filter { events.kinds?[$0] != EventKind.erased.rawValue }
                return (groups, Set(concerned.map { events.users[$0] }).sorted())
            }
            (scope.nameGroups, scope.users) = (.some(groups), .some(users))
        }
        let path = folder.unfinishedPackPath
        do { try Folder.remove(path) } catch { throw .file(path: path, reason: "it cannot be removed: \(error)") }
        let header = try ReplicationError.storing { () throws(StoreError) in
            let builder = try PackBuilder(store, alias.version, scope, to: path, in: transaction)
            return try builder.run(in: transaction, progress: progress).header
        }
        try folder.keepPack(header.hash)
        return header
    }
}
