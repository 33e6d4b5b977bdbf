import LMDB
public import LikenessFormat
import LikenessStore
public import ObjectStorage
import Platform

extension Replica {
    /// How far a replica is, and how far its remote.
    public struct Status: Sendable, Equatable {
        /// One alias.
        public struct Followed: Sendable, Equatable {
            /// Its name.
            public let alias: String
            /// The version that it points at in the replica; nil if the replica does not follow it.
            public let version: Version?
            /// How often it has moved on the primary, as the replica knows.
            public let moves: UInt64?
            /// When that was taken over, in milliseconds since 1970-01-01 UTC, by the replica's clock.
            public let pulled: Int64?
            /// The version that it points at in the remote; nil if that cannot be read, or has no such alias.
            public let remoteVersion: Version?
            /// How often it has moved, as the remote says.
            public let remoteMoves: UInt64?
            /// When the remote's pointer was written, by the publisher's clock.
            public let published: Int64?
            /// Whether the remote is ahead.
            public let isBehind: Bool
        }

        /// Where the replica pulls from.
        public let remote: String
        /// Where the primary is, in words.
        public let primary: String
        /// The identity of the primary's store.
        public let store: String
        /// What the replica holds beside versions.
        public let contents: RemoteContents
        /// How often another store has become the primary, as the replica knows.
        public let epoch: UInt64
        /// By name.
        public let aliases: [Followed]
        /// Packs in the remote that the replica has not taken in; nil if the remote cannot be read.
        public let packsBehind: Int?
        /// Their bytes: at most these are moved by the next pull.
        public let bytesBehind: Int?
        /// Milliseconds since the oldest pointer that the replica lacks was written; 0 if it lacks none, nil if the remote cannot be read.
        public let lag: Int64?
        /// Why the remote cannot be read.
        public let problem: String?
    }

    /// How far a replica is, and how far its remote.
    ///
    /// - Parameters:
    ///   - path: the replica.
    ///   - remote: the remote to compare with; nil for the one that it was pulled from.
    ///   - access: how a remote over the network is reached.
    /// - Throws: `ReplicationError` if there is no replica. A remote that cannot be read is part of the answer.
    /// - Complexity: O(aliases + packs that the replica lacks).
    public static func status(
        of path: String, remote: String? = nil, access: RemoteAccess = RemoteAccess()
    ) throws(ReplicationError) -> Status {
        guard let replica = try record(of: path) else { throw .store(.notFound(path: path)) }
        let remote = remote ?? replica.remote
        do throws(ReplicationError) {
            return try compare(replica, remote, access, now: WallClock.milliseconds)
        } catch {
            return Status(
                remote: remote, primary: replica.primary, store: replica.store, contents: replica.contents, epoch: replica.epoch,
                aliases: replica.aliases.keys.sorted().map { followed($0, replica, nil) }, packsBehind: nil, bytesBehind: nil, lag: nil,
                problem: error.description)
        }
    }

    private static func compare(_ replica: ReplicaRecord, _ remote: String, _ access: RemoteAccess, now: Int64) throws(ReplicationError)
        -> Status
    {
        let folder = try Remotes.open(remote, access, spool: nil)
        guard let description = try folder.record() else { throw .noRemote(remote: remote) }
        guard description.store == replica.store else {
            throw .otherStore(remote: remote, primary: description.primary, expected: replica.store, found: description.store)
        }
        var aliases: [Status.Followed] = []
        var lag: Int64 = 0
        var head: RemotePointer?
        for name in Set(try folder.aliases()).union(replica.aliases.keys).sorted() {
            let pointer = try folder.pointer(name)
            let alias = followed(name, replica, pointer)
            aliases.append(alias)
            guard let pointer, replica.aliases[name] != nil else { continue }
            if alias.isBehind { lag = max(lag, now - pointer.published) }
            if pointer.place > head?.place ?? replica.place { head = pointer }
        }
        var (packs, bytes) = (0, 0)
        if let head {
            for pack in try RemoteChain(
                folder, head: head.pack, place: head.place, store: description.store, downTo: replica.place + 1
            ).packs
            where pack.header.place > replica.place {
                packs += 1
                bytes += pack.header.packByteCount
            }
        }
        return Status(
            remote: remote, primary: description.primary, store: replica.store, contents: replica.contents, epoch: replica.epoch,
            aliases: aliases, packsBehind: packs, bytesBehind: bytes,
            lag: lag, problem: nil)
    }

    private static func followed(_ name: String, _ replica: ReplicaRecord, _ pointer: RemotePointer?) -> Status.Followed {
        let here = replica.aliases[name]
        return Status.Followed(
            alias: name, version: here?.version, moves: here?.moves, pulled: here?.pulled, remoteVersion: pointer?.version,
            remoteMoves: pointer?.moves, published: pointer?.published,
            isBehind: pointer.map { $0.order > (here?.order ?? (0, 0)) } ?? false)
    }
}
