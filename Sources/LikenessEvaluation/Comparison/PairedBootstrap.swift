import RandomNumbers

/// How far the mean of paired differences may be from what other users would have given: bootstrap intervals over users.
///
/// Users are drawn with replacement, as many as there are, again and again; the interval holds the middle share of the means of these
/// draws (Efron, 1979: the percentile interval). All metrics of a draw are those of the same users.
///
/// ```swift
/// let intervals = PairedBootstrap(resamples: 2_000).intervals(of: [precisionDifferences, recallDifferences])
/// ```
package struct PairedBootstrap: Equatable, Sendable {
    /// How often users are drawn anew; at least 1.
    package var resamples: Int
    /// The share of the means that lies within the interval; above 0 and below 1.
    package var confidence: Double
    /// Where the random numbers start.
    package var seed: UInt64

    /// A bootstrap with these choices.
    package init(resamples: Int = 2_000, confidence: Double = 0.95, seed: UInt64 = 1) {
        self.resamples = resamples
        self.confidence = confidence
        self.seed = seed
    }

    /// One interval a metric.
    ///
    /// - Parameter differences: for each metric the differences of all users, in one order of users.
    /// - Complexity: O(resamples × (users × metrics + log resamples)).
    package func intervals(of differences: [[Double]]) -> [ClosedRange<Double>] {
        precondition(resamples >= 1 && confidence > 0 && confidence < 1, "at least one resample, and a share between 0 and 1")
        let users = differences.first?.count ?? 0
        precondition(differences.allSatisfy { $0.count == users }, "every metric has the same users")
        guard users > 0 else { return differences.map { _ in 0...0 } }
        // All metrics of a user lie side by side, so that a draw reads one place.
        let metrics = differences.count
        let table = (0..<users * metrics).map { differences[$0 % metrics][$0 / metrics] }
        var random = SplitMix64(seed: seed)
        var means = [[Double]](repeating: [], count: metrics)
        var sums = [Double](repeating: 0, count: metrics)
        for _ in 0..<resamples {
            for metric in 0..<metrics { sums[metric] = 0 }
            for _ in 0..<users {
                let place = random.below(users) * metrics
                for metric in 0..<metrics { sums[metric] += table[place + metric] }
            }
            for metric in 0..<metrics { means[metric].append(sums[metric] / Double(users)) }
        }
        return means.map { means in
            let sorted = means.sorted()
            let tail = (1 - confidence) / 2
            let low = Self.quantile(tail, of: sorted)
            return low...max(low, Self.quantile(1 - tail, of: sorted))
        }
    }

    /// The value below which a share of the sorted values lies, by linear interpolation between neighbours.
    static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = min(max(Int(place), 0), sorted.count - 1)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
}
