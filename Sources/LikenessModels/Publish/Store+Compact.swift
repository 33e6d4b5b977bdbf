import LMDB
public import LikenessFormat
public import LikenessStore

/// The result of compacting a version.
public struct CompactReport: Sendable, Codable, Equatable {
    /// The version whose layers were folded.
    public let from: UInt64
    /// The version that holds the same without layers.
    public let version: UInt64
    /// Layers that were folded.
    public let layers: Int
    /// Rows that were written.
    public let rows: Int
    /// Bytes that were written.
    public let bytesWritten: Int
    /// Aliases that pointed at the one and now point at the other.
    public let aliases: [String]
}

extension Store {
    /// Folds the layers of a version into its matrices, as a new version with the same contents, and moves the aliases that point at the old
    /// one. Its first answer needs no layer; the old version stays until a prune takes it.
    ///
    /// - Parameter progress: called now and then with the share that is done.
    /// - Returns: nil if the version has no layers: then there is nothing to do.
    /// - Throws: `StoreError`; then no alias has moved.
    /// - Complexity: O(rows of the kinds that have layers), a block of them in memory.
    @discardableResult
    public func compact(
        _ reference: VersionReference = .current, by who: String = Store.systemUser, progress: (Double) -> Void = { _ in }
    ) throws(StoreError) -> CompactReport? {
        let parent = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try catalog.manifest(at: reference, in: transaction)
        }
        let layers = parent.layers ?? []
        if layers.isEmpty { return nil }
        let kept = try keepBlocks()
        var writer = LayerWriter(self, parent: parent)
        let kinds = RowKind.allCases.filter { kind in layers.contains { $0.kind == kind } }
        for (place, kind) in kinds.enumerated() {
            let rows = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try LayeredRows(kind, parent, self, in: transaction)
            }
            try writer.fold(rows) { progress((Double(place) + $0) / Double(kinds.count)) }
        }
        let (rows, bytes) = (writer.rowsWritten, try writer.finish())
        var draft = parent
        (draft.parent, draft.created, draft.creator) = (parent.version, now(), who)
        (draft.matrices, draft.layers) = (writer.matrices, writer.layers.isEmpty ? nil : writer.layers)
        let published = try catalog.publish(
            draft, blockBytes: bytes, alias: nil, note: "\(parent.version) without layers", by: who, keeping: kept)
        let moved = try catalog.moveAliases(from: parent.version, to: published.manifest.version, by: who)
        return CompactReport(
            from: parent.version.rawValue, version: published.manifest.version.rawValue, layers: layers.count, rows: rows,
            bytesWritten: published.bytesWritten, aliases: moved)
    }
}
