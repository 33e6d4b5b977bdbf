import LikenessFormat
import LikenessSearch
import LikenessStore
import LikenessTraining

/// Writes vectors without biases or an optimiser's state as what queries read: representations, codes and terms.
///
/// Rows that are not part of the version are written as zeros and marked by a negative norm, as in every version.
struct FactorWriter: ~Copyable {
    private var writer: BlockTreeWriter
    private var matrices: [MatrixDescriptor] = []
    private let components: Int

    init(_ store: Store, components: Int) {
        writer = BlockTreeWriter(store)
        self.components = components
    }

    /// Writes the vectors of one kind of rows.
    ///
    /// - Throws: `StoreError`, or the coder's error, which names a row that is not finite or too long.
    mutating func write(_ vectors: FactorMatrix, _ kind: RowKind, present: [Bool]) throws {
        let (coder, rows) = (RowCoder(components: components), vectors.rows)
        var terms: [Float] = []
        terms.reserveCapacity(4 * rows)
        let stride = vectors.stride
        let layout = MatrixNames.representations(kind, components: components)
        matrices.append(
            try unsafe writer.write(layout, rows: rows) { rows, memory in
                unsafe FactorWriter.copy(vectors, rows, present, to: memory)
            })
        var failure: RowCoderError?
        matrices.append(
            try unsafe writer.write(MatrixNames.codes(kind, components: components), rows: rows) { rows, memory in
                guard failure == nil else { return }
                var part = [Float](repeating: 0, count: rows.count * stride)
                unsafe part.withUnsafeMutableBytes { unsafe FactorWriter.copy(vectors, rows, present, to: $0) }
                let biases = [Float](repeating: 0, count: rows.count)
                do throws(RowCoderError) {
                    let coded = try coder.code(
                        part.span, biases: biases.span, present: Array(present[rows]), firstRow: rows.lowerBound)
                    unsafe coded.codes.span.bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
                    terms += coded.terms
                } catch {
                    failure = error
                }
            })
        if let failure { throw failure }
        matrices.append(
            try unsafe writer.write(MatrixNames.terms(kind), rows: rows) { rows, memory in
                unsafe terms[4 * rows.lowerBound..<4 * rows.upperBound].withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
            })
    }

    /// Writes feature rows.
    mutating func write(_ rows: FeatureRows, _ kind: RowKind) throws(StoreError) {
        let columns = FeatureRowsColumns(
            offsets: rows.offsets.map { UInt32($0) }, identityWeights: rows.identityWeights, columns: rows.columns,
            weights: rows.weights)
        matrices.append(try writer.write(MatrixNames.features(kind), featureRows: columns))
    }

    /// Writes the Gram matrix of one kind of rows, which folds in and continues.
    mutating func write(gram: [Double], _ kind: RowKind) throws(StoreError) {
        matrices.append(try writer.write(gram: gram, kind, components: components))
    }

    /// Writes what the version counted of its rows.
    mutating func write(_ tallies: [RowTally], _ kind: RowKind) throws(StoreError) {
        matrices.append(try writer.write(tallies, kind))
    }

    /// Writes what is pending.
    consuming func finish() throws(StoreError) -> (matrices: [MatrixDescriptor], bytesWritten: Int) {
        try writer.finish()
        return (matrices, writer.bytesWritten)
    }

    /// Copies rows with their padding; those that are not part of the version become zeros.
    private static func copy(
        _ vectors: FactorMatrix, _ rows: Range<Int>, _ present: [Bool], to memory: UnsafeMutableRawBufferPointer
    ) {
        let rowByteCount = vectors.stride * MemoryLayout<Float>.stride
        unsafe vectors.values.withUnsafeBuffer { values in
            for (place, row) in rows.enumerated() {
                let target = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: memory[place * rowByteCount..<(place + 1) * rowByteCount])
                if present[row] {
                    let source = unsafe UnsafeBufferPointer(rebasing: values[row * vectors.stride..<(row + 1) * vectors.stride])
                    unsafe target.copyMemory(from: UnsafeRawBufferPointer(source))
                } else {
                    unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
                }
            }
        }
    }
}

extension BlockTreeWriter {
    /// Writes a Gram matrix: d rows of d numbers in single precision.
    mutating func write(gram: [Double], _ kind: RowKind, components: Int) throws(StoreError) -> MatrixDescriptor {
        let floats = gram.map { Float($0) }
        let layout = MatrixNames.gram(kind, components: components)
        return try unsafe write(layout, rows: components) { rows, memory in
            for (place, row) in rows.enumerated() {
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[(place * layout.rowByteCount)...])
                unsafe floats[row * components..<(row + 1) * components].withUnsafeBytes { unsafe target.copyMemory(from: $0) }
            }
        }
    }

    /// Writes what a version counted of its rows.
    mutating func write(_ tallies: [RowTally], _ kind: RowKind) throws(StoreError) -> MatrixDescriptor {
        let layout = MatrixNames.tallies(kind)
        return try unsafe write(layout, rows: tallies.count) { rows, memory in
            for (place, row) in rows.enumerated() {
                let start = place * layout.rowByteCount
                unsafe tallies[row].write(to: UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + layout.rowByteCount]))
            }
        }
    }
}
