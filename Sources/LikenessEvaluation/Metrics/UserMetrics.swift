import Platform

/// The metrics of one user, or their means.
///
/// With r₀ ≤ r₁ ≤ … the ranks of the user's test cells T, from 0:
package struct UserMetrics: Equatable, Sendable {
    /// #{r < k} / k, also where |T| < k.
    package var precision = 0.0
    /// #{r < k} / |T|.
    package var recall = 0.0
    /// Mean over j of 1 − max(rⱼ − j, 0) / N, where N counts the items that are neither in T nor excluded; 0.5 where N = 0.
    package var auc = 0.0
    /// 1 / (r₀ + 1).
    package var reciprocalRank = 0.0
    /// Average precision at k: Σ over rⱼ < k of (j + 1) / (rⱼ + 1), divided by min(|T|, k).
    package var averagePrecision = 0.0
    /// Σ over r < k of 1 / log₂(r + 2), divided by its value for a perfect ranking.
    package var ndcg = 0.0
    /// 1 when r₀ < k, else 0.
    package var hitRate = 0.0

    /// All zero.
    package init() {}

    /// A user without test cells, as LightFM's `preserve_rows` has it (recall, there 0/0, is 0).
    package static let withoutCells: UserMetrics = {
        var metrics = UserMetrics()
        metrics.auc = 0.5
        return metrics
    }()

    /// The metrics of one user.
    ///
    /// - Parameters:
    ///   - ranks: The ranks of the user's test cells, in any order.
    ///   - negatives: N of ``auc``.
    /// - Complexity: O(|T| log |T| + k).
    package init(ranks: some Sequence<UInt32>, k: Int, negatives: Int) {
        let ranks = ranks.sorted().map(Int.init)
        guard let best = ranks.first else {
            self = .withoutCells
            return
        }
        let count = Double(ranks.count)
        let hits = ranks.count { $0 < k }
        precision = Double(hits) / Double(k)
        recall = Double(hits) / count
        reciprocalRank = 1 / Double(best + 1)
        hitRate = best < k ? 1 : 0
        var area = 0.0
        for (j, rank) in ranks.enumerated() {
            if rank < k {
                averagePrecision += Double(j + 1) / Double(rank + 1)
                ndcg += 1 / Mathematics.binaryLogarithm(Double(rank + 2))
            }
            area += 1 - min(Double(max(rank - j, 0)) / Double(max(negatives, 1)), 1)
        }
        auc = negatives > 0 ? area / count : 0.5
        averagePrecision /= Double(min(ranks.count, k))
        ndcg /= (0..<min(ranks.count, k)).reduce(0) { $0 + 1 / Mathematics.binaryLogarithm(Double($1 + 2)) }
    }

    /// The metrics' names in the order of tables.
    package static var names: [(name: String, path: WritableKeyPath<UserMetrics, Double>)] {
        [
            ("precision", \.precision), ("recall", \.recall), ("auc", \.auc), ("reciprocalRank", \.reciprocalRank),
            ("averagePrecision", \.averagePrecision), ("ndcg", \.ndcg), ("hitRate", \.hitRate),
        ]
    }

    static func += (sum: inout UserMetrics, one: UserMetrics) {
        sum.precision += one.precision
        sum.recall += one.recall
        sum.auc += one.auc
        sum.reciprocalRank += one.reciprocalRank
        sum.averagePrecision += one.averagePrecision
        sum.ndcg += one.ndcg
        sum.hitRate += one.hitRate
    }

    static func / (sum: UserMetrics, count: Double) -> UserMetrics {
        var mean = sum
        for (_, path) in names { mean[keyPath: path] /= count }
        return mean
    }
}
