import RandomNumbers
import Testing

@testable import LikenessEvaluation

@Suite struct PairedBootstrapTests {
    /// What the bootstrap's text says, said once more: one metric at a time, each draw written down.
    private func naive(_ differences: [Double], _ bootstrap: PairedBootstrap) -> ClosedRange<Double> {
        var random = SplitMix64(seed: bootstrap.seed)
        var means: [Double] = []
        for _ in 0..<bootstrap.resamples {
            let draw = differences.indices.map { _ in differences[random.below(differences.count)] }
            means.append(draw.reduce(0, +) / Double(draw.count))
        }
        means.sort()
        func value(_ share: Double) -> Double {
            let exact = share * Double(means.count - 1)
            let (left, right) = (means[Int(exact.rounded(.down))], means[Int(exact.rounded(.up))])
            return left + (right - left) * (exact - exact.rounded(.down))
        }
        return value((1 - bootstrap.confidence) / 2)...value(1 - (1 - bootstrap.confidence) / 2)
    }

    private func differences(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in Double(random.below(2_001)) / 1_000 - 0.9 }
    }

    @Test("Intervals are those of the naive bootstrap, and all metrics of a draw are of the same users", arguments: [1, 2, 7, 100, 333])
    func oracle(users: Int) {
        let metrics = (0..<3).map { differences(users, seed: $0) }
        for bootstrap in [
            PairedBootstrap(resamples: 300, seed: 5), PairedBootstrap(resamples: 1, seed: 2), PairedBootstrap(confidence: 0.5),
        ] {
            let intervals = bootstrap.intervals(of: metrics)
            for (interval, metric) in zip(intervals, metrics) {
                let expected = naive(metric, bootstrap)
                #expect(abs(interval.lowerBound - expected.lowerBound) < 1e-12)
                #expect(abs(interval.upperBound - expected.upperBound) < 1e-12)
            }
        }
    }

    @Test("Of four users, the interval is that of all 256 ways to draw them")
    func exhaustive() {
        let values = [0.0, 0.1, 0.4, 1.2]
        var means: [Double] = []
        for a in values { for b in values { for c in values { for d in values { means.append((a + b + c + d) / 4) } } } }
        means.sort()
        let interval = PairedBootstrap(resamples: 100_000, confidence: 0.8, seed: 3).intervals(of: [values])[0]
        // A tenth of 256 ways on each side; the steps between neighbouring means are small there.
        #expect(abs(interval.lowerBound - means[25]) <= 0.0251 && abs(interval.upperBound - means[230]) <= 0.0751, "\(interval)")
    }

    @Test("Of many users, the interval is about 1.96 standard errors on each side, and holds the truth as often as it says")
    func normal() {
        var (width, held) = (0.0, 0)
        for seed in 0..<200 as Range<UInt64> {
            let sample = differences(400, seed: seed)
            let mean = sample.reduce(0, +) / 400
            let deviation = (sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400).squareRoot()
            let interval = PairedBootstrap(resamples: 500, seed: seed).intervals(of: [sample])[0]
            width += (interval.upperBound - interval.lowerBound) / (2 * 1.96 * deviation / 20)
            // The numbers are drawn evenly from -0.9 to 1.1.
            if interval.contains(0.1) { held += 1 }
        }
        #expect(abs(width / 200 - 1) < 0.02, "\(width / 200)")
        #expect(held > 178 && held < 200, "\(held) of 200")
    }

    @Test("Nobody and nothing to tell apart give intervals of no width")
    func degenerate() {
        #expect(PairedBootstrap().intervals(of: [[], []]) == [0...0, 0...0])
        #expect(PairedBootstrap().intervals(of: []).isEmpty)
        #expect(PairedBootstrap(resamples: 50).intervals(of: [[0.25, 0.25, 0.25]]) == [0.25...0.25])
    }

    @Test("Means, differences and the users won, tied and lost are those counted by hand")
    func comparison() {
        func user(_ precision: Double, _ auc: Double) -> UserMetrics {
            var metrics = UserMetrics()
            (metrics.precision, metrics.auc) = (precision, auc)
            return metrics
        }
        let first = [user(0.2, 0.9), user(0.4, 0.8), user(0, 0.7), user(0.6, 0.5)]
        let second = [user(0.4, 0.9), user(0.4, 0.7), user(0.2, 0.6), user(0, 0.4)]
        let comparison = PairedComparison(first: first, second: second)
        #expect(comparison.users == 4 && comparison.figures.map(\.name) == UserMetrics.names.map(\.name))
        let precision = comparison.figures[0]
        #expect(abs(precision.first - 0.3) < 1e-12 && abs(precision.second - 0.25) < 1e-12 && abs(precision.difference + 0.05) < 1e-12)
        #expect((precision.won, precision.tied, precision.lost) == (2, 1, 1))
        #expect(precision.interval.contains(0))
        let auc = comparison.figures[2]
        #expect((auc.won, auc.tied, auc.lost) == (0, 1, 3) && abs(auc.difference + 0.075) < 1e-12)
        #expect(comparison.figures[1].interval == 0...0 && comparison.figures[1].tied == 4)
        #expect(PairedComparison(first: [], second: []).figures.allSatisfy { $0.first == 0 && $0.won == 0 })
    }
}
