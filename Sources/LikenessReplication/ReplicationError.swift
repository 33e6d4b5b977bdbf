public import LikenessFormat
public import LikenessStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why a remote could not be published to, or a replica not be brought up to date. What the replica answered before, it answers still.
public enum ReplicationError: Error, Equatable, Sendable {
    /// The remote is of a kind that this build does not know.
    case unsupported(remote: String)
    /// Nothing has been published there.
    case noRemote(remote: String)
    /// A file of the remote could not be read or written.
    case file(path: String, reason: String)
    /// A file of the remote is not what was written.
    case damaged(path: String, reason: String)
    /// A pack that the remote needs is not there.
    case missingPack(path: String)
    /// The remote is of another store than was expected; `primary` is where that store is.
    case otherStore(remote: String, primary: String, expected: String, found: String)
    /// The remote has no such alias.
    case noAlias(String, remote: String, others: [String])
    /// The remote has moves of an alias that the store which would publish does not know.
    case olderPrimary(alias: String, remote: String, remoteMoves: UInt64, moves: UInt64)
    /// The remote is further back than the replica.
    case wentBack(alias: String, remote: String, remoteMoves: UInt64, moves: UInt64)
    /// The remote's packs are not those that the replica was made from.
    case madeAnew(remote: String, path: String)
    /// No pack of the remote has the version that an alias of it points at.
    case missingVersion(Version, remote: String)
    /// The path leads to a store that is no replica.
    case notAReplica(path: String)
    /// A replica was to publish.
    case isReplica(path: String, remote: String)
    /// Another process has written a file of the remote meanwhile.
    case raced(path: String)
    /// The remote can be pulled from, and not be written.
    case readOnly(remote: String)
    /// No pack of the remote has a version that was asked for.
    case noVersion(Version, remote: String, others: [Version])
    /// An alias of the remote leads to a version that the store no longer has.
    case lacksVersion(Version, alias: String, remote: String)
    /// More bytes would come over the network than are allowed.
    case tooLarge(remote: String, bytes: Int, limit: Int)
    /// Another process is at it.
    case busy(path: String)
    /// The store, or a pack: its words.
    case store(StoreError)
    /// The remote has packs from before something was forgotten on the primary.
    case forgotten(remote: String)
    /// Another store has become the primary, and this one no longer is.
    case takenOver(remote: String, primary: String, since: Int64, epoch: UInt64, known: UInt64)
    /// The remote is as of a primary before the one that the replica knows.
    case formerPrimary(remote: String, epoch: UInt64, known: UInt64)
    /// The remote has what this store does not, or has otherwise: a copy of the store has published.
    case diverged(remote: String, primary: String, reason: String)
    /// The remote holds something else than was asked for.
    case otherContents(remote: String, found: RemoteContents, wanted: RemoteContents)
    /// The replica holds something else than was asked for.
    case otherReplica(path: String, found: RemoteContents, wanted: RemoteContents)
    /// A replica that is no standby was to take the primary's place.
    case noStandby(path: String, remote: String)
    /// A standby lacks what the remote has.
    case standbyIsBehind(path: String, remote: String)
}

extension ReplicationError {
    /// Whether a pack was not there that a moment before was: it may have been packed anew.
    var isOfLostPack: Bool {
        switch self {
        case .missingPack, .store(.pack(.file)): true
        default: false
        }
    }

    /// The value of `body`, or the store's error as one of replication.
    static func storing<Value: ~Copyable>(_ body: () throws(StoreError) -> Value) throws(ReplicationError) -> Value {
        do { return try body() } catch { throw .store(error) }
    }
}

extension ReplicationError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .unsupported(let remote):
            "\(remote) is no remote: name a folder, s3://bucket/prefix, or the address of a web server's folder (http://, https://)"
        case .noRemote(let remote):
            "there is no remote in \(remote). Make one with `likeness replica publish \(remote)` on the primary, or check the path"
        case .file(let path, let reason): "\(path): \(reason)"
        case .damaged(let path, let reason):
            "\(path) is damaged: \(reason). Nothing was taken in. Run `likeness replica verify` on the remote, and copy the file again"
        case .missingPack(let path):
            "\(path) is missing, and the remote needs it. Nothing was taken in. Wait until the whole remote is copied, or copy it again"
        case .otherStore(let remote, let primary, let expected, let found):
            "\(remote) belongs to store \(found) (\(primary)), and not to \(expected). Use a remote of its own for each primary, and a "
                + "folder of its own for each replica"
        case .noAlias(let name, let remote, let others):
            "\(remote) has no alias '\(name)'; "
                + (others.isEmpty ? "it has none yet" : "it has: " + others.joined(separator: ", "))
                + ". Publish it with `likeness replica publish \(remote) --alias \(name)`"
        case .olderPrimary(let alias, let remote, let remoteMoves, let moves):
            "\(remote) has \(remoteMoves) moves of '\(alias)' and this store has \(moves): it is an older copy of the primary, or another store "
                + "has published since. Nothing was published. Publish from the store that is ahead, or to an empty folder"
        case .wentBack(let alias, let remote, let remoteMoves, let moves):
            "\(remote) has \(remoteMoves) moves of '\(alias)' and this replica is at move \(moves): an older copy of the remote is there. The "
                + "replica stays as it is. Wait for the newer one, or accept the older with --allow-rollback-of-remote"
        case .madeAnew(let remote, let path):
            "\(remote) holds other packs than the replica at \(path) was made from: it was made anew. Pull it into an empty folder"
        case .missingVersion(let version, let remote):
            "no pack in \(remote) has \(version), at which an alias points. Publish it again on the primary"
        case .notAReplica(let path):
            "the store at \(path) is no replica. Make one in a folder of its own: `likeness replica pull REMOTE --store DIR`"
        case .isReplica(let path, let remote): "the store at \(path) is itself a replica of \(remote). Publish from the primary"
        case .raced(let path): "\(path) was written by another publisher meanwhile. Its version stays. Run the command again"
        case .readOnly(let remote):
            "\(remote) is a web server's folder, which replicas pull from and nobody publishes to. Publish to the folder that it serves, or to "
                + "s3://bucket/prefix"
        case .noVersion(let version, let remote, let others):
            "no pack in \(remote) has \(version). It has \(others.map { "\($0)" }.joined(separator: ", "))"
        case .lacksVersion(let version, let alias, let remote):
            "'\(alias)' in \(remote) points at \(version), which this store no longer has. Nothing was removed. Publish the alias again "
                + "(`likeness replica publish \(remote) --alias \(alias)`), or delete its pointer"
        case .tooLarge(let remote, let bytes, let limit):
            "\(bytes) bytes would come from \(remote), and at most \(limit) may. The replica stays as it is. Allow more with --max-size"
        case .busy(let path): "another process holds \(path). Run the command again when it is done"
        case .store(let error): error.description
        case .takenOver(let remote, let primary, let since, let epoch, let known):
            "\(primary) has taken over \(remote) (epoch \(epoch), since \(ReplicationError.time(since))), and this store is at epoch \(known): "
                + "it is the primary no longer, and nothing was changed. Go on there; make a replica or a standby here in a folder of its own, with "
                + "`likeness replica pull \(remote)`"
        case .formerPrimary(let remote, let epoch, let known):
            "\(remote) is as of epoch \(epoch) and this replica is at epoch \(known): an older copy of the remote is there, from before another primary "
                + "took over. The replica stays as it is. Wait for the newer one, or accept the older with --allow-rollback-of-remote"
        case .diverged(let remote, let primary, let reason):
            "\(remote) \(reason): another copy of this store has published, last \(primary). Nothing was published. Publish from the copy that is "
                + "ahead, or to an empty folder"
        case .otherContents(let remote, let found, let wanted):
            "\(remote) holds \(found.words), and \(wanted.words) were asked for. Nothing was changed. Publish to an empty folder with "
                + "`likeness replica publish DIR\(wanted.option)`"
        case .otherReplica(let path, let found, let wanted):
            "the replica at \(path) holds \(found.words), and \(wanted.words) were asked for. It stays as it is. Pull into an empty folder"
        case .noStandby(let path, let remote):
            "the replica at \(path) lacks the log and the features that a primary needs. Nothing was changed. Promote a standby, which "
                + "`likeness replica pull \(remote) --full` makes in a folder of its own"
        case .standbyIsBehind(let path, let remote):
            "the standby at \(path) lacks what was published to \(remote) since its last pull. Nothing was changed. Run "
                + "`likeness replica pull \(remote) --full --store \(path)`, then promote again"
        case .forgotten(let remote):
            "\(remote) holds packs from before users or items were forgotten, and packs never change. Publish to a new folder, let replicas be made "
                + "from it, and remove \(remote)"
        }
    }
}

extension ReplicationError {
    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
    }
}

extension RemoteContents {
    /// In messages.
    fileprivate var words: String {
        switch self {
        case .queries: "versions and likes"
        case .withoutLikes: "versions without likes"
        case .everything: "versions, the log and features"
        }
    }

    /// What a command needs for it.
    fileprivate var option: String {
        switch self {
        case .queries: ""
        case .withoutLikes: " --without-likes"
        case .everything: " --full"
        }
    }
}
