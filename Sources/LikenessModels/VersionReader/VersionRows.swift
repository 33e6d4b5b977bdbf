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
    package private(set) var isPresent: [Bool]

    /// - Throws: `StoreError`: the version is damaged.
    /// - Complexity: O(rows): biases are copied, vectors are not.
    package init(
        _ kind: RowKind, _ manifest: Manifest, _ store: StoreReader, in transaction: borrowing Reading
    ) throws(StoreError) {
        let rows = try LayeredRows(kind, manifest, store, in: transaction)
        let layout = MatrixNames.representations(kind, components: manifest.components)
        components = manifest.components
        stride = layout.rowByteCount / MemoryLayout<Float>.stride
        var biases = [Float](repeating: 0, count: rows.count)
        var isPresent = [Bool](repeating: false, count: rows.count)
        var parts: [(vectors: MatrixDescriptor, blocks: [UnsafePointer<Float>])] = unsafe []
        for part in 0...rows.layers.count {
            guard let vectors = try rows.descriptor(layout, part: part),
                let terms = try rows.descriptor(MatrixNames.terms(kind), part: part)
            else {
                throw .damaged(table: "versions", key: manifest.version.description, reason: "its matrices do not fit together")
            }
            var blocks: [UnsafePointer<Float>] = unsafe []
            unsafe try MatrixView(vectors, in: store).forEachSegment(in: transaction) { rows, _ in
                // Rows of a block start on 64 bytes, and only floats are written there.
                if let start = rows.baseAddress { unsafe blocks.append(start.assumingMemoryBound(to: Float.self)) }
            }
            unsafe parts.append((vectors, blocks))
            let numbers = part == 0 ? nil : rows.layers[part - 1].numbers
            unsafe try MatrixView(terms, in: store).forEachSegment(in: transaction) { rows, firstRow in
                for place in 0..<rows.count / RowTerms.byteCount {
                    // A newer layer comes later and so has the last word.
                    let row = numbers.map { Int($0[firstRow + place]) } ?? (firstRow + place)
                    let terms = unsafe RowTerms(rows, at: place)
                    (biases[row], isPresent[row]) = (terms.bias, terms.isPresent)
                }
            }
        }
        if rows.layers.isEmpty {
            unsafe blocks = unsafe parts[0].blocks
            rowsPerBlock = max(unsafe parts[0].vectors.rowsPerBlock, 1)
        } else {
            // One pointer a row. A row that nothing has is not part of the version: its contents do not count.
            guard let any = unsafe parts.lazy.compactMap({ unsafe $0.blocks.first }).first else {
                throw .damaged(table: "versions", key: manifest.version.description, reason: "its layers are empty")
            }
            var pointers = unsafe [UnsafePointer<Float>](repeating: any, count: rows.count)
            for number in unsafe parts.indices {
                let part = unsafe parts[number]
                let perBlock = max(unsafe part.vectors.rowsPerBlock, 1)
                for place in 0..<(unsafe part.vectors.rows) {
                    let row = number == 0 ? place : Int(rows.layers[number - 1].numbers[place])
                    unsafe pointers[row] = part.blocks[place / perBlock] + place % perBlock * stride
                }
            }
            unsafe blocks = pointers
            rowsPerBlock = 1
        }
        self.biases = biases
        self.isPresent = isPresent
    }

    /// Leaves out rows as if they were not part of the version.
    package mutating func keep(_ isKept: [Bool]) {
        for row in isPresent.indices where !isKept[row] { isPresent[row] = false }
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
                                users: unsafe LentRepresentations(
                                    embeddings: start, biases: userBiases.baseAddress, count: userBiases.count,
                                    components: components, stride: components),
                                items: unsafe LentRepresentations(
                                    blocks: blocks, rowsPerBlock: rowsPerBlock, biases: biases.baseAddress,
                                    isPresent: isPresent.baseAddress, count: biases.count, components: components,
                                    stride: stride)))
                    }
                }
            }
        }
    }
}
