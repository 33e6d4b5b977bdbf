/// What the packs of a remote, and the replicas made from them, hold beside versions, ids and names.
public enum RemoteContents: String, Sendable, Codable, CaseIterable {
    /// What users like and dislike, so that queries leave out what they know.
    case queries
    /// No likes: queries answer, and leave nothing out.
    case withoutLikes
    /// The log and all features: a standby, which can take the primary's place.
    case everything
}

/// What a remote is: the file `remote` in its folder, sealed JSON, replaced as a whole.
package struct RemoteRecord: Sendable, Codable, Equatable {
    /// The newest layout that this build reads, and the one it writes.
    package static let currentLayout = 1
    /// A file of more bytes is no record.
    package static let byteLimit = 1 << 20

    package let layout: Int
    /// The identity of the store that publishes to it, 32 hexadecimal digits.
    package let store: String
    /// Where that store is, in words.
    package var primary: String
    /// When the remote was made, in milliseconds since 1970-01-01 UTC.
    package let created: Int64
    /// What its packs hold.
    package let contents: RemoteContents
    /// Which of the stores that were the primary one after the other it is: 1, and one more after each takeover. Whoever has a lower number no
    /// longer publishes.
    package var epoch: UInt64
    /// When the epoch began, in milliseconds since 1970-01-01 UTC.
    package var since: Int64
    /// The identity that the primary had as a standby; nil in the first epoch.
    package var standby: String?
    /// How many packs were published: each publication writes the next number in place of the one that it has read, so that of two at once
    /// one fails.
    package var publications: UInt64 = 0
    /// The newest pack, and its place; nil and 0 before the first.
    package var pack: BlockHash?
    package var place: UInt64 = 0

    package init(
        store: (UInt64, UInt64), primary: String, created: Int64, contents: RemoteContents = .queries, epoch: UInt64 = 1
    ) {
        (layout, self.store, self.primary) = (RemoteRecord.currentLayout, VersionOrigin.text(of: store), primary)
        (self.created, self.contents, self.epoch, since) = (created, contents, epoch, created)
    }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan) throws(Damage) -> RemoteRecord {
        let remote = try SealedJSON.open(record, as: RemoteRecord.self)
        guard remote.layout == currentLayout else {
            throw Damage("it has layout \(remote.layout), and this build reads layout \(currentLayout); use a newer `likeness`")
        }
        for identity in [remote.store, remote.standby ?? remote.store] where !VersionOrigin.isIdentity(identity) {
            throw Damage("'\(identity.prefix(64))' is the identity of no store")
        }
        guard (1...1 << 53).contains(remote.epoch), remote.publications <= 1 << 53, remote.place <= 1 << 53,
            (remote.pack == nil) == (remote.place == 0)
        else { throw Damage("its numbers do not fit each other") }
        return remote
    }
}

/// Where an alias points in a remote: a file of the alias's name in the folder `aliases`, sealed JSON, replaced as a whole.
package struct RemotePointer: Sendable, Codable, Equatable {
    package let alias: String
    package let version: Version
    /// The SHA-256 of the version's manifest.
    package let rootHash: BlockHash
    /// The epoch of the primary that wrote it.
    package let epoch: UInt64
    /// How often the alias has moved there: of one epoch, a pointer with fewer moves is an old one.
    package let moves: UInt64
    /// How the last of the moves came about, who made it, and when (milliseconds since 1970-01-01 UTC).
    package let kind: AliasMove.Kind
    package let who: String
    package let when: Int64
    /// The newest pack of the remote when the pointer was written, and its place.
    package let pack: BlockHash
    package let place: UInt64
    /// When the pointer was written, by the clock of the publisher.
    package let published: Int64

    package init(
        alias: String, version: Version, rootHash: BlockHash, epoch: UInt64 = 1, moves: UInt64, kind: AliasMove.Kind, who: String,
        when: Int64, pack: BlockHash, place: UInt64, published: Int64
    ) {
        (self.alias, self.version, self.rootHash, self.epoch, self.moves) = (alias, version, rootHash, epoch, moves)
        (self.kind, self.who, self.when) = (kind, who, when)
        (self.pack, self.place, self.published) = (pack, place, published)
    }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan, alias: AliasName) throws(Damage) -> RemotePointer {
        let pointer = try SealedJSON.open(record, as: RemotePointer.self)
        guard pointer.alias == alias.text else { throw Damage("it is the pointer of another alias") }
        guard pointer.version.isSound else { throw Damage("\(pointer.version) is no version") }
        guard (1...1 << 53).contains(pointer.moves), (1...1 << 53).contains(pointer.place), (1...1 << 53).contains(pointer.epoch) else {
            throw Damage("it counts \(pointer.moves) moves and \(pointer.place) packs in epoch \(pointer.epoch)")
        }
        return pointer
    }

    /// Tells pointers of one alias that are older from those that are newer.
    package var order: (epoch: UInt64, moves: UInt64) { (epoch, moves) }
}

/// What a replica knows of its remote: `meta`, key `replica`, sealed JSON.
package struct ReplicaRecord: Sendable, Codable, Equatable {
    /// What an alias of the replica is as of.
    package struct Followed: Sendable, Codable, Equatable {
        package let version: Version
        package let epoch: UInt64
        package let moves: UInt64
        /// When the publisher wrote the pointer, and when it was taken over: milliseconds since 1970-01-01 UTC, each by its own clock.
        package let published: Int64
        package let pulled: Int64

        package init(version: Version, epoch: UInt64 = 1, moves: UInt64, published: Int64, pulled: Int64) {
            (self.version, self.epoch, self.moves) = (version, epoch, moves)
            (self.published, self.pulled) = (published, pulled)
        }

        /// Tells what is older from what is newer.
        package var order: (epoch: UInt64, moves: UInt64) { (epoch, moves) }
    }

    /// Where it pulls from.
    package var remote: String
    /// The identity of the primary's store, and where that is, in words.
    package var store: String
    package var primary: String
    /// What it holds of what the packs do.
    package let contents: RemoteContents
    /// The epoch of the remote when it was pulled from last.
    package var epoch: UInt64
    /// The last pack of which ids, names and likes were taken in; nil before the first.
    package var pack: BlockHash?
    package var place: UInt64
    /// By name.
    package var aliases: [String: Followed]

    package init(remote: String, store: String, primary: String, contents: RemoteContents = .queries, epoch: UInt64 = 1) {
        (self.remote, self.store, self.primary) = (remote, store, primary)
        (self.contents, self.epoch) = (contents, epoch)
        (pack, place, aliases) = (nil, 0, [:])
    }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan) throws(Damage) -> ReplicaRecord {
        let replica = try SealedJSON.open(record, as: ReplicaRecord.self)
        guard VersionOrigin.isIdentity(replica.store) else { throw Damage("'\(replica.store.prefix(64))' is the identity of no store") }
        guard replica.place <= 1 << 53, (replica.pack == nil) == (replica.place == 0) else {
            throw Damage("its last pack has place \(replica.place)")
        }
        guard (1...1 << 53).contains(replica.epoch) else { throw Damage("its remote has epoch \(replica.epoch)") }
        for (name, followed) in replica.aliases
        where AliasName(name) == nil || !followed.version.isSound || followed.moves > 1 << 53 || !(1...1 << 53).contains(followed.epoch) {
            throw Damage("it follows '\(name.prefix(100))' at what is no version")
        }
        return replica
    }
}

/// Which of the stores that were the primary one after the other a store is: `meta`, key `epoch`, sealed JSON. A store that never took another
/// one's place lacks it, and has epoch 1.
package struct PrimaryEpoch: Sendable, Codable, Equatable {
    package let epoch: UInt64

    package init(_ epoch: UInt64) { self.epoch = epoch }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan) throws(Damage) -> PrimaryEpoch {
        let found = try SealedJSON.open(record, as: PrimaryEpoch.self)
        guard (1...1 << 53).contains(found.epoch) else { throw Damage("there is no epoch \(found.epoch)") }
        return found
    }
}
