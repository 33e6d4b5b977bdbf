import CVectorKernels
import RandomNumbers
import Testing

@testable import LikenessTraining

/// Each vector primitive beside a scalar reference, for odd widths.
@Suite struct KernelTests {
    static func row(_ components: Int, _ random: inout SplitMix64, from low: Float = -1) -> AlignedFloats {
        let width = ParameterTable.stride(of: components)
        return AlignedFloats((0..<width).map { $0 < components ? low + random.unitFloat() * (1 - low) : 0 })
    }

    static func isNear(_ a: Float, _ b: Float) -> Bool { abs(a - b) <= 2e-6 * max(1, abs(a), abs(b)) }

    @Test(
        "Products and sums of rows equal the scalar ones", arguments: [1, 2, 15, 16, 17, 31, 48, 63, 64, 65, 127, 130])
    func reads(components: Int) {
        var random = SplitMix64(seed: 4)
        var (a, b) = (Self.row(components, &random), Self.row(components, &random))
        let width = a.count
        let expected = zip(a.array, b.array).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        #expect(Self.isNear(unsafe training_dot(a.uniqueStart(), b.uniqueStart(), width), expected))
        var table = AlignedFloats((0..<5).flatMap { _ in Self.row(components, &random).array })
        let (columns, weights): ([UInt32], [Float]) = ([4, 0, 2], [0.5, -1, 2])
        var out = AlignedFloats(repeating: 9, count: width)
        unsafe training_sum_rows(out.uniqueStart(), b.uniqueStart(), 3, table.uniqueStart(), columns, weights, 3, width)
        for lane in 0..<width {
            let sum = (0..<3).reduce(3 * b[lane]) { $0 + weights[$1] * table[Int(columns[$1]) * width + lane] }
            #expect(Self.isNear(out[lane], sum))
        }
    }

    @Test("Steps on rows of features equal scalar ones", arguments: [1, 15, 17, 64, 65], [false, true])
    func features(components: Int, adadelta: Bool) {
        var random = SplitMix64(seed: 6)
        let width = ParameterTable.stride(of: components)
        func table(_ low: Float) -> AlignedFloats {
            AlignedFloats((0..<4).flatMap { _ in Self.row(components, &random, from: low).array })
        }
        var (rows, squares, moves) = (table(-1), table(0.5), table(0.1))
        var direction = Self.row(components, &random)
        var refreshed = AlignedFloats(repeating: 0, count: width)
        let (columns, weights): ([UInt32], [Float]) = ([3, 1], [0.5, -2])
        let (scale, growth): (Float, Float) = (1.3, 0.01)
        let (old, oldSquares, oldMoves) = (rows.array, squares.array, moves.array)
        var adagradRule = training_adagrad_t(rate: 0.05, growth: growth, components: components, stride: width, sums: 1)
        var adadeltaRule = training_adadelta_t(
            rho: 0.9, epsilon: 1e-6, growth: growth, components: components, stride: width, sums: 1)
        let used =
            unsafe adadelta
            ? training_adadelta_rows(
                rows.uniqueStart(), squares.uniqueStart(), moves.uniqueStart(), columns, weights, 2,
                direction.uniqueStart(), scale, &adadeltaRule, refreshed.uniqueStart())
            : training_adagrad_rows(
                rows.uniqueStart(), squares.uniqueStart(), columns, weights, 2, direction.uniqueStart(), scale,
                &adagradRule, refreshed.uniqueStart())
        var expectedUse: Float = 0
        for lane in 0..<components {
            var fresh: Float = 0
            for (column, weight) in zip(columns, weights) {
                let at = Int(column) * width + lane
                let gradient = weight * scale * direction[lane]
                let mean = 0.9 * oldSquares[at] + 0.1 * gradient * gradient
                let rate =
                    adadelta ? ((oldMoves[at] + 1e-6) / (mean + 1e-6)).squareRoot() : 0.05 / oldSquares[at].squareRoot()
                let value = (old[at] - rate * gradient) * (1 + growth * rate)
                #expect(Self.isNear(rows[at], value))
                #expect(Self.isNear(squares[at], adadelta ? mean : oldSquares[at] + gradient * gradient))
                fresh += weight * value
                expectedUse += rate
            }
            #expect(Self.isNear(refreshed[lane], fresh))
        }
        #expect(Self.isNear(used, expectedUse))
    }

    @Test("Infinities and NaN are found wherever they are", arguments: [1, 7, 16, 33])
    func finite(count: Int) {
        var values = [Float](repeating: -3e38, count: count)
        #expect(unsafe training_all_finite(values, count) != 0)
        for bad in [Float.nan, .infinity, -.infinity] {
            for place in 0..<count {
                values[place] = bad
                #expect(unsafe training_all_finite(values, count) == 0)
                values[place] = 1
            }
        }
    }
}
