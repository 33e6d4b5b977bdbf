import CVectorKernels

@testable import LikenessSearch

/// A generator with a fixed seed (SplitMix64), so that every run tests the same inputs.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Roughly normal: the sum of the four 16-bit parts of one number, each from −1 to 1.
    mutating func gaussian() -> Float {
        let bits = next()
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
        return Float(Int(sum) - 131_070) / 32_768
    }
}

/// Rows in memory, cut at different places in each matrix, with one byte before each so that nothing is aligned: with pages larger than
/// 4 KiB, LMDB gives rows no alignment.
@safe final class SearchFixture {
    let table: ScanTable
    let components: Int
    let vectors: [[Float]]
    let biases: [Float]
    let present: [Bool]
    let coded: RowCoder.CodedRows
    private var memory: [UnsafeMutableRawPointer] = unsafe []

    init(
        _ vectors: [[Float]], components: Int, biases: [Float]? = nil, present: [Bool]? = nil,
        blockRows: (representations: Int, codes: Int, terms: Int) = (100, 300, 700)
    ) throws {
        self.vectors = vectors
        self.components = components
        let biases = biases ?? [Float](repeating: 0, count: vectors.count)
        self.biases = biases
        self.present = present ?? [Bool](repeating: true, count: vectors.count)
        let shape = RowShape(components: components)
        let padding = [Float](repeating: 0, count: shape.representationFloats - components)
        let flat = vectors.flatMap { $0 + padding }
        coded = try RowCoder(components: components).code(flat.span, biases: biases.span, present: self.present)

        var memory: [UnsafeMutableRawPointer] = unsafe []
        func segments<Element>(_ array: [Element], stride: Int, blockRows: Int) throws -> RowSegments {
            var segments: [RowSegment] = []
            for first in Swift.stride(from: 0, to: vectors.count, by: blockRows) {
                let rows = min(blockRows, vectors.count - first)
                let block = UnsafeMutableRawPointer.allocate(byteCount: rows * stride + 1, alignment: 64)
                unsafe memory.append(block)
                unsafe array.withUnsafeBytes {
                    unsafe (block + 1).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: $0[first * stride..<(first + rows) * stride]).baseAddress
                            ?? UnsafeRawPointer(block), byteCount: rows * stride)
                }
                segments.append(unsafe RowSegment(base: UnsafeRawPointer(block + 1), firstRow: first, rows: rows))
            }
            return try RowSegments(segments, stride: stride)
        }
        table = try ScanTable(
            representations: segments(flat, stride: shape.representationBytes, blockRows: blockRows.representations),
            codes: segments(coded.codes, stride: shape.codeBytes, blockRows: blockRows.codes),
            terms: segments(coded.terms, stride: RowShape.termsBytes, blockRows: blockRows.terms),
            components: components)
        unsafe self.memory = unsafe memory
    }

    deinit {
        unsafe memory.forEach { unsafe $0.deallocate() }
    }

    /// What the stored code and terms of a row say of its score.
    func interval(of row: Int, _ query: QueryVector, _ bound: ScanBound) -> (low: Double, high: Double) {
        let width = table.codes.stride
        var dot: Int32 = 0
        for (code, digit) in zip(coded.codes[row * width..<(row + 1) * width], query.codes) {
            dot += Int32(code) * Int32(digit)
        }
        let terms = Array(coded.terms[row * 4..<row * 4 + 4])
        return bound.interval(
            dot: dot, scan_row_terms(scale: terms[0], error: terms[1], norm: terms[2], bias: terms[3]))
    }

    private static func dot(_ left: [Float], _ right: [Float]) -> Double {
        var lanes = [Double](repeating: 0, count: 16)
        var index = 0
        while index < left.count {
            lanes[index & 15] += Double(left[index]) * Double(right[index])
            index += 1
        }
        for width in [8, 4, 2, 1] {
            for lane in 0..<width { lanes[lane] += lanes[lane + width] }
        }
        return lanes[0]
    }

    private lazy var norms = vectors.map { Double(Float(Self.dot($0, $0).squareRoot())) }

    /// The answer by the definitions, written without any of the code under test.
    func oracle(_ query: [Float], _ similarity: Similarity, k: Int, passes: (Int) -> Bool = { _ in true }) -> [Match] {
        let length = Self.dot(query, query).squareRoot()
        let all: [Match] = vectors.indices.filter { present[$0] && passes($0) }.map { row in
            let product = Self.dot(vectors[row], query)
            let score =
                similarity == .innerProduct
                ? product + Double(biases[row])
                : norms[row] > 0 && length > 0 ? product / (norms[row] * length) : 0
            return Match(row: UInt32(row), score: score)
        }
        return Array(all.sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }.prefix(max(0, k)))
    }
}
