import Foundation
import RandomNumbers
import Testing

@testable import LikenessTuning

/// A tree as its text says, by sums over all rows at each node and without any trick; the draws come in the same order.
private indirect enum NaiveTree {
    case leaf([Double])
    case split(column: Int, cut: Double, NaiveTree, NaiveTree)

    init(_ rows: [[Double]], _ targets: [Double], leastLeaf: Int, _ random: inout SplitMix64) {
        func squares(_ values: [Double]) -> Double {
            let mean = values.reduce(0, +) / Double(values.count)
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        guard rows.count >= 2 * leastLeaf, Set(targets).count > 1 else {
            self = .leaf(targets)
            return
        }
        var best: (column: Int, cut: Double, gain: Double)?
        for column in rows[0].indices {
            let values = rows.map { $0[column] }
            guard let low = values.min(), let high = values.max(), high > low else { continue }
            let cut = low + random.unit() * (high - low)
            let sides = [values.indices.filter { values[$0] <= cut }, values.indices.filter { values[$0] > cut }]
            guard sides.allSatisfy({ $0.count >= leastLeaf }) else { continue }
            let gain = squares(targets) - sides.reduce(0) { $0 + squares($1.map { targets[$0] }) }
            if best.map({ gain > $0.gain * (1 + 1e-9) }) ?? true { best = (column, cut, gain) }
        }
        guard let best else {
            self = .leaf(targets)
            return
        }
        let left = rows.indices.filter { rows[$0][best.column] <= best.cut }
        let right = rows.indices.filter { rows[$0][best.column] > best.cut }
        let first = NaiveTree(left.map { rows[$0] }, left.map { targets[$0] }, leastLeaf: leastLeaf, &random)
        let second = NaiveTree(right.map { rows[$0] }, right.map { targets[$0] }, leastLeaf: leastLeaf, &random)
        self = .split(column: best.column, cut: best.cut, first, second)
    }

    func leaf(of row: [Double]) -> [Double] {
        switch self {
        case .leaf(let targets): targets
        case .split(let column, let cut, let left, let right): (row[column] <= cut ? left : right).leaf(of: row)
        }
    }
}

@Suite struct ExtraTreesTests {
    private func problem(_ count: Int, columns: Int, seed: UInt64) -> (rows: [[Double]], targets: [Double]) {
        var random = SplitMix64(seed: seed, purpose: 0)
        let rows = (0..<count).map { _ in
            // The last column is constant, and the one before has few values.
            (0..<columns).map { $0 == columns - 1 ? 7 : $0 == columns - 2 ? Double(random.below(3)) : random.unit() * 10 }
        }
        return (rows, rows.map { sin($0[0]) * 5 + $0[columns - 2] + random.unit() + 100 })
    }

    @Test("Trees and expectations are those of the naive trees", arguments: [(1, 1), (5, 3), (30, 3), (80, 1), (80, 10)])
    func oracle(count: Int, leastLeaf: Int) {
        let (rows, targets) = problem(count, columns: 4, seed: UInt64(count))
        let trees = ExtraTrees(rows, targets, trees: 20, leastLeaf: leastLeaf, seed: 9)
        let (others, _) = problem(50, columns: 4, seed: 77)
        let naive = (0..<20).map { number in
            var random = SplitMix64(seed: 9, purpose: UInt64(number))
            return NaiveTree(rows, targets, leastLeaf: leastLeaf, &random)
        }
        for (row, found) in zip(rows + others, trees.expectations(of: rows + others)) {
            let leaves = naive.map { $0.leaf(of: row) }
            #expect(leaves.allSatisfy { $0.count >= min(leastLeaf, count) })
            let means = leaves.map { $0.reduce(0, +) / Double($0.count) }
            let mean = means.reduce(0, +) / 20
            let second = zip(leaves, means).reduce(0.0) { sum, leaf in
                sum + leaf.0.reduce(0) { $0 + ($1 - leaf.1) * ($1 - leaf.1) } / Double(leaf.0.count) + (leaf.1 - mean) * (leaf.1 - mean)
            }
            #expect(abs(found.mean - mean) < 1e-9 && abs(found.deviation - (second / 20).squareRoot()) < 1e-6, "\(found)")
        }
    }

    @Test("Equal targets and equal rows make one leaf, and huge targets stay finite")
    func degenerate() {
        let (rows, _) = problem(20, columns: 3, seed: 1)
        let flat = ExtraTrees(rows, [Double](repeating: 4, count: 20), seed: 1).expectations(of: rows)
        #expect(flat.allSatisfy { $0.mean == 4 && $0.deviation == 0 })
        let one = ExtraTrees([[1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2]], [1, 2, 3, 4, 5, 6], seed: 1).expectations(of: [[9, 9]])[0]
        #expect(one.mean == 3.5 && abs(one.deviation - (35.0 / 12).squareRoot()) < 1e-12)
        let large = ExtraTrees(rows, rows.map { $0[0] * 1e100 }, seed: 1).expectations(of: rows)
        #expect(large.allSatisfy { $0.mean.isFinite && $0.deviation.isFinite })
    }

    @Test("A cut between neighbouring doubles leaves no side empty")
    func neighbours() {
        let rows = (0..<8).map { [$0 < 4 ? 1.0 : (1.0).nextUp] }
        let trees = ExtraTrees(rows, [0, 0, 0, 0, 1, 1, 1, 1], seed: 3)
        #expect(trees.expectations(of: [[1.0], [(1.0).nextUp]]).map(\.mean) == [0, 1])
    }

    @Test("Expected improvement is what integrating over the normal distribution gives")
    func improvement() {
        for (mean, deviation, least, margin) in [
            (0.0, 1.0, 0.0, 0.0), (0.3, 0.5, 0.1, 0.01), (-2, 0.1, 0, 0.01), (5, 1, 0, 0), (1, 3, 2, 0.5),
        ] {
            var sum = 0.0
            let steps = 200_000
            for step in 0..<steps {
                let z = -10 + 20 * (Double(step) + 0.5) / Double(steps)
                sum += max(least - margin - (mean + deviation * z), 0) * exp(-z * z / 2) / (2 * Double.pi).squareRoot() * 20 / Double(steps)
            }
            let found = ExpectedImprovement.value(mean: mean, deviation: deviation, least: least, margin: margin)
            #expect(abs(found - sum) < 1e-6, "\(found) \(sum)")
        }
        #expect(ExpectedImprovement.value(mean: -1, deviation: 0, least: 0, margin: 0) == 0)
        #expect(ExpectedImprovement.value(mean: 1e9, deviation: 1e-9, least: 0, margin: 0) == 0)
        #expect(abs(ExpectedImprovement.perSecond(logarithmicMean: log(4), deviation: 0.5) - exp(0.125) / 4) < 1e-12)
    }
}
