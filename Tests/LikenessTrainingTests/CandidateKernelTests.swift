import CVectorKernels
import RandomNumbers
import Testing

@testable import LikenessTraining

/// Codes, draws and ranks beside scalar references, for odd sizes.
@Suite struct CandidateKernelTests {
    /// Ten rows, their biases and their codes.
    struct Coded {
        static let rows = 10
        let stride: Int
        var user: AlignedFloats
        let vectors: [AlignedFloats]
        let biases: [Float]
        let codes: FixedBuffer<Int8>
        var terms = [training_term_t](repeating: training_term_t(), count: rows)

        /// Rows whose numbers are of sizes of their own.
        init(components: Int, seed: UInt64) {
            var random = SplitMix64(seed: seed)
            stride = ParameterTable.stride(of: components)
            user = KernelTests.row(components, &random)
            var (vectors, biases): ([AlignedFloats], [Float]) = ([], [])
            for row in 0..<Self.rows {
                var vector = KernelTests.row(components, &random)
                let size: Float = [1, 0.01, 30, 1e-3, 0][row % 5]
                for lane in 0..<components { vector[lane] *= size }
                vectors.append(vector)
                biases.append(random.unitFloat() - 0.5)
            }
            (self.vectors, self.biases) = (vectors, biases)
            codes = FixedBuffer(repeating: 0, count: Self.rows * stride + 64)
            for row in 0..<Self.rows {
                unsafe training_encode(
                    self.vectors[row].withUnsafeBuffer { $0.baseAddress! }, biases[row], stride,
                    start + row * stride, &terms[row])
            }
        }

        /// The codes, where a cache line starts.
        var start: UnsafeMutablePointer<Int8> {
            unsafe codes.start + (64 - Int(bitPattern: codes.start) & 63) & 63
        }

        func exact(_ row: Int) -> Double {
            (0..<stride).reduce(Double(biases[row])) { $0 + Double(user[$1]) * Double(vectors[row][$1]) }
        }

        /// The sum of the absolute values of the user's row, halved.
        var spread: Double { (0..<stride).reduce(0) { $0 + Double(abs(user[$1])) } / 2 }
    }

    static let widths = [1, 10, 16, 17, 63, 64, 65, 128, 130, 512, 520]

    @Test("A code times the scale is off by at most half a scale", arguments: widths)
    func encodes(components: Int) {
        let coded = Coded(components: components, seed: 1)
        for row in 0..<Coded.rows {
            #expect(coded.terms[row].bias == coded.biases[row])
            for lane in 0..<coded.stride {
                let code = unsafe Double(coded.start[row * coded.stride + lane])
                let error = abs(code * Double(coded.terms[row].scale) - Double(coded.vectors[row][lane]))
                #expect(error <= 0.50001 * Double(coded.terms[row].scale))
            }
        }
    }

    @Test("Rows that are not finite or too small to divide by get the code 0", arguments: [Float.nan, .infinity, .leastNonzeroMagnitude])
    func encodesOddities(value: Float) {
        var row = AlignedFloats(repeating: value, count: 16)
        let codes = Coded(components: 16, seed: 1)
        var term = training_term_t()
        unsafe training_encode(row.uniqueStart(), 2, 16, codes.start, &term)
        for lane in 0..<16 { #expect(unsafe codes.start[lane] == 0) }
        #expect(term.bias == 2 && term.scale.isFinite && (!value.isFinite || term.scale >= 2 * value))
    }

    /// Twice what scores from codes may be off by, less the candidate's scale: with words, half a quantum for each code too.
    static func slack(_ coded: Coded, words: Bool) -> Double {
        let largest = Double(coded.user.array.map(abs).max() ?? 0)
        return 2.01 * coded.spread + (words ? 1.01 * 127 * largest / 8_192 * Double(coded.stride) : 0)
    }

    @Test(
        "The look flags every candidate above the limit, and none far below it, from words and from floats", arguments: widths,
        [true, false])
    func screens(components: Int, words: Bool) {
        let screen = words ? training_screen : training_screen_portable
        var coded = Coded(components: components, seed: 2)
        var random = SplitMix64(seed: 9)
        for (count, decays) in (1...32).flatMap({ [($0, false), ($0, true)] }) {
            let indices = (0..<32).map { _ in UInt32(random.next(below: UInt64(Coded.rows))) }
            let factors = indices.map { _ in decays ? 0.5 + random.unitFloat() / 2 : 1 }
            let scores = zip(indices, factors).map { coded.exact(Int($0)) * Double($1) }
            let limit = Float(scores[count - 1]) - 1e-4
            func flagged(_ isExact: Bool) -> UInt32 {
                unsafe factors.withUnsafeBufferPointer { factors in
                    unsafe screen(
                        coded.user.uniqueStart(), coded.start, coded.terms, coded.stride, indices, count,
                        decays ? factors.baseAddress : nil, isExact ? 1 : 0, limit)
                }
            }
            let (exact, plain) = (flagged(true), flagged(false))
            #expect(count == 32 || exact >> UInt32(count) == 0)
            #expect(plain & ~exact == 0)
            for index in 0..<count {
                let isFlagged = exact >> UInt32(index) & 1 != 0
                let slack = Double(coded.terms[Int(indices[index])].scale) * Self.slack(coded, words: words) + 1e-4
                if scores[index] > Double(limit) + 1e-5 { #expect(isFlagged) }
                if isFlagged { #expect(scores[index] + slack > Double(limit)) }
                if plain >> UInt32(index) & 1 != 0 { #expect(scores[index] + slack / 2 > Double(limit)) }
            }
        }
    }

    @Test("The look against a liked item has its score less 1 for a limit", arguments: widths)
    func screensAgainst(components: Int) {
        var coded = Coded(components: components, seed: 3)
        var liked = coded.vectors[0]
        let indices: [UInt32] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 3, 2]
        let flagged = unsafe training_screen_against(
            coded.user.uniqueStart(), liked.uniqueStart(), coded.biases[0], 1, coded.start, coded.terms, coded.stride,
            indices, 11, nil)
        let limit = coded.exact(0) - 1
        for (index, item) in indices.prefix(11).enumerated() {
            let isFlagged = flagged >> UInt32(index) & 1 != 0
            let slack = Double(coded.terms[Int(item)].scale) * Self.slack(coded, words: true) + 1e-4
            if coded.exact(Int(item)) > limit + 1e-5 { #expect(isFlagged) }
            if isFlagged { #expect(coded.exact(Int(item)) + slack > limit) }
        }
        #expect(flagged >> 9 & 1 == 1, "the liked item itself is above its score less 1")
    }

    @Test("Scores from codes are those of the decoded rows", arguments: widths)
    func scores(components: Int) {
        var coded = Coded(components: components, seed: 4)
        let indices: [UInt32] = [9, 1, 1, 4, 0, 7, 2]
        let factors: [Float] = [1, 0.5, 0.25, 1, 0.75, 1, 1]
        for count in 1...indices.count {
            var (found, portable) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
            unsafe training_code_scores(
                coded.user.uniqueStart(), coded.start, coded.terms, coded.stride, indices, count, factors, &found)
            unsafe training_code_scores_portable(
                coded.user.uniqueStart(), coded.start, coded.terms, coded.stride, indices, count, factors, &portable)
            for index in 0..<count {
                let row = Int(indices[index])
                let sum = (0..<coded.stride).reduce(0.0) {
                    unsafe $0 + Double(coded.user[$1]) * Double(coded.start[row * coded.stride + $1])
                }
                let score = (sum * Double(coded.terms[row].scale) + Double(coded.biases[row])) * Double(factors[index])
                #expect(abs(Double(portable[index]) - score) <= 1e-4 * max(1, abs(score)))
                // Words are off by half of a 2^-13th of the largest number of the user.
                let rounding = 127 * Double(coded.terms[row].scale) * Double(coded.stride) / 16_384
                #expect(abs(Double(found[index]) - score) <= 1e-4 * max(1, abs(score)) + rounding)
            }
        }
    }

    @Test("Drawn numbers lie below the bound, each about as often", arguments: [1, 2, 7, 1000])
    func draws(bound: Int) {
        var counts = [Int](repeating: 0, count: bound)
        var firsts: Set<UInt32> = []
        var random = SplitMix64(seed: 11)
        let (rounds, lanes) = (4000, 16)
        var numbers = [UInt32](repeating: 0, count: lanes)
        for _ in 0..<rounds {
            unsafe training_draw(random.next(), UInt32(bound), &numbers)
            for number in numbers { counts[Int(number)] += 1 }
            firsts.insert(numbers[0])
        }
        let expected = Double(rounds * lanes) / Double(bound)
        let distance = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        // The chi-squared statistic of bound - 1 degrees is within six standard deviations of its mean.
        #expect(abs(distance - Double(bound - 1)) <= 6 * (2 * Double(bound)).squareRoot())
        #expect(firsts.count > min(bound, rounds) / 2)
    }

    @Test("Whether sorted numbers hold one is what a plain look says, and what is behind them does not count")
    func contains() {
        var random = SplitMix64(seed: 12)
        for count in Array(0...70) + [100, 127, 128, 129, 300] {
            let sorted = (0..<count).map { _ in UInt32(random.next(below: 400)) }.sorted()
            let padded = sorted + [UInt32](0..<16)
            for wanted in UInt32(0)..<400 {
                let found = unsafe training_contains(padded, count, wanted) != 0
                #expect(found == sorted.contains(wanted))
            }
        }
    }

    @Test("The k-th best score is that of a stable sort", arguments: [1, 2, 5, 10, 15, 16, 17, 33, 64, 65, 100])
    func kthBest(count: Int) {
        var random = SplitMix64(seed: 13)
        for levels in [3, 1000] {
            let scores = (0..<count).map { _ in Float(random.next(below: UInt64(levels))) }
            let order = (0..<count).sorted { (scores[$1], $0) < (scores[$0], $1) }
            for k in 1...count {
                #expect(unsafe KthBest.position(in: scores, count, k: k) == order[k - 1])
            }
        }
        let noNumbers = [Float](repeating: .nan, count: count)
        #expect(unsafe (0..<count).contains(KthBest.position(in: noNumbers, count, k: count)))
    }
}
