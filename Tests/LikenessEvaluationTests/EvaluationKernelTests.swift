import CVectorKernels
import RandomNumbers
import Testing

@testable import LikenessEvaluation

@Suite struct EvaluationKernelTests {
    private let users = Int(evaluation_users)
    private let lanes = Int(evaluation_panel)

    private func draw(_ count: Int, _ generator: inout SplitMix64) -> [Float] {
        (0..<count).map { _ in Float(generator.below(1 << 20)) / 524_288 - 1 }
    }

    @Test func `scores agree with the scalar reference at every width and start`() {
        var generator = SplitMix64(seed: 1)
        for components in [0, 1, 2, 7, 15, 16, 17, 33, 64, 100] {
            for panels in 1...3 {
                let count = panels * lanes
                let values = draw(count * components + 1, &generator)
                let biases = draw(count + 1, &generator)
                let rows = draw(users * components + 1, &generator)
                let own = draw(users, &generator)
                var (fast, slow) = (
                    [Float](repeating: 0, count: users * count), [Float](repeating: 0, count: users * count)
                )
                unsafe rows.withUnsafeBufferPointer { rows in
                    guard let start = rows.baseAddress else { return }
                    let pointers: [UnsafePointer<Float>?] = unsafe (0..<users).map {
                        unsafe start + 1 + $0 * components
                    }
                    unsafe values.withUnsafeBufferPointer { values in
                        unsafe biases.withUnsafeBufferPointer { biases in
                            guard let values = values.baseAddress, let biases = biases.baseAddress else { return }
                            // One float beyond the start of an allocation: nothing is aligned.
                            unsafe evaluation_scores(
                                values + 1, biases + 1, panels, components, pointers, own, &fast, count)
                            unsafe evaluation_scores_reference(
                                values + 1, biases + 1, panels, components, pointers, own, &slow, count)
                        }
                    }
                }
                for (one, other) in zip(fast, slow) { #expect(abs(one - other) < 1e-5) }
            }
        }
    }

    @Test func `counts and histograms agree with counting one by one`() {
        var generator = SplitMix64(seed: 2)
        for cellCount in Array(0...16) + [50] {
            for count in [0, 16, 48, 160] {
                var scores = (0..<count).map { _ in Float(generator.below(9)) }
                if count > 20 { (scores[3], scores[20]) = (-.infinity, .nan) }
                let cells = (0..<cellCount).map { _ in Float(generator.below(9)) }.sorted()
                let expected = cells.map { cell in UInt32(scores.count { !($0 < cell) }) }
                var counts = [UInt32](repeating: 0, count: cellCount)
                unsafe evaluation_count(scores, count, cells, cellCount, &counts)
                #expect(counts == expected)
                var histogram = [UInt32](repeating: 0, count: cellCount + 1)
                unsafe evaluation_histogram(scores, count, cells, cellCount, &histogram)
                for cell in 0..<cellCount { #expect(histogram[(cell + 1)...].reduce(0, +) == expected[cell]) }
                #expect(histogram.reduce(0, +) == UInt32(count))
            }
        }
    }

    @Test func `the next score above and the first value that is not finite are found wherever they stand`() {
        for count in [0, 1, 15, 16, 17, 40] {
            let flat = [Float](repeating: 1, count: count)
            #expect(unsafe evaluation_next_above(flat, 0, count, 1) == count)
            #expect(unsafe evaluation_first_not_finite(flat, count) == count)
            for place in 0..<count {
                var values = flat
                values[place] = 2
                for from in 0...place { #expect(unsafe evaluation_next_above(values, from, count, 1) == place) }
                for odd in [Float.nan, .infinity, -.infinity] {
                    values[place] = odd
                    #expect(unsafe evaluation_first_not_finite(values, count) == place)
                }
            }
        }
    }

    @Test func `rows are laid out by column at every width and count`() {
        var generator = SplitMix64(seed: 3)
        for components in [0, 1, 3, 4, 7, 16, 21] {
            for count in [1, 15, 16, 17, 40] {
                let rows = draw(count * (components + 1) + 1, &generator)
                let panelCount = (count + lanes - 1) / lanes
                var panels = [Float](repeating: .nan, count: panelCount * lanes * components + 1)
                unsafe rows.withUnsafeBufferPointer { rows in
                    guard let start = rows.baseAddress else { return }
                    let pointers: [UnsafePointer<Float>?] = unsafe (0..<count).map {
                        unsafe start + 1 + $0 * (components + 1)
                    }
                    unsafe evaluation_pack(pointers, components, count, &panels)
                }
                for lane in 0..<panelCount * lanes {
                    for c in 0..<components {
                        let expected = lane < count ? rows[1 + lane * (components + 1) + c] : 0
                        #expect(panels[(lane / lanes * components + c) * lanes + lane % lanes] == expected)
                    }
                }
                #expect(panels[panels.count - 1].isNaN)
            }
        }
    }
}
