package import LikenessFormat
import RandomNumbers

/// The parameters of one kind of row, and what the optimiser keeps about them.
///
/// A row of an embedding array is `components` floats followed by zeros up to `stride` floats, which is `components` rounded up to
/// a multiple of 16; every row starts on a 64-byte boundary:
/// ```
/// |<--------- stride --------->|
/// | c0 c1 c2 ... c(d-1) 0 .. 0 |  row 0
/// | c0 c1 c2 ... c(d-1) 0 .. 0 |  row 1
/// ```
/// Bias arrays hold one float a row. Values can be read and filled as raw memory of exactly this layout, in machine byte order.
package struct ParameterTable: Sendable, Equatable {
    /// The kind of row, which is part of what decides where fresh rows start.
    package let kind: RowKind
    /// Numbers in a row that are not padding (d).
    package let components: Int
    /// Floats from one row to the next.
    package let stride: Int
    /// The step rule that the accumulators belong to.
    package let schedule: Hyperparameters.Schedule
    /// How many rows there are.
    package private(set) var rows: Int

    /// The embeddings: `rows` × ``stride``, with zeros behind the components.
    package var embeddings: AlignedFloats
    /// The optimiser's sums of squared gradients (adagrad), or their running means (adadelta), of the same shape.
    package var embeddingAccumulators: AlignedFloats
    /// The running means of squared steps of adadelta, of the same shape; empty for adagrad.
    package var embeddingMomenta: AlignedFloats
    /// One bias a row.
    package var biases: AlignedFloats
    /// The accumulators of the biases.
    package var biasAccumulators: AlignedFloats
    /// The momenta of the biases.
    package var biasMomenta: AlignedFloats

    /// `components` rounded up to a multiple of 16.
    package static func stride(of components: Int) -> Int { (components + 15) / 16 * 16 }

    /// A table without rows.
    package init(kind: RowKind, components: Int, schedule: Hyperparameters.Schedule) {
        self.kind = kind
        self.components = components
        self.schedule = schedule
        stride = Self.stride(of: components)
        rows = 0
        embeddings = AlignedFloats(repeating: 0, count: 0)
        embeddingAccumulators = embeddings
        embeddingMomenta = embeddings
        biases = embeddings
        biasAccumulators = embeddings
        biasMomenta = embeddings
    }

    /// Floats in an array of the table.
    package func count(of part: ParameterPart) -> Int {
        switch part {
        case .embeddings, .embeddingAccumulators: rows * stride
        case .biases, .biasAccumulators: rows
        case .embeddingMomenta: schedule == .adadelta ? rows * stride : 0
        case .biasMomenta: schedule == .adadelta ? rows : 0
        }
    }

    /// Adds rows at the end, each as a fresh row starts: its embedding uniform in ±1/(2 × components), from the seed, the kind and
    /// the row's own index alone, so that it does not matter how many others there are; everything else as the step rule starts.
    /// - Complexity: O(rows × stride).
    package mutating func grow(to rows: Int, seed: UInt64) {
        let first = self.rows
        addRows(upTo: rows)
        if rows > first { drawEmbeddings(first..<rows, as: first..<rows, seed: seed) }
    }

    /// Lets rows start anew, as fresh rows do.
    /// - Parameter numbers: the rows as whose equals they start, in a table that holds some rows of a larger one; nil for their own.
    /// - Complexity: O(`rows` × stride).
    package mutating func restart(_ rows: [Int], as numbers: [Int]? = nil, seed: UInt64) {
        let start: Float = schedule == .adagrad ? 1 : 0
        let (components, stride) = (components, stride)
        for part in ParameterPart.allCases where part != .embeddings && count(of: part) > 0 {
            let value = part == .embeddingAccumulators || part == .biasAccumulators ? start : 0
            unsafe self[keyPath: Self.path(to: part)].withUnsafeMutableBuffer { floats in
                for row in rows {
                    let values = part.isWide ? row * stride..<row * stride + components : row..<row + 1
                    for place in values { unsafe floats[place] = value }
                }
            }
        }
        drawEmbeddings(rows, as: numbers ?? rows, seed: seed)
    }

    private mutating func drawEmbeddings(_ rows: some Sequence<Int>, as numbers: some Sequence<Int>, seed: UInt64) {
        let (components, stride) = (components, stride)
        let start = SplitMix64.mix(seed, UInt64(RowKind.allCases.firstIndex(of: kind) ?? 0) &+ 1)
        unsafe embeddings.withUnsafeMutableBuffer { values in
            for (row, number) in zip(rows, numbers) {
                var random = SplitMix64(seed: SplitMix64.mix(start, UInt64(number)))
                for component in 0..<components {
                    unsafe values[row * stride + component] = (random.unitFloat() - 0.5) / Float(components)
                }
            }
        }
    }

    /// Adds rows at the end whose embeddings are zero, to be filled by the caller with
    /// ``withUnsafeMutableBytes(of:_:)``.
    /// - Complexity: O(rows × stride).
    package mutating func addRows(upTo rows: Int) {
        guard rows > self.rows else { return }
        self.rows = rows
        let start: Float = schedule == .adagrad ? 1 : 0
        embeddings.grow(to: rows * stride, repeating: 0)
        embeddingAccumulators.grow(to: rows * stride, repeating: start)
        biases.grow(to: rows, repeating: 0)
        biasAccumulators.grow(to: rows, repeating: start)
        if schedule == .adagrad, stride > components {
            let (rows, components, stride) = (rows, components, stride)
            unsafe embeddingAccumulators.withUnsafeMutableBuffer { squares in
                for row in 0..<rows {
                    for padding in components..<stride { unsafe squares[row * stride + padding] = 0 }
                }
            }
        }
        if schedule == .adadelta {
            embeddingMomenta.grow(to: rows * stride, repeating: 0)
            biasMomenta.grow(to: rows, repeating: 0)
        }
    }

    /// The embedding of a row, without padding.
    package func embedding(_ row: Int) -> [Float] {
        (0..<components).map { embeddings[row * stride + $0] }
    }

    /// Lends one array's memory for reading.
    package func withUnsafeBytes<Result, Failure: Error>(
        of part: ParameterPart, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe self[keyPath: Self.path(to: part)].withUnsafeBuffer { (floats) throws(Failure) in
            try unsafe body(UnsafeRawBufferPointer(floats))
        }
    }

    /// Lends one array's memory for reading and writing, after a copy if it is shared. Padding must stay zero.
    package mutating func withUnsafeMutableBytes<Result, Failure: Error>(
        of part: ParameterPart, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe self[keyPath: Self.path(to: part)].withUnsafeMutableBuffer { (floats) throws(Failure) in
            try unsafe body(UnsafeMutableRawBufferPointer(floats))
        }
    }

    private static func path(to part: ParameterPart) -> WritableKeyPath<ParameterTable, AlignedFloats> {
        switch part {
        case .embeddings: \.embeddings
        case .embeddingAccumulators: \.embeddingAccumulators
        case .embeddingMomenta: \.embeddingMomenta
        case .biases: \.biases
        case .biasAccumulators: \.biasAccumulators
        case .biasMomenta: \.biasMomenta
        }
    }
}
