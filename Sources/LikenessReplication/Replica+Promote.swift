import LMDB
public import LikenessFormat
import LikenessStore
public import ObjectStorage
import Platform

extension Replica {
    /// The result of a promotion.
    public struct Promotion: Sendable, Equatable {
        /// The remote that was taken over.
        public let remote: String
        /// Where the primary was before, in words.
        public let before: String
        /// Which primary the store is, one after the other: 2 for the first that takes another one's place.
        public let epoch: UInt64
        /// The aliases, and the versions that they point at.
        public let aliases: [String: Version]
    }

    /// Makes the primary of a standby: it takes likes in, fits and publishes from then on, under the identity of the primary that it followed.
    ///
    /// The remote is written first, if nobody has published to it since the standby looked. From then on the former primary's
    /// publications fail there, with words that say who took over. Then the store becomes a primary, in one transaction. What is cut off in
    /// between is done by promoting again. Other replicas and standbys go on, with the new primary's versions.
    ///
    /// - Parameters:
    ///   - path: a standby: a replica that was pulled with everything.
    ///   - remote: the remote; nil for the one that it was pulled from.
    ///   - access: how a remote over the network is reached.
    /// - Throws: `ReplicationError`: the replica is no standby, the remote has what it lacks, or another one has taken over.
    /// - Complexity: O(packs of the remote).
    @discardableResult
    public static func promote(
        _ path: String, remote: String? = nil, access: RemoteAccess = RemoteAccess()
    ) throws(ReplicationError) -> Promotion {
        guard let first = try record(of: path) else { throw .store(.notFound(path: path)) }
        if first.contents != .everything { throw .noStandby(path: path, remote: first.remote) }
        let lock = try FolderRemote.lock(Replica.lockPath(of: path))
        let store = try ReplicationError.storing { () throws(StoreError) in try Store.openForReplication(at: path) }
        // What another pull has done until the lock was there counts.
        let known = try ReplicationError.storing { () throws(StoreError) in
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in try store.replicaRecord(in: transaction) }
        }
        guard let replica = known else { throw .notAReplica(path: path) }
        let opened = try Remotes.open(remote ?? replica.remote, access, spool: nil)
        guard let (description, condition) = try opened.taggedRecord() else { throw .noRemote(remote: opened.name) }
        guard description.store == replica.store else {
            throw .otherStore(remote: opened.name, primary: description.primary, expected: replica.store, found: description.store)
        }
        let identity = VersionOrigin.text(of: store.header.identity)
        var taken = description
        let isTold = description.epoch == replica.epoch + 1 && description.standby == identity
        if !isTold {
            guard description.epoch == replica.epoch else {
                throw .takenOver(
                    remote: opened.name, primary: description.primary, since: description.since, epoch: description.epoch,
                    known: replica.epoch)
            }
            try requireUpToDate(replica, opened, description, path)
            (taken.epoch, taken.since, taken.standby) = (replica.epoch + 1, store.now(), identity)
            (taken.primary, taken.publications) = (store.publishedName, description.publications + 1)
        }
        var newest = replica.aliases.values.map(\.version).max() ?? Version(rawValue: 0)
        if let head = description.head([]) {
            let chain = try RemoteChain(opened, head: head.pack, place: head.place, store: description.store)
            newest = max(newest, chain.packs.map(\.header.version).max() ?? newest)
        }
        if !isTold { try opened.write(taken, if: condition) }
        try ReplicationError.storing { () throws(StoreError) in try store.becomePrimary(epoch: taken.epoch, after: newest) }
        _ = lock.number
        return Promotion(
            remote: opened.name, before: replica.primary, epoch: taken.epoch, aliases: replica.aliases.mapValues(\.version))
    }

    /// Refuses a standby that lacks something which was published.
    private static func requireUpToDate(
        _ replica: ReplicaRecord, _ remote: any Remote, _ description: RemoteRecord, _ path: String
    ) throws(ReplicationError) {
        var pointers: [RemotePointer] = []
        for name in Set(try remote.aliases()).union(replica.aliases.keys).sorted() {
            if let pointer = try remote.pointer(name) { pointers.append(pointer) }
        }
        let isBehind = pointers.contains { pointer in
            replica.aliases[pointer.alias].map { $0.order < pointer.order || $0.version != pointer.version } ?? false
        }
        guard !isBehind, description.head(pointers)?.pack == replica.pack else { throw .standbyIsBehind(path: path, remote: remote.name) }
    }

    /// The file that a pull locks.
    static func lockPath(of path: String) -> String {
        Folder.isFolder(path) ? path + "/replica.lock" : path + ".replica.lock"
    }
}
