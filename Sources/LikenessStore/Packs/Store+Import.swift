import LMDB
public import LikenessFormat

/// The result of an import.
public struct ImportReport: Sendable, Equatable {
    /// The version that the pack has become in this store.
    public let version: Version
    /// What it is where it was made.
    public let origin: VersionOrigin
    /// The SHA-256 of the pack's header, which authenticates all of the pack.
    public let packHash: String
    /// Blocks in the pack.
    public let blocks: Int
    /// Bytes of the pack.
    public let bytes: Int
    /// Bytes of blocks and manifest that the store did not have.
    public let bytesWritten: Int
    /// The alias that points at it now, if it was to.
    public let alias: String?
}

extension Store {
    /// Takes in a version that `exportVersion` wrote, here or elsewhere.
    ///
    /// The pack is read twice: first every hash, bound and record is checked and nothing is written, then ids, blocks, names and liked
    /// items are written in bounded transactions, and then the manifest, and the alias if one is named, in one. Ids that the store lacks are
    /// appended to its vocabularies. The version gets the next number here and notes in its `origin` what it is where it was made. It answers
    /// queries as it does there; likes in the pack are what its users have seen, and nothing is trained from them.
    ///
    /// ```swift
    /// let report = try store.importVersion(from: "v7.pack", alias: "production")
    /// ```
    /// - Parameters:
    ///   - expected: the pack's hash, as the export gave it; another pack is refused.
    ///   - alias: the alias to point at the version, or nil.
    /// - Throws: `StoreError`. A pack that is damaged or does not agree with the store leaves it as it is.
    /// - Complexity: O(bytes of the pack); memory is bounded but for some 150 bytes a block.
    @discardableResult
    public func importVersion(
        from file: String, expecting expected: String? = nil, alias: String? = nil, note: String? = nil,
        by who: String = Store.systemUser, progress: (PackProgress) -> Void = { _ in }
    ) throws(StoreError) -> ImportReport {
        if let alias { try catalog.checkName(alias) }
        let pack = try PackFile(file)
        let hash = pack.header.hash.hexadecimal
        if let expected, expected.lowercased() != hash { throw .pack(.unexpected(path: file, expected: expected, found: hash)) }
        if pack.header.isPart { throw .pack(.isPart(path: file)) }
        let total = pack.header.packByteCount
        var recordBytes = 0
        let (check, blocks) = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let check = try PackCheck(pack, for: self, in: transaction) { bytes in
                recordBytes = bytes
                progress(PackProgress(phase: .checking, bytes: bytes, totalBytes: total))
            }
            var blocks = try PackedBlocks(pack)
            try blocks.check(
                check.manifest, of: pack,
                progress: { progress(PackProgress(phase: .checking, bytes: recordBytes + $0, totalBytes: total)) })
            try blocks.checkThatAllAreNeeded()
            return (check, blocks)
        }
        // What is kept of its sections is read again: blocks need the memory now.
        pack.close()
        let kept = try keepBlocks()
        let written = try blocks.write(to: self) { bytes in
            progress(PackProgress(phase: .writing, bytes: bytes, totalBytes: total))
        }
        let blockBytes = pack.header[.blocks].byteCount
        try PackIntake(check, self).write(isReplacing: false) { bytes in
            progress(PackProgress(phase: .writing, bytes: blockBytes + bytes, totalBytes: total))
        }
        var manifest = check.manifest
        guard let rootHash = unsafe SealedJSON.hash(of: check.record.span.bytes) else {
            throw pack.damaged(.manifest, "it has no header")
        }
        // A version that came in a pack and goes out again is still from where it was made.
        let origin = manifest.origin ?? VersionOrigin(store: pack.header.store, version: manifest.version, rootHash: rootHash)
        (manifest.parent, manifest.origin) = (nil, origin)
        let published = try catalog.publish(manifest, blockBytes: written, alias: alias, note: note, by: who, keeping: kept)
        return ImportReport(
            version: published.manifest.version, origin: origin, packHash: hash, blocks: pack.header[.blocks].records, bytes: total,
            bytesWritten: published.bytesWritten, alias: alias)
    }
}
