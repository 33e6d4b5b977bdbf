/// What a remote is: the file `remote` in its folder, sealed JSON.
package struct RemoteRecord: Sendable, Codable, Equatable {
    /// The newest layout that this build reads, and the one it writes.
    package static let currentLayout = 1
    /// A file of more bytes is no record.
    package static let byteLimit = 1 << 20

    package let layout: Int
    /// The identity of the store that publishes to it, 32 hexadecimal digits.
    package let store: String
    /// Where that store is, in words.
    package let primary: String
    /// When the remote was made, in milliseconds since 1970-01-01 UTC.
    package let created: Int64

    package init(store: (UInt64, UInt64), primary: String, created: Int64) {
        (layout, self.store, self.primary) = (RemoteRecord.currentLayout, VersionOrigin.text(of: store), primary)
        self.created = created
    }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan) throws(Damage) -> RemoteRecord {
        let remote = try SealedJSON.open(record, as: RemoteRecord.self)
        guard remote.layout == currentLayout else {
            throw Damage("it has layout \(remote.layout), and this build reads layout \(currentLayout); use a newer `likeness`")
        }
        guard VersionOrigin.isIdentity(remote.store) else { throw Damage("'\(remote.store.prefix(64))' is the identity of no store") }
        return remote
    }
}

/// Where an alias points in a remote: a file of the alias's name in the folder `aliases`, sealed JSON, replaced as a whole.
package struct RemotePointer: Sendable, Codable, Equatable {
    package let alias: String
    package let version: Version
    /// The SHA-256 of the version's manifest.
    package let rootHash: BlockHash
    /// How often the alias has moved: a pointer with fewer moves is an old one.
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
        alias: String, version: Version, rootHash: BlockHash, moves: UInt64, kind: AliasMove.Kind, who: String, when: Int64,
        pack: BlockHash, place: UInt64, published: Int64
    ) {
        (self.alias, self.version, self.rootHash, self.moves) = (alias, version, rootHash, moves)
        (self.kind, self.who, self.when) = (kind, who, when)
        (self.pack, self.place, self.published) = (pack, place, published)
    }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan, alias: AliasName) throws(Damage) -> RemotePointer {
        let pointer = try SealedJSON.open(record, as: RemotePointer.self)
        guard pointer.alias == alias.text else { throw Damage("it is the pointer of another alias") }
        guard pointer.version.isSound else { throw Damage("\(pointer.version) is no version") }
        guard (1...1 << 53).contains(pointer.moves), (1...1 << 53).contains(pointer.place) else {
            throw Damage("it counts \(pointer.moves) moves and \(pointer.place) packs")
        }
        return pointer
    }
}

/// What a replica knows of its remote: `meta`, key `replica`, sealed JSON.
package struct ReplicaRecord: Sendable, Codable, Equatable {
    /// What an alias of the replica is as of.
    package struct Followed: Sendable, Codable, Equatable {
        package let version: Version
        package let moves: UInt64
        /// When the publisher wrote the pointer, and when it was taken over: milliseconds since 1970-01-01 UTC, each by its own clock.
        package let published: Int64
        package let pulled: Int64

        package init(version: Version, moves: UInt64, published: Int64, pulled: Int64) {
            (self.version, self.moves, self.published, self.pulled) = (version, moves, published, pulled)
        }
    }

    /// Where it pulls from.
    package var remote: String
    /// The identity of the primary's store, and where that is, in words.
    package var store: String
    package var primary: String
    /// The last pack of which ids, names and likes were taken in; nil before the first.
    package var pack: BlockHash?
    package var place: UInt64
    /// By name.
    package var aliases: [String: Followed]

    package init(remote: String, store: String, primary: String) {
        (self.remote, self.store, self.primary) = (remote, store, primary)
        (pack, place, aliases) = (nil, 0, [:])
    }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan) throws(Damage) -> ReplicaRecord {
        let replica = try SealedJSON.open(record, as: ReplicaRecord.self)
        guard VersionOrigin.isIdentity(replica.store) else { throw Damage("'\(replica.store.prefix(64))' is the identity of no store") }
        guard replica.place <= 1 << 53, (replica.pack == nil) == (replica.place == 0) else {
            throw Damage("its last pack has place \(replica.place)")
        }
        for (name, followed) in replica.aliases where AliasName(name) == nil || !followed.version.isSound || followed.moves > 1 << 53 {
            throw Damage("it follows '\(name.prefix(100))' at what is no version")
        }
        return replica
    }
}
