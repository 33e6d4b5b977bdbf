import Platform

/// What a fit by alternating least squares is told.
///
/// ```swift
/// var settings = LeastSquaresSettings()
/// settings.components = 64
/// settings.threads = 2
/// ```
public struct LeastSquaresSettings: Codable, Sendable, Equatable {
    /// How the weight of a like becomes its confidence c.
    public enum Confidence: String, Codable, Sendable, CaseIterable {
        /// c = w.
        case weight
        /// c = 1 + scale × w (Hu, Koren and Volinsky, 2008, section 4).
        case linear
        /// c = 1 + scale × ln(1 + w / unit) (the same, section 6).
        case log
    }

    /// How a row's normal equations are solved.
    public enum Solver: String, Codable, Sendable, CaseIterable {
        /// Conjugate gradients from where the row is (Takács, Pilászy and Tikk, 2011).
        case conjugateGradients = "conjugate-gradients"
        /// A Cholesky factorisation in double precision: some times the cost, for the same quality.
        case exact
    }

    /// Numbers in a vector (d).
    public var components = 128
    /// Rounds over users, items and features.
    public var iterations = 8
    /// How rows are solved.
    public var solver = Solver.conjugateGradients
    /// Steps of conjugate gradients by row and iteration.
    public var steps = 3
    /// The weight a₀ of every pair's target of 0; nil for 2 ΣN_i² / (likes × users), a rule that carries over from one data set to the next.
    public var unobservedWeight: Float?
    /// What that rule is multiplied by.
    public var unobservedFactor: Float = 1
    /// Strength of regularisation (λ).
    public var regularization: Float = 0.008
    /// Whether a row's regularisation grows with ω = its likes + a₀ × the rows of the other side; else ω = 1.
    public var scalesByFrequency = true
    /// The share of a row's regularisation that pulls it to its features rather than to 0 (θ); rows without features have none.
    ///
    /// With more of it a tag's nearest items carry the tag more often (share of ten, θ = .5, .6, .9: Last.fm .59, .64, .73; goodbooks .87, .89, .92),
    /// and rankings lose where features say little (precision@5, ids alone, θ = .6, .9: goodbooks .0481, .0476, .0454; Last.fm .174, .177, .176).
    /// With 0 rows are fitted as if they had no features, and features follow the rows: they can be asked for all the same.
    public var featurePull: Float = 0.6
    /// How weights become confidences.
    public var confidence = Confidence.weight
    /// The factor of the linear and logarithmic confidence.
    public var confidenceScale: Float = 1
    /// The unit of weights of the logarithmic confidence.
    public var confidenceUnit: Float = 1
    /// Items start as random vectors of about this length.
    public var initialLength: Float = 0.1
    /// Worker threads; the model is the same to the bit for any number.
    public var threads = 1
    /// Where the random numbers start.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}

    /// Checks every value.
    /// - Throws: ``TrainingError/badHyperparameter(name:value:rule:)`` for the first that cannot be used.
    public func validate() throws(TrainingError) {
        try require(components > 0 && components <= 4_096, "components", components, "it must be 1 to 4096; 64 to 256 are usual")
        try require(iterations >= 0, "iterations", iterations, "it must be 0 or more; 8 is usual")
        try require(steps > 0 && steps <= 10_000, "steps", steps, "it must be 1 to 10000; 3 are usual")
        if let unobservedWeight {
            try require(
                unobservedWeight.isFinite && unobservedWeight >= 0, "unobservedWeight", unobservedWeight,
                "it must be 0 or more; leave it out to have it computed")
        }
        try require(
            unobservedFactor.isFinite && unobservedFactor >= 0, "unobservedFactor", unobservedFactor,
            "it must be 0 or more; 0.5 to 4 are usual")
        try require(
            regularization.isFinite && regularization >= 0, "regularization", regularization,
            "it must be 0 (none) or a positive number; 0.004 to 0.016 are usual")
        try require(featurePull >= 0 && featurePull <= 1, "featurePull", featurePull, "it must lie between 0 and 1; 0.6 is usual")
        try require(
            confidenceScale.isFinite && confidenceScale >= 0, "confidenceScale", confidenceScale, "it must be 0 or more")
        try require(
            confidenceUnit.isFinite && confidenceUnit > 0, "confidenceUnit", confidenceUnit, "it must be a positive number")
        try require(
            initialLength.isFinite && initialLength > 0, "initialLength", initialLength,
            "it must be a positive number, since vectors of 0 stay 0; 0.1 is usual")
        try require(threads > 0 && threads <= 1024, "threads", threads, "it must be 1 to 1024")
    }

    /// How much rows with likes say of their features: θ, or 1 where features only follow.
    package var featureStrength: Float { featurePull > 0 ? featurePull : 1 }

    /// The confidence of a like of a weight.
    package func confidence(of weight: Float) -> Float {
        switch confidence {
        case .weight: weight
        case .linear: 1 + confidenceScale * weight
        case .log: 1 + confidenceScale * Float(Mathematics.logarithm(1 + Double(weight) / Double(confidenceUnit)))
        }
    }

    private func require(
        _ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ rule: String
    ) throws(TrainingError) {
        guard holds else { throw .badHyperparameter(name: name, value: value.description, rule: rule) }
    }
}

/// The numbers that an objective goes by and that depend on all likes; a version keeps them, since its continuations use them.
public struct LeastSquaresTerms: Codable, Sendable, Equatable {
    /// The weight a₀ of every pair's target of 0.
    public var unobservedWeight: Double
    /// Users with likes.
    public var users: Int
    /// Items with likes.
    public var items: Int
    /// The mean ω of users with likes, which the pull of users' features is relative to.
    public var meanUserWeight: Double
    /// The mean ω of items with likes.
    public var meanItemWeight: Double
    /// What the vectors of items without likes were multiplied by, so that they rank among the others; nil for 1.
    public var coldItemScale: Double?

    /// Numbers that are known already.
    public init(unobservedWeight: Double, users: Int, items: Int, meanUserWeight: Double, meanItemWeight: Double) {
        self.unobservedWeight = unobservedWeight
        self.users = users
        self.items = items
        self.meanUserWeight = meanUserWeight
        self.meanItemWeight = meanItemWeight
    }

    /// ω of a user of so many likes.
    func userWeight(likes: Int, _ settings: LeastSquaresSettings) -> Double {
        settings.scalesByFrequency ? Double(likes) + unobservedWeight * Double(items) : 1
    }

    /// ω of an item of so many likes.
    func itemWeight(likes: Int, _ settings: LeastSquaresSettings) -> Double {
        settings.scalesByFrequency ? Double(likes) + unobservedWeight * Double(users) : 1
    }
}
