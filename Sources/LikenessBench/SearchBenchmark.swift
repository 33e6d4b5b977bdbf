import LikenessSearch

/// Times exact search over vectors in memory, laid out and cut into blocks as a version in the map is.
@safe struct SearchBenchmark {
    static let rowsPerBlock = 4_096

    let shape: RowShape
    let rows: Int
    let scan: ExactScan
    let codingSeconds: Double
    private let memory: [UnsafeMutableRawPointer]

    /// Codes the vectors, `rows` × `components`, and lays them out. The memory is kept until the process ends.
    init(vectors: [Float], rows: Int, components: Int) throws {
        shape = RowShape(components: components)
        self.rows = rows
        var representations = [Float](repeating: 0, count: rows * shape.representationFloats)
        for row in 0..<rows {
            for component in 0..<components {
                representations[row * shape.representationFloats + component] = vectors[row * components + component]
            }
        }
        let biases = [Float](repeating: 0, count: rows)
        let clock = ContinuousClock()
        let start = clock.now
        let coded = try RowCoder(components: components).code(representations.span, biases: biases.span)
        codingSeconds = start.duration(to: clock.now).seconds
        let matrices: [UnsafeMutableRawPointer] = unsafe [
            unsafe Self.copy(representations), unsafe Self.copy(coded.codes), unsafe Self.copy(coded.terms),
        ]
        unsafe memory = unsafe matrices
        let strides = [shape.representationBytes, shape.codeBytes, RowShape.termsBytes]
        let cut = try zip(0..<3, strides).map { (index, stride) in
            try RowSegments(
                Swift.stride(from: 0, to: rows, by: Self.rowsPerBlock).map { first in
                    unsafe RowSegment(
                        base: UnsafeRawPointer(matrices[index]) + first * stride, firstRow: first,
                        rows: min(Self.rowsPerBlock, rows - first))
                }, stride: stride)
        }
        scan = ExactScan(
            try ScanTable(representations: cut[0], codes: cut[1], terms: cut[2], components: components))
    }

    /// Answers each query by itself; the seconds of each answer, and the answers.
    func run(
        _ queries: [[Float]], k: Int, by similarity: Similarity
    ) throws -> (seconds: [Double], matches: [[Match]]) {
        let clock = ContinuousClock()
        var seconds: [Double] = []
        var matches: [[Match]] = []
        for query in queries {
            let start = clock.now
            let vector = try QueryVector(query)
            matches.append(try scan.nearest(to: vector, by: similarity, k: k))
            seconds.append(start.duration(to: clock.now).seconds)
        }
        return (seconds, matches)
    }

    /// Answers all queries in one pass; the seconds it took.
    func runBatch(_ queries: [[Float]], k: Int, by similarity: Similarity) throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        _ = try scan.nearest(to: queries.map { try QueryVector($0) }, by: similarity, k: k)
        return start.duration(to: clock.now).seconds
    }

    private static func copy<Element>(_ array: [Element]) -> UnsafeMutableRawPointer {
        unsafe array.withUnsafeBytes { bytes in
            let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 64)
            if let source = bytes.baseAddress { unsafe memory.copyMemory(from: source, byteCount: bytes.count) }
            return unsafe memory
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
