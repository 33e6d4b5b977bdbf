package import LMDB
package import LikenessFormat

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
