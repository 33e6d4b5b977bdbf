import LMDB
public import LikenessFormat

/// The result of an export.
public struct ExportReport: Sendable, Equatable {
    /// The version.
    public let version: Version
    /// The SHA-256 of its manifest, which authenticates its blocks.
    public let rootHash: String
    /// The SHA-256 of the pack's header, which authenticates all of the pack.
    public let packHash: String
    /// Blocks in the pack.
    public let blocks: Int
    /// Bytes of the pack.
    public let bytes: Int
}

extension StoreReader {
    /// Writes a version as one file, the pack: its manifest and blocks, and the ids, names and liked items that queries need with it.
    ///
    /// The file appears whole or not at all. Any store whose ids mean the same takes it in: see `importVersion`.
    /// ```swift
    /// let report = try store.exportVersion(.current, to: "v7.pack")
    /// ```
    /// - Parameter progress: called after each block.
    /// - Throws: `StoreError`: no such version, a file of that name, no space, or a block that is damaged.
    /// - Complexity: O(bytes of the version), as of one moment, beside readers and writers; 40 bytes a block and some 2 MiB are in memory.
    @discardableResult
    public func exportVersion(
        _ reference: VersionReference = .current, to file: String, progress: (PackProgress) -> Void = { _ in }
    ) throws(StoreError) -> ExportReport {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let version = try catalog.manifest(at: reference, in: transaction).version
            let builder = try PackBuilder(self, version, PackScope(), to: file, in: transaction)
            let (header, _) = try builder.run(in: transaction, progress: progress)
            return ExportReport(
                version: version, rootHash: try catalog.rootHash(of: version, in: transaction)?.hexadecimal ?? "",
                packHash: header.hash.hexadecimal, blocks: header[.blocks].records, bytes: header.packByteCount)
        }
    }
}
