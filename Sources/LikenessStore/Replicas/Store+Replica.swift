package import LMDB
public import LikenessFormat

extension StoreReader {
    /// The key in `meta` of what a replica knows of its remote.
    static let replicaKey = "replica"

    /// What a replica knows of its remote; nil if the store is no replica.
    package func replicaRecord<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> ReplicaRecord? where Reader.Failure == StoreError {
        if !isReplica { return nil }
        guard let record = try reader.get(Store.replicaKey, in: tables.meta) else {
            throw .damaged(table: tables.meta.name, key: Store.replicaKey, reason: "the record of the remote is missing")
        }
        return try StoreError.parsing(tables.meta.name, Store.replicaKey, try ReplicaRecord.parse(record))
    }

    /// What the store knows of what its users have seen, and of its log, beside versions: all of it, unless it is a replica.
    ///
    /// - Complexity: O(1).
    public func contents() throws(StoreError) -> RemoteContents {
        if !isReplica { return .everything }
        return try environment.read { (transaction: borrowing Reading) throws(StoreError) in try contents(in: transaction) }
    }

    /// The same inside a transaction.
    package func contents<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> RemoteContents where Reader.Failure == StoreError {
        try replicaRecord(in: reader)?.contents ?? .everything
    }

    /// Which of the stores that were the primary one after the other this is, from 1.
    package func epoch<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> UInt64 where Reader.Failure == StoreError {
        guard let record = try reader.get(Store.epochKey, in: tables.meta) else { return 1 }
        return try StoreError.parsing(tables.meta.name, Store.epochKey, try PrimaryEpoch.parse(record)).epoch
    }

    /// The key in `meta` of the epoch.
    static let epochKey = "epoch"

    /// What a replica says to those who would change it.
    static func replicaError(_ path: String, _ environment: Environment) throws(StoreError) -> StoreError {
        let meta = environment.table("meta")
        let record = try environment.read { (transaction: borrowing Reading) throws(StoreError) -> ReplicaRecord? in
            guard let record = try transaction.get(replicaKey, in: meta) else { return nil }
            return try StoreError.parsing(meta.name, replicaKey, try ReplicaRecord.parse(record))
        }
        return .replica(path: path, remote: record?.remote ?? "REMOTE", primary: record?.primary ?? "which is not known")
    }
}

extension Store {
    /// Writes down how far a replica is.
    package func keep(_ replica: ReplicaRecord) throws(StoreError) {
        let record = try SealedJSON.seal(replica, table: tables.meta.name, key: Store.replicaKey)
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            try transaction.put(record, at: Store.replicaKey, in: tables.meta)
        }
    }

    /// Makes the primary of a standby, in one transaction: it gets the primary's identity, and knows of no remote any more.
    ///
    /// - Parameters:
    ///   - epoch: its number among the primaries.
    ///   - newest: no version after it has been published.
    package func becomePrimary(epoch: UInt64, after newest: Version) throws(StoreError) {
        let tables = tables
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            guard let replica = try replicaRecord(in: transaction), let identity = VersionOrigin.identity(replica.store) else { return }
            var header = header
            header.identity = identity
            header.writerFeatures &= ~StoreHeader.replicaFeature
            let next = max(newest, try catalog.newest(in: transaction) ?? newest).rawValue + 1
            let record = try SealedJSON.seal(PrimaryEpoch(epoch), table: tables.meta.name, key: Store.epochKey)
            try transaction.put(header.bytes, at: "header", in: tables.meta)
            try transaction.put(record, at: Store.epochKey, in: tables.meta)
            try transaction.put(NextVersion(Version(rawValue: next)).bytes, at: "next.version", in: tables.meta)
            try transaction.delete(Store.replicaKey, in: tables.meta)
        }
    }

    /// Makes versions visible whose blocks are there, and moves aliases to where the remote has them: one transaction.
    ///
    /// - Parameters:
    ///   - versions: the records of their manifests, as they are in the primary.
    ///   - pointers: where the aliases go.
    ///   - replica: how far the replica is then.
    package func takeOver(
        _ versions: [(manifest: Manifest, record: [UInt8])], _ pointers: [RemotePointer], _ replica: ReplicaRecord,
        keeping kept: borrowing KeptBlocks
    ) throws(StoreError) {
        let record = try SealedJSON.seal(replica, table: tables.meta.name, key: Store.replicaKey)
        let (tables, catalog) = (tables, catalog)
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            for (manifest, record) in versions {
                try References.require(manifest.roots, in: transaction, tables)
                if try transaction.insert(record, at: manifest.version.rawValue, in: tables.versions) { continue }
                guard try transaction.get(manifest.version.rawValue, in: tables.versions)?.copied == record else {
                    throw .damaged(table: tables.versions.name, key: manifest.version.description, reason: "it is there, and another one")
                }
            }
            for pointer in pointers {
                _ = try catalog.move(pointer.alias, to: pointer.version, kind: pointer.kind, by: pointer.who, in: &transaction)
            }
            try transaction.put(record, at: Store.replicaKey, in: tables.meta)
        }
    }
}
