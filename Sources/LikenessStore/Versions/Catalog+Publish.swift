import LMDB
package import LikenessFormat

extension Catalog {
    /// The result of a publication.
    package struct Publication: Sendable {
        package let manifest: Manifest
        /// Bytes of blocks and manifest that were not in the store before.
        package let bytesWritten: Int
        package let move: AliasMove?
    }

    /// Publishes a version: one transaction that writes the manifest and moves the alias. The blocks must have been written before.
    ///
    /// - Parameters:
    ///   - draft: the manifest; its number is given here.
    ///   - blockBytes: bytes of the blocks that were written for it.
    ///   - alias: the alias to point at the version, or nil.
    ///   - kept: what has kept blocks from being pruned since before the first of them was written.
    /// - Throws: `StoreError`; then nothing is published and the alias has not moved.
    package func publish(
        _ draft: Manifest, blockBytes: Int, alias: String?, note: String?, by who: String,
        keeping kept: borrowing KeptBlocks
    ) throws(StoreError) -> Publication {
        try store.requireWritable()
        if let alias { try checkName(alias) }
        let tables = store.tables
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            var manifest = draft
            manifest.version = try nextVersion(in: &transaction)
            let key = manifest.version.description
            try requireNothingForgotten(since: manifest, in: transaction)
            try StoreError.parsing("versions", key, try manifest.check())
            try References.require(manifest.roots, in: transaction, tables)
            let record = try SealedJSON.seal(manifest, table: "versions", key: key)
            // A version never changes: what is there is never written over.
            guard try transaction.insert(record, at: manifest.version.rawValue, in: tables.versions) else {
                throw .damaged(table: "meta", key: "next.version", reason: "\(key) is there already")
            }
            try write(note: note ?? "", of: manifest.version, in: &transaction)
            var move: AliasMove?
            if let alias { move = try self.move(alias, to: manifest.version, kind: .publish, by: who, in: &transaction) }
            return Publication(manifest: manifest, bytesWritten: blockBytes + record.count, move: move)
        }
    }

    /// Refuses a version that was made from likes which have been forgotten meanwhile.
    private func requireNothingForgotten(since draft: Manifest, in transaction: borrowing Writing) throws(StoreError) {
        if try Forgetting.read(store.tables, in: transaction) != nil { throw .catalog(.forgetting) }
        guard draft.origin == nil, let forgotten = try Forgotten.read(store.tables, in: transaction), draft.watermark < forgotten.sequence
        else { return }
        // What has the watermark of its parent was made of that alone.
        if let parent = draft.parent, let manifest = try manifest(of: parent, in: transaction), manifest.watermark == draft.watermark {
            return
        }
        throw .catalog(.forgottenMeanwhile)
    }

    /// One more than the newest version ever: kept apart, so that a number is not used again when the newest is pruned.
    private func nextVersion(in transaction: inout Writing) throws(StoreError) -> Version {
        let meta = store.tables.meta
        var next = Version(rawValue: 1)
        if let record = try transaction.get("next.version", in: meta) {
            next = try StoreError.parsing(meta.name, "next.version", try NextVersion(record)).version
        }
        try transaction.put(NextVersion(Version(rawValue: next.rawValue + 1)).bytes, at: "next.version", in: meta)
        return next
    }
}
