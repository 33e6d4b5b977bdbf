import LikenessSearch
import RandomNumbers
import Synchronization
import WorkerThreads

/// Times exact search over vectors in memory, laid out and cut into blocks as a version in the map is.
@safe struct SearchBenchmark {
    static let rowsPerBlock = 4_096

    let shape: RowShape
    let rows: Int
    let scan: ExactScan
    let codingSeconds: Double

    /// Codes the vectors, `rows` × `components`, and lays them out. The memory is kept until the process ends.
    init(vectors: VectorFile, biases: VectorFile?, components: Int) throws {
        let shape = RowShape(components: components)
        let rows = vectors.count / components
        (self.shape, self.rows) = (shape, rows)
        let strides = [shape.representationBytes, shape.codeBytes, RowShape.termsBytes]
        let matrices = unsafe strides.map { UnsafeMutableRawPointer.allocate(byteCount: max(1, $0 * rows), alignment: 64) }
        let clock = ContinuousClock()
        var coding = 0.0
        let padding = [Float](repeating: 0, count: shape.representationFloats - components)
        for first in Swift.stride(from: 0, to: rows, by: Self.rowsPerBlock) {
            let count = min(Self.rowsPerBlock, rows - first)
            var block = vectors.floats(first * components..<(first + count) * components)
            if !padding.isEmpty {
                block = (0..<count).flatMap { Array(block[$0 * components..<($0 + 1) * components]) + padding }
            }
            let own = biases?.floats(first..<first + count) ?? [Float](repeating: 0, count: count)
            let start = clock.now
            let coded = try RowCoder(components: components).code(block.span, biases: own.span)
            coding += start.duration(to: clock.now).seconds
            unsafe Self.copy(block, to: matrices[0] + first * strides[0])
            unsafe Self.copy(coded.codes, to: matrices[1] + first * strides[1])
            unsafe Self.copy(coded.terms, to: matrices[2] + first * strides[2])
        }
        codingSeconds = coding
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

    /// Answers each query by itself, by so many threads; the seconds of each answer, and the answers.
    func run(
        _ queries: [[Float]], k: Int, by similarity: Similarity, threads: Int = 1, filter: RowFilter = .none
    ) throws -> (seconds: [Double], matches: [[Match]]) {
        let scan = ExactScan(scan.table, threads: threads)
        let clock = ContinuousClock()
        var seconds: [Double] = []
        var matches: [[Match]] = []
        for query in queries {
            let start = clock.now
            let vector = try QueryVector(query)
            matches.append(try scan.nearest(to: vector, by: similarity, k: k, filter: filter))
            seconds.append(start.duration(to: clock.now).seconds)
        }
        return (seconds, matches)
    }

    /// Answers all queries in one pass for each of so many threads; the seconds it took.
    func runBatch(_ queries: [[Float]], k: Int, by similarity: Similarity, threads: Int) throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        let vectors = try queries.map { try QueryVector($0) }
        let failed = Atomic<Bool>(false)
        let scan = scan
        WorkerThreads.share(vectors.count, threads: threads, least: 1) { range in
            if (try? scan.nearest(to: Array(vectors[range]), by: similarity, k: k)) == nil { failed.store(true, ordering: .relaxed) }
        }
        if failed.load(ordering: .relaxed) { throw Usage(description: "a batch failed") }
        return start.duration(to: clock.now).seconds
    }

    /// A filter that this share of the rows passes, chosen at random.
    func filter(passing share: Double) -> RowFilter {
        var random = SplitMix64(seed: 7)
        let limit = UInt64(share * 0x1p53)
        return RowFilter(allowed: RowSet((0..<UInt32(rows)).filter { _ in random.next() >> 11 < limit }, below: rows))
    }

    private static func copy<Element>(_ array: [Element], to memory: UnsafeMutableRawPointer) {
        unsafe array.withUnsafeBytes { if let source = $0.baseAddress { unsafe memory.copyMemory(from: source, byteCount: $0.count) } }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension [Double] {
    var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
