package import LikenessEvaluation
package import LikenessFormat
package import LikenessStore
import LikenessTraining

/// The representations of a version's users or items, lent from the memory map for as long as the transaction is open.
@safe package struct VersionRows {
    private let blocks: [UnsafePointer<Float>]
    private let rowsPerBlock: Int
    private let stride: Int
    private let components: Int
    /// One bias a row.
    package let biases: [Float]
    /// Whether each row is part of the version.
    package let isPresent: [Bool]

    /// - Throws: `StoreError`: the version is damaged.
    /// - Complexity: O(rows): biases are copied, vectors are not.
    package init(
        _ kind: RowKind, _ manifest: Manifest, _ store: Store, in transaction: borrowing Reading
    ) throws(StoreError) {
        let layout = MatrixNames.representations(kind, components: manifest.components)
        guard let vectors = manifest.matrix(layout.name), let terms = manifest.matrix(MatrixNames.terms(kind).name),
            vectors.rows == terms.rows, vectors.rowByteCount == layout.rowByteCount, terms.rowByteCount == 16
        else {
            throw .damaged(table: "versions", key: manifest.version.description, reason: "its matrices do not fit together")
        }
        components = manifest.components
        stride = layout.rowByteCount / MemoryLayout<Float>.stride
        rowsPerBlock = max(vectors.rowsPerBlock, 1)
        var blocks: [UnsafePointer<Float>] = unsafe []
        let segments = unsafe try MatrixView(vectors, in: store).segments(in: transaction)
        // Rows of a block start on 64 bytes, and only floats are written there.
        for index in unsafe segments.indices { unsafe blocks.append(segments[index].base.assumingMemoryBound(to: Float.self)) }
        unsafe self.blocks = blocks
        var biases: [Float] = []
        var isPresent: [Bool] = []
        biases.reserveCapacity(terms.rows)
        isPresent.reserveCapacity(terms.rows)
        let termSegments = unsafe try MatrixView(terms, in: store).segments(in: transaction)
        for index in unsafe termSegments.indices {
            let segment = unsafe termSegments[index]
            let values = unsafe segment.base.assumingMemoryBound(to: Float.self)
            for row in 0..<(unsafe segment.rowCount) {
                biases.append(unsafe values[4 * row + 3])
                isPresent.append(unsafe values[4 * row + 2] >= 0)
            }
        }
        self.biases = biases
        self.isPresent = isPresent
    }

    /// The vectors of some rows, one behind the other without padding.
    package func vectors(of rows: [UInt32]) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(rows.count * components)
        for row in rows.map(Int.init) {
            let start = unsafe blocks[row / rowsPerBlock] + row % rowsPerBlock * stride
            unsafe values.append(contentsOf: UnsafeBufferPointer(start: start, count: components))
        }
        return values
    }

    /// Calls `body` with a model of some users and these items.
    package func withModel<Result>(
        users: [Float], userBiases: [Float], _ body: (ScoringModel) throws -> Result
    ) throws -> Result {
        // One value more keeps the addresses of empty arrays from being nil.
        let users = users + [0]
        return try unsafe users.withUnsafeBufferPointer { users in
            try unsafe userBiases.withUnsafeBufferPointer { userBiases in
                try unsafe biases.withUnsafeBufferPointer { biases in
                    try unsafe isPresent.withUnsafeBufferPointer { isPresent in
                        guard let start = users.baseAddress else { preconditionFailure("an array of a value has an address") }
                        return try body(
                            ScoringModel(
                                users: unsafe LikenessEvaluation.Representations(
                                    embeddings: start, biases: userBiases.baseAddress, count: userBiases.count,
                                    components: components, stride: components),
                                items: unsafe LikenessEvaluation.Representations(
                                    blocks: blocks, rowsPerBlock: rowsPerBlock, biases: biases.baseAddress,
                                    isPresent: isPresent.baseAddress, count: biases.count, components: components,
                                    stride: stride)))
                    }
                }
            }
        }
    }
}
