package import LikenessFormat
import Platform
import RandomNumbers

/// A search for the settings with the least loss: some to start with, some at random, and then those of which extra-trees expect the most
/// improvement per second.
///
/// What comes next depends on the space, the seed and what was told, in its order, and on nothing else: a search that is told again what
/// another was told goes on as that one would have.
/// ```swift
/// var search = Search(space, seed: 1)
/// while let proposal = search.next() {
///     search.tell(proposal.settings, loss: train(proposal.settings), seconds: 2)
/// }
/// ```
package struct Search: Sendable {
    /// A proposal: settings, and where they come from.
    package struct Proposal: Sendable, Equatable {
        package let settings: TrialSettings
        package let origin: Trial.Origin
    }

    package let space: SearchSpace
    let seed: UInt64
    private let starts: [TrialSettings]
    /// Random trials after the starts.
    private let initialTrials: Int
    /// Random settings that the surrogate chooses from.
    private let candidates: Int
    /// Whether improvement is counted per second.
    private let isPerSecond: Bool

    /// What was told: nil for a loss that is not finite.
    private var losses: [Double?] = []
    private(set) var rows: [[Double]] = []
    private var seconds: [Double] = []
    private var tried: Set<TrialSettings> = []

    /// Prepares a search.
    ///
    /// - Parameter starts: settings to try first, all of them in the space.
    package init(
        _ space: SearchSpace, seed: UInt64, starts: [TrialSettings] = [], initialTrials: Int = 10, candidates: Int = 10_000,
        isPerSecond: Bool = true
    ) {
        self.space = space
        self.seed = seed
        self.starts = starts
        self.initialTrials = initialTrials
        self.candidates = candidates
        self.isPerSecond = isPerSecond
    }

    /// Trials told so far.
    package var count: Int { losses.count }

    /// Adds the outcome of a trial.
    ///
    /// - Parameter loss: what is to be small; one that is not finite counts as the worst.
    package mutating func tell(_ settings: TrialSettings, loss: Double, seconds: Double) {
        losses.append(loss.isFinite ? loss : nil)
        rows.append(space.encode(settings))
        self.seconds.append(seconds.isFinite ? max(seconds, 1e-6) : 1e6)
        tried.insert(settings)
    }

    /// What to try next; nil if everything that was drawn has been tried: the space is as good as exhausted.
    ///
    /// - Complexity: once the search is guided O(trees × (trials × columns + candidates) × depth).
    package func next() -> Proposal? {
        let number = count
        // Also one that was under way when a search was cut off, in whatever order the others ended.
        if let start = starts.first(where: { !tried.contains($0) }) {
            return Proposal(settings: start, origin: .start)
        }
        var random = SplitMix64(seed: seed, purpose: UInt64(number))
        let isGuided = number >= starts.count + initialTrials && losses.contains { $0 != nil }
        var drawn: [TrialSettings] = []
        for _ in 0..<candidates {
            let settings = space.draw(&random)
            if tried.contains(settings) { continue }
            if !isGuided { return Proposal(settings: settings, origin: .random) }
            drawn.append(settings)
        }
        guard !drawn.isEmpty else { return nil }
        let worth = worth(of: drawn.map(space.encode), random.next())
        let best = worth.indices.reduce(0) { worth[$1] > worth[$0] ? $1 : $0 }
        return Proposal(settings: drawn[best], origin: .model)
    }

    /// What to try next while other trials are under way; nil as for ``next()``.
    ///
    /// These are taken to come to the least loss so far, in the median time: so settings like them promise no improvement (the constant liar of
    /// Ginsbourger, Le Riche and Carraro: Kriging is well-suited to parallelize optimization, 2010). Starts and random settings are those of a search
    /// that makes one trial at a time.
    package func next(besides pending: [TrialSettings]) -> Proposal? {
        var ahead = self
        let least = losses.compactMap(\.self).min() ?? .nan
        let time = seconds.isEmpty ? 1 : Halving.median(of: seconds)
        for settings in pending { ahead.tell(settings, loss: least, seconds: time) }
        return ahead.next()
    }

    /// What was told, the worst of all in the place of what is not finite.
    var imputedLosses: [Double] {
        let worst = losses.compactMap(\.self).max() ?? 0
        return losses.map { $0 ?? worst }
    }

    /// The expected improvement of rows, per second if time counts.
    private func worth(of candidates: [[Double]], _ seed: UInt64) -> [Double] {
        let targets = imputedLosses
        let least = targets.min() ?? 0
        // forest_minimize has a margin of .01 whatever the losses; .01 of their deviation means the same for all metrics.
        let mean = targets.reduce(0, +) / Double(targets.count)
        let spread = (targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(targets.count)).squareRoot()
        let expected = ExtraTrees(rows, targets, seed: seed).expectations(of: candidates)
        let worth = expected.map {
            ExpectedImprovement.value(mean: $0.mean, deviation: $0.deviation, least: least, margin: 0.01 * spread)
        }
        guard isPerSecond else { return worth }
        let times = ExtraTrees(rows, seconds.map(Mathematics.logarithm), seed: seed &+ 1).expectations(of: candidates)
        return zip(worth, times).map { $0 * ExpectedImprovement.perSecond(logarithmicMean: $1.mean, deviation: $1.deviation) }
    }
}
