import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
public import LikenessStore
import LikenessTraining

/// A version opened for queries, as of one moment: nothing is copied, and everything is read where it lies in the map.
///
/// It holds the pages that it sees, so use it for a run of queries and let it go.
///
/// ```swift
/// let near = try store.withSession { session in
///     try session.nearest(.items, to: "tag:tiltbrush")
/// }
/// ```
public struct Session: ~Copyable {
    let store: Store
    let transaction: Reading
    let reader: VersionReader
    private let snapshot: VersionReader.Snapshot

    /// - Complexity: O(1), a few look-ups, if the version was opened before.
    init(_ store: Store, _ reference: VersionReference) throws(StoreError) {
        let transaction = try Reading(store.environment)
        (reader, snapshot) = try VersionReader.open(reference, store, in: transaction)
        self.store = store
        self.transaction = transaction
    }

    var manifest: Manifest { reader.manifest }

    /// The version that answers.
    public var version: Version {
        manifest.version
    }

    /// The scan over the rows of a kind; its blocks are found once a commit.
    func scan(_ kind: RowKind) throws(QueryError) -> ExactScan {
        try reader.scan(kind, at: snapshot) { () throws(QueryError) in
            let components = manifest.components
            do {
                return ExactScan(
                    try ScanTable(
                        representations: try segments(MatrixNames.representations(kind, components: components)),
                        codes: try segments(MatrixNames.codes(kind, components: components)),
                        terms: try segments(MatrixNames.terms(kind)), components: components))
            } catch let error as QueryError {
                throw error
            } catch {
                throw .store(.damaged(table: "versions", key: version.description, reason: "\(error)"))
            }
        }
    }

    /// What rows of a kind are called, in their order.
    func names(of rows: [UInt32], _ kind: RowKind) throws(StoreError) -> [VersionReader.Names] {
        let vocabulary = Vocabulary(kind, in: store.tables)
        return try reader.names(of: rows, kind, at: snapshot) { (row) throws(StoreError) in
            VersionReader.Names(
                id: try vocabulary.id(at: row, in: transaction) ?? "?",
                name: kind == .item ? try ItemDetails.name(of: row, in: transaction, store.tables) : nil)
        }
    }

    /// The representation of a row; nil if the row is not part of the version.
    ///
    /// Its blocks are checked against their hashes, once for all sessions of the version.
    func representation(_ kind: RowKind, row: UInt32) throws(QueryError) -> [Float]? {
        let table = try scan(kind).table
        guard row < table.rows else { return nil }
        do {
            try check(MatrixNames.terms(kind), kind, .terms, block: table.terms.segmentPosition(of: Int(row)), row)
            try check(
                MatrixNames.representations(kind, components: manifest.components), kind, .representations,
                block: table.representations.segmentPosition(of: Int(row)), row)
        } catch {
            throw .store(error)
        }
        return unsafe table.withRow(row) { vector, _ in
            let bytes = unsafe UnsafeRawPointer(vector)
            return (0..<manifest.components).map { unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }

    /// Checks the block that a row lies in against its hash.
    private func check(
        _ layout: @autoclosure () -> MatrixLayout, _ kind: RowKind, _ part: VersionReader.Block.Part, block: Int, _ row: UInt32
    ) throws(StoreError) {
        try reader.check(VersionReader.Block(kind: kind, part: part, number: block)) { () throws(StoreError) in
            if let view = try view(layout()) { _ = try view.row(Int(row), in: transaction) }
        }
    }

    /// The features of an item as of the version.
    func features(ofItem row: UInt32) throws(QueryError) -> [UInt32] {
        do {
            guard let view = try view(MatrixNames.features(.item)), row < view.descriptor.rows else { return [] }
            return try view.featureRow(Int(row), in: transaction).columns
        } catch {
            throw .store(error)
        }
    }

    /// A matrix of the version; nil if it has none of that name.
    private func view(_ layout: MatrixLayout) throws(StoreError) -> MatrixView? {
        guard let descriptor = manifest.matrix(layout.name) else { return nil }
        let isAsExpected =
            descriptor.rowByteCount == layout.rowByteCount && descriptor.columns == layout.columns
            && descriptor.element == "\(layout.element)"
        guard isAsExpected else {
            throw .damaged(table: "versions", key: "\(version) \(layout.name)", reason: "its rows are not \(layout.columns) wide")
        }
        return try MatrixView(descriptor, in: store)
    }

    private func segments(_ layout: MatrixLayout) throws -> RowSegments {
        guard let view = try view(layout) else { return try RowSegments([], stride: layout.rowByteCount) }
        var rows: [LikenessSearch.RowSegment] = []
        let segments = unsafe try view.segments(in: transaction)
        for index in unsafe segments.indices {
            let segment = unsafe segments[index]
            // The map keeps these bytes where they are as long as the session's transaction is open.
            rows.append(
                unsafe LikenessSearch.RowSegment(base: segment.base, firstRow: segment.firstRow, rows: segment.rowCount))
        }
        return try RowSegments(rows, stride: layout.rowByteCount)
    }
}

extension Store {
    /// Opens a version for a run of queries. The session ends with `body`, and the compiler does not let it escape.
    ///
    /// ```swift
    /// let near = try store.withSession { session in
    ///     var near: [String: Neighbors] = [:]
    ///     for id in ids { near[id] = try session.nearest(.items, to: "item:" + id) }
    ///     return near
    /// }
    /// ```
    ///
    /// - Parameter reference: a version or an alias.
    /// - Throws: `QueryError` if there is no such version, or what `body` throws.
    public func withSession<R: ~Copyable>(
        of reference: VersionReference = .current, _ body: (borrowing Session) throws -> R
    ) throws -> R {
        try body(try session(of: reference))
    }

    /// Opens a version for one query or several.
    func session(of reference: VersionReference) throws(QueryError) -> Session {
        do { return try Session(self, reference) } catch { throw .store(error) }
    }
}
