public import LikenessTraining

/// The choice of a fit between settings: what each reached on held-out likes, which was taken, and why.
public struct FitSelection: Codable, Sendable, Equatable {
    /// One way to fit, and how it ranked the held-out likes.
    public struct Candidate: Codable, Sendable, Equatable {
        /// `als` or `softmax`.
        public let loss: String
        /// How strongly rows are pulled to what their features say.
        public let featurePull: Float
        /// The mean of the metric; nil if it could not be trained.
        public internal(set) var value: Double?
        /// The interval that holds 95 % of the bootstrapped differences to the first candidate; nil of the first itself.
        public internal(set) var low: Double?
        /// See ``low``.
        public internal(set) var high: Double?
        /// Why it could not be trained, in words.
        public internal(set) var failure: String?
        /// Seconds of its training and measuring.
        public internal(set) var seconds = 0.0

        init(loss: String, featurePull: Float) { (self.loss, self.featurePull) = (loss, featurePull) }

        /// `als, feature pull 0.6`
        public var name: String { "\(loss), feature pull \(featurePull)" }
    }

    /// Why a candidate was chosen.
    public enum Reason: String, Codable, Sendable {
        /// The lead of the others, if any, was not more than noise.
        case noLeadBeyondNoise = "no-lead-beyond-noise"
        /// Its lead over the first candidate was more than noise, and the greatest.
        case leads
        /// The first candidate could not be trained; this one is the best of the others.
        case firstFailed = "first-failed"
        /// No likes could be held out: too few users have enough of them. Nothing was measured.
        case tooFewLikes = "too-few-likes"
    }

    /// What was measured, such as `ndcg@10`.
    public let metric: String
    /// Users that likes were held out of, as far as the training had them.
    public internal(set) var users = 0
    /// Likes that were held out.
    public internal(set) var heldOutLikes = 0
    /// Where the random numbers of the split and of all trainings started.
    public let seed: UInt64
    /// In the order in which they were tried; the first one has the defaults.
    public internal(set) var candidates: [Candidate]
    /// The place of the chosen one among the candidates.
    public internal(set) var chosen = 0
    /// Why it was chosen.
    public internal(set) var reason = Reason.tooFewLikes
    /// Seconds of the whole choice.
    public internal(set) var seconds = 0.0

    init(metric: String, seed: UInt64, candidates: [Candidate]) {
        (self.metric, self.seed, self.candidates) = (metric, seed, candidates)
    }

    /// The chosen candidate; nil if nothing was measured.
    public var choice: Candidate? { candidates.indices.contains(chosen) && reason != .tooFewLikes ? candidates[chosen] : nil }

    /// Chooses: the first candidate, unless others lead it by more than noise; then the greatest of these.
    ///
    /// - Parameter intervals: of the differences of each candidate to the first; nil where there is none.
    mutating func choose(_ intervals: [ClosedRange<Double>?]) {
        for (place, interval) in intervals.enumerated() {
            (candidates[place].low, candidates[place].high) = (interval?.lowerBound, interval?.upperBound)
        }
        let first = candidates.first?.value
        let leading = candidates.indices.filter { candidates[$0].value != nil && (first == nil || candidates[$0].low ?? 0 > 0) }
        guard var best = leading.first else {
            (chosen, reason) = (0, .noLeadBeyondNoise)
            return
        }
        for place in leading where candidates[place].value ?? 0 > candidates[best].value ?? 0 { best = place }
        (chosen, reason) = (best, first == nil ? .firstFailed : .leads)
    }
}

/// The options of a fit that chooses between settings.
///
/// ```swift
/// var options = AutomaticFitOptions()
/// options.shared.settings.threads = 2
/// let report = try store.fit(options)
/// print(report.selection?.choice?.name ?? "the defaults")
/// ```
public struct AutomaticFitOptions: Sendable {
    /// What all candidates share, and what the version is published with. Its `softmax` and its pull of 0 are what the choice is about; a
    /// pull above 0 is that of the first candidate.
    public var shared = LeastSquaresFitOptions()
    /// How candidates by the softmax of cosines go on from least squares.
    public var softmax = SoftmaxSettings()
    /// Iterations of least squares that these start from.
    public var softmaxStart = LeastSquaresFitOptions.softmaxStart
    /// Likes held out of each chosen user.
    public var heldOut = 5
    /// The share of the users with at least twice as many likes who are chosen; nil for 0.2, or where these are fewer than 500 for what gives
    /// as many, up to 0.5.
    public var fraction: Double?
    /// The length of the lists whose NDCG is measured.
    public var k = 10

    /// The defaults.
    public init() {}

    /// The options of a candidate.
    func options(_ candidate: FitSelection.Candidate) -> LeastSquaresFitOptions {
        var options = shared
        options.settings.featurePull = candidate.featurePull
        options.softmax = nil
        if candidate.loss == LeastSquaresRecord.Loss.softmax.rawValue {
            options.softmax = softmax
            options.settings.iterations = softmaxStart
        }
        return options
    }

    /// Least squares and the softmax of cosines, each with the pull and without; without features there is no pull to choose.
    func candidates(hasFeatures: Bool) -> [FitSelection.Candidate] {
        let pull = shared.settings.featurePull
        let pulls = hasFeatures && pull > 0 ? [pull, 0] : [pull]
        return [LeastSquaresRecord.Loss.als, .softmax].flatMap { loss in
            pulls.map { FitSelection.Candidate(loss: loss.rawValue, featurePull: $0) }
        }
    }
}
