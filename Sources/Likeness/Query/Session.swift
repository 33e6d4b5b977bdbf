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
    let store: StoreReader
    let transaction: Reading
    let reader: VersionReader
    let snapshot: VersionReader.Snapshot
    /// Threads that share the rows where one query is searched for in many.
    let threads: Int
    private let layered = LayeredCache()

    /// - Complexity: O(1), a few look-ups, if the version was opened before.
    init(_ store: StoreReader, _ reference: VersionReference, threads: Int = 1) throws(StoreError) {
        let transaction = try Reading(store.environment)
        (reader, snapshot) = try VersionReader.open(reference, store, in: transaction)
        self.store = store
        self.transaction = transaction
        self.threads = threads
    }

    var manifest: Manifest { reader.manifest }

    /// The version that answers.
    public var version: Version {
        manifest.version
    }

    /// The rows of a kind, base and layers as one; made once a session.
    func rows(_ kind: RowKind) throws(StoreError) -> LayeredRows {
        if let rows = layered.byKind[kind] { return rows }
        let rows = try LayeredRows(kind, manifest, store, in: transaction)
        layered.byKind[kind] = rows
        return rows
    }

    /// The scan over the rows of a kind; its blocks are found once a commit.
    func scan(_ kind: RowKind) throws(QueryError) -> ExactScan {
        try reader.scan(kind, at: snapshot) { () throws(QueryError) in
            let components = manifest.components
            do {
                let rows = try rows(kind)
                func matrices(_ part: Int) throws -> (representations: RowSegments, codes: RowSegments, terms: RowSegments) {
                    (
                        try segments(MatrixNames.representations(kind, components: components), rows, part),
                        try segments(MatrixNames.codes(kind, components: components), rows, part),
                        try segments(MatrixNames.terms(kind), rows, part)
                    )
                }
                let layers = try rows.layers.enumerated().map { index, layer in
                    let matrices = try matrices(index + 1)
                    return try ScanLayer(
                        numbers: layer.numbers, representations: matrices.representations, codes: matrices.codes, terms: matrices.terms)
                }
                let base = try matrices(0)
                return ExactScan(
                    try ScanTable(
                        representations: base.representations, codes: base.codes, terms: base.terms, components: components,
                        layers: layers))
            } catch let error as StoreError {
                throw .store(error)
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
        guard let place = table.place(of: row) else { return nil }
        let part = table.part(place.part)
        do {
            try check(
                MatrixNames.terms(kind), kind,
                VersionReader.Block(
                    kind: kind, part: .terms, layer: place.part, number: part.terms.segmentPosition(of: place.row)), place)
            try check(
                MatrixNames.representations(kind, components: manifest.components), kind,
                VersionReader.Block(
                    kind: kind, part: .representations, layer: place.part,
                    number: part.representations.segmentPosition(of: place.row)), place)
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
        _ layout: @autoclosure () -> MatrixLayout, _ kind: RowKind, _ block: VersionReader.Block, _ place: (part: Int, row: Int)
    ) throws(StoreError) {
        try reader.check(block) { () throws(StoreError) in
            guard let descriptor = try rows(kind).descriptor(layout(), part: place.part) else { return }
            _ = try MatrixView(descriptor, in: store).row(place.row, in: transaction)
        }
    }

    /// The features of an item as of the version.
    func features(ofItem row: UInt32) throws(QueryError) -> [UInt32] {
        do {
            let rows = try rows(.item)
            guard let place = rows.place(of: Int(row)), let descriptor = try rows.descriptor(MatrixNames.features(.item), part: place.part)
            else { return [] }
            return try MatrixView(descriptor, in: store).featureRow(place.row, below: manifest.vocabularies.itemFeatures, in: transaction)
                .columns
        } catch {
            throw .store(error)
        }
    }

    private func segments(_ layout: MatrixLayout, _ layered: LayeredRows, _ part: Int) throws -> RowSegments {
        guard let descriptor = try layered.descriptor(layout, part: part) else {
            return try RowSegments([], stride: layout.rowByteCount)
        }
        return try segments(descriptor)
    }

    /// Where the rows of a matrix lie.
    func segments(_ descriptor: MatrixDescriptor) throws -> RowSegments {
        var segments: [RowSegment] = []
        unsafe try MatrixView(descriptor, in: store).forEachSegment(in: transaction) { rows, firstRow in
            guard let base = rows.baseAddress else { return }
            // The map keeps these bytes where they are as long as the session's transaction is open.
            unsafe segments.append(RowSegment(base: base, firstRow: firstRow, rows: rows.count / descriptor.rowByteCount))
        }
        return try RowSegments(segments, stride: descriptor.rowByteCount)
    }
}

/// The rows that a session has found.
private final class LayeredCache {
    var byKind: [RowKind: LayeredRows] = [:]
}

extension StoreReader {
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
    /// - Parameters:
    ///   - reference: a version or an alias.
    ///   - threads: threads that share the rows where one query is searched for in some 65,000 or more.
    ///   - body: what asks the queries.
    /// - Throws: `QueryError` if there is no such version, or what `body` throws.
    public func withSession<R: ~Copyable>(
        of reference: VersionReference = .current, threads: Int = 1, _ body: (borrowing Session) throws -> R
    ) throws -> R {
        try body(try session(of: reference, threads: threads))
    }

    /// Opens a version for one query or several.
    func session(of reference: VersionReference, threads: Int = 1) throws(QueryError) -> Session {
        do { return try Session(self, reference, threads: threads) } catch { throw .store(error) }
    }
}
