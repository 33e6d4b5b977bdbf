import LMDB
import LikenessFormat
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
    let manifest: Manifest
    private let scans = ScanCache()

    init(_ store: Store, _ reference: VersionReference) throws(StoreError) {
        let transaction = try Reading(store.environment)
        manifest = try store.catalog.manifest(at: reference, in: transaction)
        self.store = store
        self.transaction = transaction
    }

    /// The version that answers.
    public var version: Version {
        manifest.version
    }

    /// The scan over the rows of a kind; its blocks are found once a session.
    func scan(_ kind: RowKind) throws(QueryError) -> ExactScan {
        if let scan = scans.byKind[kind] { return scan }
        let components = manifest.components
        let scan: ExactScan
        do {
            scan = ExactScan(
                try ScanTable(
                    representations: try segments(MatrixNames.representations(kind, components: components)),
                    codes: try segments(MatrixNames.codes(kind, components: components)),
                    terms: try segments(MatrixNames.terms(kind)), components: components))
        } catch let error as QueryError {
            throw error
        } catch {
            throw .store(.damaged(table: "versions", key: version.description, reason: "\(error)"))
        }
        scans.byKind[kind] = scan
        return scan
    }

    /// The representation of a row; nil if the row is not part of the version.
    ///
    /// Its block is checked against its hash.
    func representation(_ kind: RowKind, row: UInt32) throws(QueryError) -> [Float]? {
        do {
            let terms = try view(MatrixNames.terms(kind))
            guard let terms, row < terms.descriptor.rows else { return nil }
            let norm = Float(bitPattern: try terms.row(Int(row), in: transaction).littleEndian(at: 8))
            guard norm >= 0 else { return nil }
            guard let view = try view(MatrixNames.representations(kind, components: manifest.components)) else { return nil }
            let bytes = try view.row(Int(row), in: transaction)
            var vector: [Float] = []
            for component in 0..<manifest.components {
                vector.append(Float(bitPattern: bytes.littleEndian(at: 4 * component)))
            }
            return vector
        } catch {
            throw .store(error)
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

/// The scans that a session has made.
private final class ScanCache {
    var byKind: [RowKind: ExactScan] = [:]
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
