import LikenessFormat
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
        for part in ParameterPart.allCases where table.count(of: part) > 0 {
            let layout = MatrixNames.parameters(table.kind, part, components: components)
            let matrix = try unsafe table.withUnsafeBytes(of: part) { (source) throws(StoreError) in
                try unsafe writer.write(layout, rows: table.rows) { rows, memory in
                    unsafe ModelWriter.copy(source, rows, to: memory, rowByteCount: layout.rowByteCount)
                    unsafe ModelWriter.clear(memory, rows, absentFrom: present, rowByteCount: layout.rowByteCount)
                }
            }
            matrices.append(matrix)
        }
    }

    /// Writes what queries read of one kind of rows, block by block: no more than a block of them is in memory, but for the terms.
    ///
    /// - Parameter features: what the rows are made of; nil if each is its own embedding alone.
    /// - Throws: `FitError` if a row cannot be coded; `name` gives the row's id.
    mutating func write(
        _ model: Model, _ kind: RowKind, _ features: FeatureRows?, present: [Bool], epoch: Int,
        name: (Int) -> String
    ) throws(FitError) {
        let rows = model.rows(of: kind)
        let coder = RowCoder(components: components)
        var terms: [Float] = []
        terms.reserveCapacity(rows * 4)
        var failure: RowCoderError?
        do {
            let layout = MatrixNames.representations(kind, components: components)
            let vectors = try unsafe writer.write(layout, rows: rows) { rows, memory in
                let part = model.representations(of: kind, features, rows: rows)
                unsafe part.vectors.withUnsafeBuffer { unsafe memory.copyMemory(from: UnsafeRawBufferPointer($0)) }
                unsafe ModelWriter.clear(memory, rows, absentFrom: present, rowByteCount: layout.rowByteCount)
            }
            let codes = try unsafe writer.write(
                MatrixNames.codes(kind, components: components), rows: rows
            ) { rows, memory in
                guard failure == nil else { return }
                let part = model.representations(of: kind, features, rows: rows)
                do throws(RowCoderError) {
                    let coded = try unsafe part.vectors.withUnsafeBuffer { (vectors) throws(RowCoderError) in
                        try unsafe coder.code(
                            vectors.span, biases: part.biases.span, present: Array(present[rows]), firstRow: rows.lowerBound)
                    }
                    unsafe coded.codes.span.bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
                    terms += coded.terms
                } catch {
                    failure = error
                }
            }
            if failure == nil {
                matrices += [vectors, codes]
                try unsafe terms.span.bytes.withUnsafeBytes { (terms) throws(StoreError) in
                    let layout = MatrixNames.terms(kind)
                    let matrix = try unsafe writer.write(layout, rows: rows) { rows, memory in
                        unsafe ModelWriter.copy(terms, rows, to: memory, rowByteCount: layout.rowByteCount)
                    }
                    matrices.append(matrix)
                }
            }
        } catch {
            throw .store(error)
        }
        if let failure { throw ModelWriter.fitError(failure, kind: kind, epoch: epoch, name: name) }
    }

    /// Writes feature rows.
    mutating func write(_ rows: FeatureRows, kind: RowKind) throws(StoreError) {
        let columns = FeatureRowsColumns(
            offsets: rows.offsets.map { UInt32($0) }, identityWeights: rows.identityWeights, columns: rows.columns,
            weights: rows.weights)
        matrices.append(try writer.write(MatrixNames.features(kind), featureRows: columns))
    }

    /// Writes what the version counted of its rows.
    mutating func write(_ tallies: [RowTally], kind: RowKind) throws(StoreError) {
        matrices.append(try writer.write(tallies, kind))
    }

    /// Writes opinions that the fit left out.
    mutating func write(_ opinions: [WaitingOpinion], kind: RowKind) throws(StoreError) {
        guard !opinions.isEmpty else { return }
        let layout = MatrixNames.waiting(kind)
        unsafe matrices.append(
            try writer.write(layout, rows: opinions.count) { rows, memory in
                for (place, row) in rows.enumerated() {
                    for (column, word) in opinions[row].words.enumerated() {
                        unsafe memory.storeBytes(
                            of: word.littleEndian, toByteOffset: place * layout.rowByteCount + 4 * column, as: UInt32.self)
                    }
                }
            })
    }

    /// Writes what is pending.
    consuming func finish() throws(StoreError) -> (matrices: [MatrixDescriptor], bytesWritten: Int) {
        try writer.finish()
        return (matrices, writer.bytesWritten)
    }

    private static func copy(
        _ source: UnsafeRawBufferPointer, _ rows: Range<Int>, to memory: UnsafeMutableRawBufferPointer, rowByteCount: Int
    ) {
        let bytes = rows.lowerBound * rowByteCount..<rows.upperBound * rowByteCount
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[bytes]))
    }

    private static func clear(
        _ memory: UnsafeMutableRawBufferPointer, _ rows: Range<Int>, absentFrom present: [Bool], rowByteCount: Int
    ) {
        for (place, row) in rows.enumerated() where !present[row] {
            let absent = place * rowByteCount..<(place + 1) * rowByteCount
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory[absent]).initializeMemory(as: UInt8.self, repeating: 0)
        }
    }

    static func fitError(
        _ error: RowCoderError, kind: RowKind, epoch: Int, name: (Int) -> String
    ) -> FitError {
        switch error {
        case .notFinite(let row), .tooLarge(let row):
            .diverged(epoch: epoch, kind: kind.description, id: name(row))
        case .sizeDiffers(let array, let expected, let found):
            .training(.sizeMismatch(what: array, expected: expected, found: found))
        }
    }
}
