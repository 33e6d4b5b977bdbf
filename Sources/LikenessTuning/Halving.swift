/// Says when a training has fallen so far behind that it is not worth its time: asynchronous successive halving (Li and others: A system for
/// massively parallel hyperparameter tuning, 2020), in the mild form that compares with the median of all trainings.
///
/// Rungs are points of the curve, each with at least twice the epochs of the one before. A training that is measured at a rung goes on if
/// it is no worse than the median of those of its loss that were measured there before.
package struct Halving: Sendable {
    /// Trainings that a rung must have seen before anyone is stopped there.
    private let leastTrials: Int
    /// Values by loss and epochs.
    private var values: [String: [Int: [Double]]] = [:]
    /// What trainings that were not stopped gained from a point to their best, by loss and epochs.
    private var gains: [String: [Int: [Double]]] = [:]

    /// Nobody was measured yet.
    package init(leastTrials: Int = 5) { self.leastTrials = leastTrials }

    /// Adds a training that has ended.
    ///
    /// - Parameter isWhole: whether it was trained to its last epoch.
    package mutating func add(_ loss: String, curve: [(epochs: Int, value: Double)], isWhole: Bool) {
        let best = curve.reduce(-Double.infinity) { max($0, $1.value) }
        for point in curve {
            values[loss, default: [:]][point.epochs, default: []].append(point.value)
            if isWhole { gains[loss, default: [:]][point.epochs, default: []].append(best - point.value) }
        }
    }

    /// Whether a training is to be stopped at a point that is not its last.
    ///
    /// - Parameter points: the epochs of its curve, ascending.
    package func isBehind(_ loss: String, at epochs: Int, of points: [Int], value: Double) -> Bool {
        guard epochs != points.last, Halving.rungs(of: points).contains(epochs) else { return false }
        let others = values[loss]?[epochs] ?? []
        return others.count >= leastTrials && value < Halving.median(of: others)
    }

    /// What a training that was stopped at a point would have come to, as far as the others tell: a search that took the values at rungs for the
    /// best would shun settings that learn slowly.
    package func expected(_ loss: String, stoppedAt epochs: Int, best: Double) -> Double {
        guard let gains = gains[loss]?[epochs], !gains.isEmpty else { return best }
        return best + Halving.median(of: gains)
    }

    /// The points at which trainings are compared.
    static func rungs(of points: [Int]) -> [Int] {
        var rungs: [Int] = []
        for point in points where point >= 2 * (rungs.last ?? 0) { rungs.append(point) }
        return rungs
    }

    static func median(of values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
