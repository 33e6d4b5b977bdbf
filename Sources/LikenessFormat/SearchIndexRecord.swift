/// An index of the rows of one kind of a version, for approximate search: lists of rows that point the same way.
///
/// Its matrices are blocks, as those of a version are, and no manifest leads to them: an index comes and goes beside its version, which
/// stays as it is.
package struct SearchIndexRecord: Sendable, Codable, Equatable {
    /// How much an index finds that looks at so many lists.
    package struct Measure: Sendable, Codable, Equatable {
        package let probes: Int
        /// The share of the ten best rows that are found, on average over queries of a sample.
        package let recall: Double

        package init(probes: Int, recall: Double) { (self.probes, self.recall) = (probes, recall) }
    }

    /// Rows that came or changed since the lists were made, laid out list by list beside them.
    package struct Layer: Sendable, Codable, Equatable {
        package let rows: Int
        package let matrices: [MatrixDescriptor]

        package init(rows: Int, matrices: [MatrixDescriptor]) { (self.rows, self.matrices) = (rows, matrices) }
    }

    package var version: Version
    /// The hash of the version's manifest, in hexadecimal.
    package var manifest: String
    package var kind: RowKind
    package var components: Int
    package var lists: Int
    /// Positions of the lists.
    package var rows: Int
    /// Rows that are part of the version.
    package var present: Int
    /// Rows that joined lists since the directions of these were found, each as often as it did.
    package var placed: Int
    /// The version with which the curves were measured.
    package var measured: Version
    /// Milliseconds since 1970-01-01 UTC.
    package var created: Int64
    /// For `cosine` and `innerProduct`, with ascending numbers of lists.
    package var curves: [String: [Measure]]
    package var matrices: [MatrixDescriptor]
    /// What lies over the matrices, oldest first.
    package var layers: [Layer] = []

    /// The most layers.
    package static let mostLayers = 4

    package init(
        version: Version, manifest: BlockHash, kind: RowKind, components: Int, lists: Int, rows: Int, created: Int64,
        curves: [String: [Measure]], matrices: [MatrixDescriptor]
    ) {
        (present, placed, measured) = (rows, 0, version)
        (self.version, self.manifest, self.kind, self.components) = (version, manifest.hexadecimal, kind, components)
        (self.lists, self.rows, self.created, self.curves, self.matrices) = (lists, rows, created, curves, matrices)
    }

    /// Reads a record and checks that it is the one of its key, and that its numbers fit each other.
    package static func parse(_ bytes: RawSpan, key: SearchIndexKey) throws(Damage) -> SearchIndexRecord {
        let record = try SealedJSON.open(bytes, as: SearchIndexRecord.self)
        guard record.version == key.version, record.kind == key.kind else { throw Damage("it is of another version or kind") }
        try record.check()
        return record
    }

    /// Checks the record's numbers: they come from disk.
    package func check() throws(Damage) {
        let counts = 0...Int(UInt32.max)
        guard version.isSound, BlockHash(hexadecimal: manifest) != nil, (1...65_536).contains(components), counts.contains(rows),
            (1...1 << 24).contains(lists), lists <= max(rows, 1)
        else { throw Damage("its numbers do not fit each other") }
        for (layout, count) in SearchIndexRecord.layouts(kind, components: components, lists: lists, rows: rows) {
            guard let matrix = matrix(layout), matrix.rows == count else { throw Damage("its matrix \(layout.name) is missing or differs") }
        }
        guard matrices.count == 5 else { throw Damage("it has \(matrices.count) matrices, and an index has 5") }
        guard counts.contains(present), placed >= 0, measured.isSound, measured <= version, layers.count <= SearchIndexRecord.mostLayers
        else { throw Damage("its numbers do not fit each other") }
        for layer in layers {
            let layouts = SearchIndexRecord.layerLayouts(kind, components: components)
            guard counts.contains(layer.rows), layer.rows > 0, layer.matrices.count == layouts.count,
                layouts.allSatisfy({ SearchIndexRecord.matrix($0, in: layer.matrices)?.rows == layer.rows })
            else { throw Damage("a layer's matrices are missing or differ") }
        }
        for (_, curve) in curves {
            let isSound = curve.allSatisfy { (1...lists).contains($0.probes) && (0...1).contains($0.recall) }
            guard isSound, zip(curve, curve.dropFirst()).allSatisfy({ $0.probes < $1.probes }) else {
                throw Damage("what it measured is not sound")
            }
        }
    }

    /// The matrix of a layout; nil if it is missing or differs.
    package func matrix(_ layout: MatrixLayout) -> MatrixDescriptor? { SearchIndexRecord.matrix(layout, in: matrices) }

    /// The matrix of a layout among some.
    package static func matrix(_ layout: MatrixLayout, in matrices: [MatrixDescriptor]) -> MatrixDescriptor? {
        guard let found = matrices.first(where: { $0.name == layout.name }), found.isSound,
            found.element == layout.element, found.columns == layout.columns, found.rowByteCount == layout.rowByteCount,
            found.rowsPerBlock == layout.rowsPerBlock
        else { return nil }
        return found
    }

    /// The matrices of an index, and how many rows each has.
    package static func layouts(_ kind: RowKind, components: Int, lists: Int, rows: Int) -> [(layout: MatrixLayout, rows: Int)] {
        [
            (centroids(kind, components: components), lists), (self.lists(kind), lists), (numbers(kind), rows),
            (codes(kind, components: components), rows), (terms(kind), rows),
        ]
    }

    /// The matrices of a layer.
    package static func layerLayouts(_ kind: RowKind, components: Int) -> [MatrixLayout] {
        [numbers(kind), places(kind), codes(kind, components: components), terms(kind)]
    }

    /// `items.index.places`, …: of a layer, the list of the row at each position, ascending.
    package static func places(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".index.places", element: .uint32, columns: 1, alignment: 4, pages: 16)
    }

    /// `items.index.centroids`, …: the direction of each list.
    package static func centroids(_ kind: RowKind, components: Int) -> MatrixLayout {
        MatrixLayout(
            name: kind.matrixPrefix + ".index.centroids", element: .float32, columns: components, alignment: 64, pages: 16)
    }

    /// `items.index.lists`, …: position of the first row (UInt32), rows (UInt32), length and bias (float32) of each list.
    package static func lists(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".index.lists", element: .uint32, columns: 4, alignment: 16, pages: 16)
    }

    /// `items.index.rows`, …: the row at each position.
    package static func numbers(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".index.rows", element: .uint32, columns: 1, alignment: 4, pages: 16)
    }

    /// `items.index.codes`, …: the rows' codes in the order of positions.
    package static func codes(_ kind: RowKind, components: Int) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".index.codes", element: .int8, columns: components, alignment: 64, pages: 16)
    }

    /// `items.index.terms`, …: the rows' terms in the order of positions.
    package static func terms(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".index.terms", element: .float32, columns: 4, alignment: 16, pages: 16)
    }

    /// Its matrices and those of its layers.
    package var allMatrices: [MatrixDescriptor] { matrices + layers.flatMap(\.matrices) }

    /// The roots of its matrices.
    package var roots: [Manifest.Root] {
        allMatrices.compactMap { matrix in matrix.root.map { Manifest.Root(hash: $0, level: matrix.depth) } }
    }
}

/// The key of an index: the version (UInt64, big-endian) and the kind of its rows (UInt8: 0 items, 1 item features, 2 users, 3 user
/// features).
package struct SearchIndexKey: Hashable, Sendable {
    package let version: Version
    package let kind: RowKind

    package init(_ version: Version, _ kind: RowKind) { (self.version, self.kind) = (version, kind) }

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == 9 else { throw Damage("a key of this table has 9 bytes, and this one has \(key.byteCount)") }
        let version = Version(rawValue: UInt64(bigEndian: key.littleEndian(at: 0)))
        guard version.isSound else { throw Damage("\(version) is no version") }
        guard let kind = SearchIndexKey.kinds.first(where: { $0.number == key.byte(at: 8) })?.kind else {
            throw Damage("\(key.byte(at: 8)) is no kind of rows")
        }
        self.init(version, kind)
    }

    /// The key's 9 bytes.
    package var bytes: [UInt8] {
        let number = SearchIndexKey.kinds.first { $0.kind == kind }?.number ?? 0
        return (0..<8).map { UInt8(truncatingIfNeeded: version.rawValue >> (56 - 8 * UInt64($0))) } + [number]
    }

    private static let kinds: [(number: UInt8, kind: RowKind)] = [(0, .item), (1, .itemFeature), (2, .user), (3, .userFeature)]
}
