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
    ///   - contents: what the remote's packs hold beside versions; nil for what they do, and in a new remote for what queries need.
    ///   - access: how a remote over the network is reached.
    ///   - progress: called after each block.
    /// - Throws: `ReplicationError`; then the remote is as it was.
    /// - Complexity: O(bytes that the remote lacks + blocks in the remote + items), beside readers and writers.
    @discardableResult
    public func publish(
        to remote: String, alias name: String = "production", holding contents: RemoteContents? = nil,
        access: RemoteAccess = RemoteAccess(), progress: (PackProgress) -> Void = { _ in }
    ) throws(ReplicationError) -> RemoteReport {
        let opened = try Remotes.open(remote, access, spool: publishingPath)
        let transaction = try ReplicationError.storing { () throws(StoreError) in try Reading(environment) }
        let known = try ReplicationError.storing { () throws(StoreError) in try replicaRecord(in: transaction) }
        if let known { throw .isReplica(path: path, remote: known.remote) }
        var publication = try Publication(self, name, opened, in: transaction)
        try opened.make()
        let lock = try opened.lock()
        if let (record, condition) = try opened.taggedRecord() {
            try requirePrimary(of: opened, record, in: transaction)
            if let contents, contents != record.contents {
                throw .otherContents(remote: remote, found: record.contents, wanted: contents)
            }
            (publication.record, publication.condition) = (record, condition)
        } else {
            let epoch = try ReplicationError.storing { () throws(StoreError) in try self.epoch(in: transaction) }
            publication.record = RemoteRecord(
                store: header.identity, primary: publishedName, created: now(), contents: contents ?? .queries, epoch: epoch)
        }
        let report = try publication.run(progress: progress, in: transaction)
        _ = lock.number
        return report
    }

    /// The store as others are told of it.
    var publishedName: String { "\(Machine.name):\(Folder.absolute(path))" }

    /// Refuses a remote of another store, or one that another store has taken over.
    func requirePrimary(of remote: any Remote, _ record: RemoteRecord, in transaction: borrowing Reading) throws(ReplicationError) {
        let identity = VersionOrigin.text(of: header.identity)
        guard record.store == identity else {
            throw .otherStore(remote: remote.name, primary: record.primary, expected: identity, found: record.store)
        }
        let epoch = try ReplicationError.storing { () throws(StoreError) in try self.epoch(in: transaction) }
        guard record.epoch <= epoch else {
            throw .takenOver(remote: remote.name, primary: record.primary, since: record.since, epoch: record.epoch, known: epoch)
        }
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
    let epoch: UInt64
    /// What the remote is, or will be, and what must be so for that to be written.
    var record: RemoteRecord
    var condition = WebFolder.Condition.isAbsent

    init(
        _ store: StoreReader, _ name: String, _ remote: any Remote, in transaction: borrowing Reading
    ) throws(ReplicationError) {
        (self.store, self.remote) = (store, remote)
        let catalog = store.catalog
        record = RemoteRecord(store: store.header.identity, primary: store.publishedName, created: 0)
        (alias, move, rootHash, aliases, epoch) = try ReplicationError.storing { () throws(StoreError) in
            let version = try catalog.manifest(at: .alias(name), in: transaction).version
            guard let alias = try catalog.alias(named: name, in: transaction),
                let move = try catalog.history(of: name, in: transaction).last,
                let rootHash = try catalog.rootHash(of: version, in: transaction)
            else { throw .catalog(.noSuchAlias(name, others: [])) }
            return (alias, move, rootHash, try catalog.aliases(in: transaction).map(\.name), try store.epoch(in: transaction))
        }
    }

    /// The event that the last forget ended with; nil if nobody was forgotten.
    private func forgotten(in transaction: borrowing Reading) throws(ReplicationError) -> SequenceNumber? {
        try ReplicationError.storing { () throws(StoreError) in try Forgotten.read(store.tables, in: transaction)?.sequence }
    }

    mutating func run(
        progress: (PackProgress) -> Void, in transaction: borrowing Reading
    ) throws(ReplicationError) -> RemoteReport {
        var pointers: [RemotePointer] = []
        var pointerCondition = WebFolder.Condition.isAbsent
        for name in Set(try remote.aliases() + aliases).sorted() {
            guard let (pointer, tag) = try remote.taggedPointer(name) else { continue }
            pointers.append(pointer)
            if name == alias.name { pointerCondition = tag.map { .isStill($0) } ?? .none }
        }
        let present = pointers.first { $0.alias == alias.name }
        if let present, present.epoch >= epoch {
            if present.order > (epoch, alias.moves) {
                throw .olderPrimary(alias: alias.name, remote: remote.name, remoteMoves: present.moves, moves: alias.moves)
            }
            if present.order == (epoch, alias.moves) {
                guard present.version == alias.version, present.rootHash == rootHash else {
                    // A version that forgot somebody has another hash.
                    if present.version == alias.version, try forgotten(in: transaction) != nil { throw .forgotten(remote: remote.name) }
                    throw .olderPrimary(alias: alias.name, remote: remote.name, remoteMoves: present.moves, moves: alias.moves)
                }
                return report(isMoved: false, nil)
            }
        }
        let head = record.head(pointers)
        let chain = try head.map { head throws(ReplicationError) in
            try RemoteChain(remote, head: head.pack, place: head.place, store: VersionOrigin.text(of: store.header.identity))
        }
        if let first = chain?.packs.first {
            if let forgotten = try forgotten(in: transaction), first.header.sequence < forgotten { throw .forgotten(remote: remote.name) }
        }
        if let chain { try requireAncestor(chain, in: transaction) }
        var written: PackHeader?
        var last = head
        if let chain, let pack = chain.pack(of: alias.version) {
            _ = try chain.manifest(in: pack, rootHash: rootHash)
        } else {
            var scope = PackScope(first: 1, record.contents)
            if let chain { scope = try store.scope(after: chain, of: remote, record.contents, in: transaction) }
            let header = try store.writePack(alias.version, scope, to: remote, progress: progress, in: transaction)
            last = (header.hash, header.place)
            written = header
        }
        guard let last else { throw .missingVersion(alias.version, remote: remote.name) }
        if written != nil || record.epoch != epoch {
            // Of two publishers that have read the same record only one can write the next.
            record.advance(to: last, epoch: epoch, store)
            try remote.write(record, if: condition)
        }
        try remote.write(
            RemotePointer(
                alias: alias.name, version: alias.version, rootHash: rootHash, epoch: epoch, moves: alias.moves, kind: move.kind,
                who: move.who, when: move.when, pack: last.pack, place: last.place, published: store.now()), if: pointerCondition)
        remote.clear(keeping: Set(chain?.packs.map(\.header.hash) ?? []))
        return report(isMoved: true, written)
    }

    /// Refuses a remote whose packs are not of this store's own past: two copies of a store that publish to it would mix what each has.
    private func requireAncestor(_ chain: RemoteChain, in transaction: borrowing Reading) throws(ReplicationError) {
        guard let newest = chain.packs.last else { return }
        func diverged(_ reason: String) -> ReplicationError { .diverged(remote: remote.name, primary: record.primary, reason: reason) }
        let (version, header) = (newest.header.version, newest.header)
        let (known, sequence, lengths) = try ReplicationError.storing { () throws(StoreError) in
            var lengths: [RowKind: Int] = [:]
            for kind in RowKind.allCases { lengths[kind] = Int(try Vocabulary(kind, in: store.tables).length(in: transaction)) }
            return (
                try store.catalog.rootHash(of: version, in: transaction), try LikesLog(store.tables).lastSequence(in: transaction), lengths
            )
        }
        guard sequence >= header.sequence, RowKind.allCases.allSatisfy({ lengths[$0] ?? 0 >= header.lengths[$0] }) else {
            throw diverged("has ids or likes that this store lacks")
        }
        guard let known else { return }
        let found = try chain.manifest(in: newest).rootHash
        if found != known { throw diverged("has another \(version)") }
    }

    private func report(isMoved: Bool, _ written: PackHeader?) -> RemoteReport {
        RemoteReport(
            alias: alias.name, version: alias.version, moves: alias.moves, isMoved: isMoved, pack: written?.hash.hexadecimal,
            blocks: written?[.blocks].records ?? 0, bytes: written?.packByteCount ?? 0, isUnconditional: remote.isUnconditional)
    }
}

extension PackScope {
    /// All of a version, as the first of the packs that replicas take in one after the other.
    init(first place: UInt64, _ contents: RemoteContents) {
        self.init()
        (nameGroups, self.place) = ([], place)
        if contents == .withoutLikes { users = [] }
        if contents == .everything { (events, itemFeatureGroups, userFeatureGroups) = (.zero, [], []) }
    }
}

extension RemoteRecord {
    /// The newest pack and its place, as the record or any pointer says; nil if there is none. A pointer may be ahead where the record could not be
    /// written conditionally, and lags behind where a publication was cut off.
    func head(_ pointers: [RemotePointer]) -> (pack: BlockHash, place: UInt64)? {
        let pointed = pointers.max { $0.place < $1.place }.map { ($0.pack, $0.place) }
        guard let pack else { return pointed }
        if let pointed, pointed.1 > place { return pointed }
        return (pack, place)
    }

    /// Counts one more publication, which leads to a pack.
    mutating func advance(to head: (pack: BlockHash, place: UInt64), epoch: UInt64, _ store: StoreReader) {
        if epoch != self.epoch { (since, standby) = (store.now(), nil) }
        (pack, place, self.epoch, primary) = (head.pack, head.place, epoch, store.publishedName)
        publications += 1
    }
}

extension StoreReader {
    /// What a pack after a chain is to have.
    func scope(
        after chain: RemoteChain, of remote: any Remote, _ contents: RemoteContents, in transaction: borrowing Reading
    ) throws(ReplicationError) -> PackScope {
        guard let last = chain.packs.last else { return PackScope(first: 1, contents) }
        var scope = PackScope()
        (scope.place, scope.previous, scope.lengths) = (last.header.place + 1, last.header.hash, last.header.lengths)
        scope.blocks = Set(try chain.blocks()?.hashes.map { $0 } ?? [])
        let kinds: [PackSectionKind] = contents == .everything ? [.nameGroups, .itemFeatureGroups, .userFeatureGroups] : [.nameGroups]
        try remote.need(kinds, of: [last]) { _, _ in }
        let (groups, users) = try ReplicationError.storing { () throws(StoreError) -> ([[UInt32]], [UInt32]) in
            var groups: [[UInt32]] = []
            for kind in kinds {
                try last.check(kind)
                groups.append(try last.groups(kind))
            }
            last.close()
            if contents == .withoutLikes { return (groups, []) }
            let events = try LikesLog(tables).events(after: last.header.sequence, readsTimes: false, in: transaction)
            let concerned = events.users.indices.filter { events.kinds?[$0] != EventKind.erased.rawValue }
            return (groups, Set(concerned.map { events.users[$0] }).sorted())
        }
        scope.nameGroups = groups[0]
        scope.users = users
        if contents == .everything {
            scope.events = last.header.sequence
            scope.itemFeatureGroups = groups[1]
            scope.userFeatureGroups = groups[2]
        }
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
