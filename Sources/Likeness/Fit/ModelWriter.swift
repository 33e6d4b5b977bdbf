import LikenessSearch
import LikenessStore
import LikenessTraining

/// Writes a trained model as the matrices of a version: parameters, optimiser state, representations, codes and terms.
///
/// Rows that are not part of the version are written as zeros, which are stored once, and marked by a negative norm.
struct ModelWriter: ~Copyable {
    private var writer: BlockTreeWriter
    private var matrices: [MatrixDescriptor] = []
    private let components: Int

    init(_ store: Store, components: Int) {
        writer = BlockTreeWriter(store)
        self.components = components
    }

    /// Writes the parameters and the optimiser state of one kind of rows.
    mutating func write(_ table: ParameterTable, present: [Bool]) throws(StoreError) {
        for part in ParameterTable.Part.allCases where table.count(of: part) > 0 {
            let layout = MatrixNames.parameters(table.kind, part, components: components)
            let matrix = try unsafe table.withUnsafeBytes(of: part) { (source) throws(StoreError) in
                try unsafe writer.write(layout, rows: table.rows) { rows, memory in
                    unsafe ModelWriter.copy(source, rows, to: memory, present: present, rowByteCount: layout.rowByteCount)
                }
            }
            matrices.append(matrix)
        }
    }

    /// Writes what queries read of one kind of rows.
    ///
    /// - Throws: `FitError` if a row cannot be coded; `name` gives the row's id.
    mutating func write(
        _ representations: Representations, kind: TrainingError.RowKind, present: [Bool], epoch: Int,
        name: (Int) -> String
    ) throws(FitError) {
        let coded: RowCoder.CodedRows
        do {
            coded = try unsafe representations.vectors.withUnsafeBuffer { (vectors) throws(RowCoderError) in
                try unsafe RowCoder(components: components).code(
                    vectors.span, biases: representations.biases.span, present: present)
            }
        } catch {
            throw ModelWriter.fitError(error, kind: kind, epoch: epoch, name: name)
        }
        do {
            let rows = representations.biases.count
            let layout = MatrixNames.representations(kind, components: components)
            try unsafe representations.vectors.withUnsafeBuffer { (vectors) throws(StoreError) in
                try unsafe add(layout, rows: rows, present: present, UnsafeRawBufferPointer(vectors))
            }
            try unsafe coded.codes.span.bytes.withUnsafeBytes { (codes) throws(StoreError) in
                try unsafe add(MatrixNames.codes(kind, components: components), rows: rows, codes)
            }
            try unsafe coded.terms.span.bytes.withUnsafeBytes { (terms) throws(StoreError) in
                try unsafe add(MatrixNames.terms(kind), rows: rows, terms)
            }
        } catch {
            throw .store(error)
        }
    }

    /// Writes feature rows.
    mutating func write(_ rows: FeatureRows, kind: TrainingError.RowKind) throws(StoreError) {
        let columns = FeatureRowsColumns(
            offsets: rows.offsets.map { UInt32($0) }, identityWeights: rows.identityWeights, columns: rows.columns,
            weights: rows.weights)
        matrices.append(try writer.write(MatrixNames.features(kind), featureRows: columns))
    }

    /// Writes what is pending.
    consuming func finish() throws(StoreError) -> (matrices: [MatrixDescriptor], bytesWritten: Int) {
        try writer.finish()
        return (matrices, writer.bytesWritten)
    }

    private mutating func add(
        _ layout: MatrixLayout, rows: Int, present: [Bool]? = nil, _ source: UnsafeRawBufferPointer
    ) throws(StoreError) {
        let matrix = try unsafe writer.write(layout, rows: rows) { rows, memory in
            unsafe ModelWriter.copy(source, rows, to: memory, present: present, rowByteCount: layout.rowByteCount)
        }
        matrices.append(matrix)
    }

    private static func copy(
        _ source: UnsafeRawBufferPointer, _ rows: Range<Int>, to memory: UnsafeMutableRawBufferPointer, present: [Bool]?,
        rowByteCount: Int
    ) {
        let bytes = rows.lowerBound * rowByteCount..<rows.upperBound * rowByteCount
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[bytes]))
        guard let present else { return }
        for (place, row) in rows.enumerated() where !present[row] {
            let absent = place * rowByteCount..<(place + 1) * rowByteCount
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory[absent]).initializeMemory(as: UInt8.self, repeating: 0)
        }
    }

    private static func fitError(
        _ error: RowCoderError, kind: TrainingError.RowKind, epoch: Int, name: (Int) -> String
    ) -> FitError {
        switch error {
        case .notFinite(let row), .tooLarge(let row):
            .diverged(epoch: epoch, kind: kind.description, id: name(row))
        case .sizeDiffers(let array, let expected, let found):
            .training(.sizeMismatch(what: array, expected: expected, found: found))
        }
    }
}
