import RandomNumbers

/// A regression tree whose cuts are random: at each split every column that varies gets one cut between its extremes, and the cut wins
/// that leaves the least variance (Geurts, Ernst and Wehenkel: Extremely randomized trees, 2006).
struct ExtraTree: Sendable {
    /// A split, or a leaf: one that has no left child.
    private struct Node {
        var column = 0
        /// Rows whose column is not above it go to the left child, which comes right after its parent.
        var cut = 0.0
        var right = 0
        var mean: Double
        var variance: Double
    }

    private var nodes: [Node] = []

    /// Grows a tree.
    ///
    /// - Parameters:
    ///   - rows: `columns` numbers each.
    ///   - leastLeaf: rows that each leaf has at least.
    /// - Complexity: O(rows × columns × depth).
    init(_ rows: [[Double]], _ targets: [Double], leastLeaf: Int, random: inout SplitMix64) {
        grow(rows, targets, Array(rows.indices), leastLeaf, &random)
    }

    /// A tree that is grown already. A left child comes right after its parent; a leaf has 0 for its right child.
    init(nodes: [(column: Int, cut: Double, right: Int, mean: Double, variance: Double)]) {
        self.nodes = nodes.map { Node(column: $0.column, cut: $0.cut, right: $0.right, mean: $0.mean, variance: $0.variance) }
    }

    /// Mean and variance of the leaf that a row comes to.
    func leaf(of row: [Double]) -> (mean: Double, variance: Double) {
        var place = 0
        while nodes[place].right > 0 { place = row[nodes[place].column] <= nodes[place].cut ? place + 1 : nodes[place].right }
        return (nodes[place].mean, nodes[place].variance)
    }

    /// Grows the tree of some rows, and gives its place.
    @discardableResult
    private mutating func grow(
        _ rows: [[Double]], _ targets: [Double], _ chosen: [Int], _ leastLeaf: Int, _ random: inout SplitMix64
    ) -> Int {
        let count = Double(chosen.count)
        let mean = chosen.reduce(0) { $0 + targets[$1] } / max(count, 1)
        let variance = chosen.reduce(0) { $0 + (targets[$1] - mean) * (targets[$1] - mean) } / max(count, 1)
        let place = nodes.count
        nodes.append(Node(mean: mean, variance: variance))
        guard chosen.count >= 2 * leastLeaf, variance > 0,
            let best = split(rows, targets, chosen, mean, leastLeaf, &random)
        else { return place }
        grow(rows, targets, chosen.filter { rows[$0][best.column] <= best.cut }, leastLeaf, &random)
        nodes[place].column = best.column
        nodes[place].cut = best.cut
        nodes[place].right = grow(rows, targets, chosen.filter { rows[$0][best.column] > best.cut }, leastLeaf, &random)
        return place
    }

    /// The best of one random cut a column; nil if each leaves a child with too few rows.
    private func split(
        _ rows: [[Double]], _ targets: [Double], _ chosen: [Int], _ mean: Double, _ leastLeaf: Int, _ random: inout SplitMix64
    ) -> (column: Int, cut: Double)? {
        var best: (column: Int, cut: Double, gain: Double)?
        for column in rows[chosen[0]].indices {
            var (low, high) = (rows[chosen[0]][column], rows[chosen[0]][column])
            for row in chosen {
                low = min(low, rows[row][column])
                high = max(high, rows[row][column])
            }
            guard high > low else { continue }
            let drawn = low + random.unit() * (high - low)
            // Rounding must not carry all rows to the left.
            let cut = drawn < high ? drawn : low
            var (left, sum) = (0, 0.0)
            for row in chosen where rows[row][column] <= cut {
                left += 1
                sum += targets[row] - mean
            }
            let right = chosen.count - left
            guard left >= leastLeaf, right >= leastLeaf else { continue }
            // The sums of both sides differ in sign alone, since the mean was taken off.
            let gain = sum * sum * (1 / Double(left) + 1 / Double(right))
            // Cuts that leave the same two sides gain the same but for rounding: the first of them wins.
            if best.map({ gain > $0.gain * (1 + 1e-9) }) ?? true { best = (column, cut, gain) }
        }
        return best.map { ($0.column, $0.cut) }
    }
}

/// A hundred extra-trees on all rows: what a search believes of settings that were not tried.
package struct ExtraTrees: Sendable {
    private let trees: [ExtraTree]
    /// The targets' mean, which is taken off while the trees are summed, so that variances keep their digits.
    private let centre: Double

    /// Grows trees on all rows; without a bootstrap, cuts alone tell them apart.
    ///
    /// - Parameters:
    ///   - rows: as many numbers each.
    ///   - trees: how many to grow.
    ///   - leastLeaf: rows that each leaf has at least.
    /// - Complexity: O(trees × rows × columns × depth).
    package init(_ rows: [[Double]], _ targets: [Double], trees: Int = 100, leastLeaf: Int = 3, seed: UInt64) {
        precondition(!rows.isEmpty && rows.count == targets.count, "one target a row")
        let centre = targets.reduce(0, +) / Double(targets.count)
        let centred = targets.map { $0 - centre }
        self.centre = centre
        self.trees = (0..<trees).map { number in
            var random = SplitMix64(seed: seed, purpose: UInt64(number))
            return ExtraTree(rows, centred, leastLeaf: leastLeaf, random: &random)
        }
    }

    /// Trees that are grown already.
    init(trees: [ExtraTree]) {
        self.trees = trees
        centre = 0
    }

    /// What the trees expect of each row: the mean of their leaves' means, and as deviation the root of the mean of (leaf variance +
    /// leaf mean²) − mean² (Hutter and others: Algorithm runtime prediction, 2014, 4.3.2).
    ///
    /// - Complexity: O(rows × trees × depth).
    package func expectations(of rows: [[Double]]) -> [(mean: Double, deviation: Double)] {
        rows.map { row in
            var (sum, squares) = (0.0, 0.0)
            for tree in trees {
                let leaf = tree.leaf(of: row)
                sum += leaf.mean
                squares += leaf.variance + leaf.mean * leaf.mean
            }
            let mean = sum / Double(trees.count)
            return (centre + mean, max(squares / Double(trees.count) - mean * mean, 0).squareRoot())
        }
    }
}
