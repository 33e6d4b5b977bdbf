import LMDB
package import LikenessFormat
import LikenessSearch
package import LikenessStore

/// Reads the rows of one kind of a version, base and layers as one: the newest layer that has a row wins.
///
/// ```swift
/// let items = try LayeredRows(.item, manifest, store, in: transaction)
/// if try items.isPresent(7, in: transaction) { … }
/// ```
/// It may be used only with the transaction that it was made with, or after `forgetPlaces()` with another; what it lends is good for as
/// long as that is open.
@safe package final class LayeredRows {
    package let kind: RowKind
    package let manifest: Manifest
    /// Rows of the base.
    package let baseCount: Int
    /// Rows up to here may be part of the version.
    package let count: Int
    /// The layers, oldest first, with the numbers of their rows.
    package let layers: [(descriptor: LayerDescriptor, numbers: [UInt32])]
    private let store: StoreReader
    private var finders: [String: [RowFinder?]] = [:]

    /// - Throws: `StoreError.damaged`: numbers of a layer that do not ascend.
    /// - Complexity: O(rows of the layers).
    package init(_ kind: RowKind, _ manifest: Manifest, _ store: StoreReader, in transaction: borrowing Reading) throws(StoreError) {
        (self.kind, self.manifest, self.store) = (kind, manifest, store)
        // Versions by alternating least squares have representations alone.
        let matrix =
            manifest.matrix(MatrixNames.parameters(kind, .embeddings, components: manifest.components).name)
            ?? manifest.matrix(MatrixNames.representations(kind, components: manifest.components).name)
        let base = matrix?.rows ?? 0
        var layers: [(descriptor: LayerDescriptor, numbers: [UInt32])] = []
        for descriptor in manifest.layers(of: kind) {
            layers.append((descriptor, try LayeredRows.numbers(of: descriptor, manifest, store, in: transaction)))
        }
        self.layers = layers
        baseCount = base
        count = layers.reduce(base) { max($0, $1.numbers.last.map { Int($0) + 1 } ?? 0) }
    }

    private static func numbers(
        of layer: LayerDescriptor, _ manifest: Manifest, _ store: StoreReader, in transaction: borrowing Reading
    ) throws(StoreError) -> [UInt32] {
        var numbers: [UInt32] = []
        guard let matrix = layer.matrix(MatrixNames.numbers(layer.kind)) else {
            throw .damaged(table: "versions", key: manifest.version.description, reason: "a layer has no row numbers")
        }
        try MatrixView(matrix, in: store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let count = min(matrix.rowsPerBlock, matrix.rows - number * matrix.rowsPerBlock)
            for place in 0..<count { numbers.append(block.littleEndian(at: BlockHeader.byteCount + 4 * place)) }
        }
        guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }), Int(numbers.last ?? 0) < manifest.vocabularies[layer.kind] else {
            throw .damaged(
                table: "versions", key: manifest.version.description, reason: "row numbers of a layer do not ascend, or pass the end")
        }
        return numbers
    }

    /// Where a row's contents are: part 0 is the base, part 1 the oldest layer, and so on; nil if nothing has the row.
    package func place(of row: Int) -> (part: Int, row: Int)? {
        for (index, layer) in layers.enumerated().reversed() {
            if let position = layer.numbers.position(ofSorted: UInt32(truncatingIfNeeded: row)) { return (index + 1, position) }
        }
        return row < baseCount ? (0, row) : nil
    }

    /// The descriptor of a matrix of a part; nil if the part has none of that name.
    package func descriptor(_ layout: MatrixLayout, part: Int) throws(StoreError) -> MatrixDescriptor? {
        let found = part == 0 ? manifest.matrix(layout.name) : layers[part - 1].descriptor.matrix(layout)
        guard let found else { return nil }
        let isAsExpected =
            found.rowByteCount == layout.rowByteCount && found.columns == layout.columns
            && found.element == layout.element && found.rows == (part == 0 ? baseCount : layers[part - 1].numbers.count)
        guard isAsExpected else {
            throw .damaged(
                table: "versions", key: "\(manifest.version) \(layout.name)", reason: "its rows are not \(layout.columns) wide")
        }
        return found
    }

    /// Forgets where rows lie, so that another transaction may be used next. The version that is read never changes.
    package func forgetPlaces() { finders.removeAll() }

    private func finder(_ layout: MatrixLayout, part: Int) throws(StoreError) -> RowFinder? {
        if let known = finders[layout.name] { return known[part] }
        var made: [RowFinder?] = []
        for part in 0...layers.count {
            let descriptor = try descriptor(layout, part: part)
            if let descriptor { made.append(try RowFinder(descriptor, in: store)) } else { made.append(nil) }
        }
        finders[layout.name] = made
        return made[part]
    }

    /// A row of a matrix where it lies; nil if the version has no such row or no such matrix.
    @unsafe package func row(
        _ row: Int, _ layout: MatrixLayout, in transaction: borrowing Reading
    ) throws(StoreError) -> UnsafeRawBufferPointer? {
        guard let place = place(of: row), let finder = try finder(layout, part: place.part) else { return nil }
        return unsafe try finder.row(place.row, in: transaction)
    }

    /// Norm and bias of a row; nil if the version has no such row, or it is not part of it.
    package func terms(of row: Int, in transaction: borrowing Reading) throws(StoreError) -> RowTerms? {
        guard let bytes = unsafe try self.row(row, MatrixNames.terms(kind), in: transaction) else { return nil }
        let terms = unsafe RowTerms(bytes)
        return terms.isPresent ? terms : nil
    }

    /// Whether a row is part of the version. A user feature is, if a user of the version has it.
    package func isPresent(_ row: Int, in transaction: borrowing Reading) throws(StoreError) -> Bool {
        if kind == .userFeature { return try tally(of: row, in: transaction).map { $0.likes > 0 } ?? false }
        return try terms(of: row, in: transaction) != nil
    }

    /// What the version counted of a row; nil if it has no such row or counted nothing.
    package func tally(of row: Int, in transaction: borrowing Reading) throws(StoreError) -> RowTally? {
        guard let bytes = unsafe try self.row(row, MatrixNames.tallies(kind), in: transaction) else { return nil }
        guard let tally = unsafe RowTally(bytes) else {
            throw .damaged(table: "blocks", key: MatrixNames.tallies(kind).name, reason: "the tally of row \(row) is not sound")
        }
        return tally
    }

    /// A row of floats, without padding; nil if the version has no such row.
    package func vector(
        _ row: Int, _ layout: MatrixLayout, in transaction: borrowing Reading
    ) throws(StoreError) -> [Float]? {
        guard let bytes = unsafe try self.row(row, layout, in: transaction) else { return nil }
        return (0..<layout.columns).map { unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }

    /// The features of an item or a user; nil if the version keeps none for it.
    package func features(
        of row: Int, in transaction: borrowing Reading
    ) throws(StoreError) -> (features: [(feature: UInt32, weight: Float)], identityWeight: Float)? {
        guard let place = place(of: row), let finder = try finder(MatrixNames.features(kind), part: place.part) else { return nil }
        return try finder.featureRow(place.row, below: manifest.vocabularies.features(of: kind), in: transaction)
    }

    /// Whether the version has feature rows of this kind.
    package var hasFeatures: Bool {
        let name = MatrixNames.features(kind)
        return manifest.matrix(name.name) != nil || layers.contains { $0.descriptor.matrix(name) != nil }
    }

    /// Calls `body` with each row and feature, row by row in each part.
    package func forEachFeature(in transaction: borrowing Reading, _ body: (UInt32, UInt32) -> Void) throws(StoreError) {
        let layout = MatrixNames.features(kind)
        for part in 0...layers.count {
            guard let descriptor = try descriptor(layout, part: part) else { continue }
            let numbers = part == 0 ? nil : layers[part - 1].numbers
            try MatrixView(descriptor, in: store).forEachFeature(
                below: manifest.vocabularies.features(of: kind), in: transaction
            ) { place, feature in
                let row = numbers?[Int(place)] ?? place
                if layers.isEmpty || self.place(of: Int(row))?.part == part { body(row, feature) }
            }
        }
    }
}
