import LikenessFormat
import LikenessStore

/// Writes what a continuation changed as layers over its parent's matrices.
///
/// A new layer takes in the parent's newest layers of its kind that are less than twice as large, and more of them if there would be over
/// `mostLayers`: so each row is written again only a few times. Past `foldedShare` of the kind's rows in layers, base and layers are
/// written anew as a base, block by block.
struct LayerWriter: ~Copyable {
    /// Layers of a kind at most.
    static let mostLayers = 4
    /// The share of a kind's rows in layers from which on a new base is written.
    static let foldedShare = 0.2

    private let store: Store
    private var writer: BlockTreeWriter
    private(set) var matrices: [MatrixDescriptor]
    private(set) var layers: [LayerDescriptor]
    /// Rows that were written, rows that a merge or a new base wrote again among them.
    private(set) var rowsWritten = 0

    init(_ store: Store, parent: Manifest) {
        self.store = store
        writer = BlockTreeWriter(store)
        matrices = parent.matrices
        layers = parent.layers ?? []
    }

    /// Writes the changed rows of a kind.
    ///
    /// - Parameter count: rows that the version may have of the kind.
    mutating func write(_ draft: LayerDraft, over parent: LayeredRows, count: Int) throws(StoreError) {
        guard !draft.numbers.isEmpty else { return }
        let rows = DraftedRows(draft, over: parent, store)
        var kept = parent.layers
        var numbers = draft.numbers
        while let last = kept.last, kept.count >= Self.mostLayers || last.numbers.count < 2 * numbers.count {
            numbers = Self.union(last.numbers, numbers)
            kept.removeLast()
        }
        let layered = kept.reduce(numbers.count) { $0 + $1.numbers.count }
        layers.removeAll { $0.kind == draft.kind }
        if Double(layered) > Self.foldedShare * Double(parent.baseCount) {
            try fold(rows, count: max(count, parent.count))
        } else {
            layers += kept.map(\.descriptor)
            layers.append(try layer(of: numbers, rows))
        }
    }

    /// Writes a new base of the kind of some rows, as they are.
    mutating func fold(_ parent: LayeredRows, progress: (Double) -> Void = { _ in }) throws(StoreError) {
        var draft = LayerDraft(parent.kind)
        let parts = parent.layers.reduce(into: Set<String>()) { $0.formUnion($1.descriptor.roots.keys) }
        for layout in MatrixNames.layouts(parent.kind, components: parent.manifest.components)
        where parts.contains(layout.name.split(separator: ".").last.map(String.init) ?? "") {
            draft.contents[layout.name] = []
        }
        layers.removeAll { $0.kind == parent.kind }
        try fold(DraftedRows(draft, over: parent, store), count: parent.count, progress: progress)
    }

    /// Writes a layer.
    private mutating func layer(of numbers: [UInt32], _ rows: DraftedRows) throws(StoreError) -> LayerDescriptor {
        let kind = rows.draft.kind
        var layer = LayerDescriptor(kind: kind, rows: numbers.count)
        let matrix = unsafe try writer.write(MatrixNames.numbers(kind), rows: numbers.count) { range, memory in
            for (place, row) in range.enumerated() {
                unsafe memory.storeBytes(of: numbers[row].littleEndian, toByteOffset: 4 * place, as: UInt32.self)
            }
        }
        layer.add(matrix)
        for layout in rows.layouts { layer.add(try write(layout, rows, count: numbers.count) { numbers[$0] }) }
        if rows.hasFeatures {
            layer.add(try writer.write(MatrixNames.features(kind), featureRows: try rows.featureRows(numbers)))
        }
        rowsWritten += numbers.count
        return layer
    }

    /// Writes a new base of a kind.
    ///
    /// - Parameter progress: called with the share that is done.
    private mutating func fold(
        _ rows: DraftedRows, count: Int, progress: (Double) -> Void = { _ in }
    ) throws(StoreError) {
        let kind = rows.draft.kind
        let whole = [MatrixNames.waiting(kind).name, MatrixNames.gram(kind, components: rows.parent.manifest.components).name]
        matrices.removeAll { $0.name.hasPrefix(kind.matrixPrefix + ".") && !whole.contains($0.name) }
        let layouts = rows.layouts
        for (place, layout) in layouts.enumerated() {
            matrices.append(
                try write(layout, rows, count: count) { row in
                    if row.isMultiple(of: 4_096) {
                        progress((Double(place) + Double(row) / Double(max(count, 1))) / Double(layouts.count))
                    }
                    return UInt32(truncatingIfNeeded: row)
                })
        }
        if rows.hasFeatures {
            let columns = try rows.featureRows((0..<count).lazy.map { UInt32(truncatingIfNeeded: $0) })
            matrices.append(try writer.write(MatrixNames.features(kind), featureRows: columns))
        }
        rowsWritten += count
    }

    private mutating func write(
        _ layout: MatrixLayout, _ rows: DraftedRows, count: Int, number: (Int) -> UInt32
    ) throws(StoreError) -> MatrixDescriptor {
        var failure: StoreError?
        let matrix = unsafe try writer.write(layout, rows: count) { range, memory in
            guard failure == nil else { return }
            do throws(StoreError) { try unsafe rows.copy(range.map(number), layout, to: memory) } catch { failure = error }
        }
        if let failure { throw failure }
        return matrix
    }

    /// Writes the Gram matrix of a kind in place of the parent's.
    mutating func write(gram: [Double], _ kind: RowKind, components: Int) throws(StoreError) {
        let matrix = try writer.write(gram: gram, kind, components: components)
        matrices.removeAll { $0.name == matrix.name }
        matrices.append(matrix)
    }

    /// Writes what is pending.
    mutating func finish() throws(StoreError) -> Int {
        try writer.finish()
        return writer.bytesWritten
    }

    /// All numbers of two ascending lists, ascending and each once.
    static func union(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        var union: [UInt32] = []
        union.reserveCapacity(a.count + b.count)
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            if j == b.count || i < a.count && a[i] < b[j] {
                union.append(a[i])
                i += 1
            } else {
                if i < a.count, a[i] == b[j] { i += 1 }
                union.append(b[j])
                j += 1
            }
        }
        return union
    }
}

extension LayerDescriptor {
    /// Notes a matrix that was written for the layer.
    fileprivate mutating func add(_ matrix: MatrixDescriptor) {
        guard let part = matrix.name.split(separator: ".").last else { return }
        roots[String(part)] = matrix.root
    }
}
