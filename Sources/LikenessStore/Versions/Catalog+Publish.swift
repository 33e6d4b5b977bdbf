import LMDB
package import LikenessFormat

extension Catalog {
    /// What a published version came to.
    package struct Publication: Sendable {
        package let manifest: Manifest
        /// Bytes of blocks and manifest that were not in the store before.
        package let bytesWritten: Int
        package let move: AliasMove?
    }

    /// Publishes a version: one transaction that counts references, writes the manifest and moves the alias. The blocks must
    /// have been written before.
    ///
    /// - Parameters:
    ///   - draft: the manifest; its number is given here.
    ///   - blockBytes: what writing the blocks came to.
    ///   - alias: the alias to point at the version, or nil.
    /// - Throws: `StoreError`; then nothing is published and the alias has not moved.
    package func publish(
        _ draft: Manifest, blockBytes: Int, alias: String?, note: String?, by who: String
    ) throws(StoreError) -> Publication {
        if let alias { try checkName(alias) }
        let tables = store.tables
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            var manifest = draft
            manifest.version = Version(rawValue: try nextVersion(in: &transaction))
            let key = manifest.version.description
            for matrix in manifest.allMatrices {
                if let root = matrix.root { try References.add(root, level: matrix.depth, in: &transaction, tables) }
            }
            let record = try SealedJSON.seal(manifest, table: "versions", key: key)
            try transaction.put(record, at: manifest.version.rawValue, in: tables.versions)
            if let note, !note.isEmpty {
                let record = try SealedJSON.seal(note, table: "annotations", key: key)
                try transaction.put(record, at: manifest.version.rawValue, in: tables.annotations)
            }
            var move: AliasMove?
            if let alias { move = try self.move(alias, to: manifest.version, kind: .publish, by: who, in: &transaction) }
            return Publication(manifest: manifest, bytesWritten: blockBytes + record.count, move: move)
        }
    }

    /// One more than the newest version ever: kept apart, so that a number is not used again when the newest is pruned.
    private func nextVersion(in transaction: inout Writing) throws(StoreError) -> UInt64 {
        var next: UInt64 = 1
        if let record = try transaction.get("next.version", in: store.tables.meta) {
            guard record.byteCount == 8 else {
                throw .damaged(table: "meta", key: "next.version", reason: "it has 8 bytes")
            }
            next = record.littleEndian(at: 0)
        }
        var record: [UInt8] = []
        record.append(littleEndian: next + 1)
        try transaction.put(record, at: "next.version", in: store.tables.meta)
        return next
    }
}
