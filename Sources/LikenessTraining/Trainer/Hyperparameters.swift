/// What a training run is told: the loss, the step rule and their numbers.
///
/// The defaults are a sound start for likes of a few hundred thousand events:
/// ```swift
/// var choice = Hyperparameters()
/// choice.epochs = 20
/// choice.threads = 2
/// ```
public struct Hyperparameters: Codable, Sendable, Equatable {
    /// What a step makes smaller.
    public enum Loss: String, Codable, Sendable, CaseIterable {
        /// Weighted approximate-rank pairwise: tries items until one ranks too high, and weighs by how soon that was found
        /// (Weston, Bengio and Usunier, 2011). Best for the top of a ranking.
        case warp
        /// WARP on the k-th best of a sample of the user's likes (Weston, Yee and Weiss, 2013).
        case warpKOS = "warp-kos"
        /// Bayesian personalised ranking: one liked item against one other (Rendle and others, 2009).
        case bpr
        /// Likes against explicit dislikes, one at a time. It needs dislikes.
        case logistic
    }

    /// How long a step is.
    public enum Schedule: String, Codable, Sendable, CaseIterable {
        /// Each parameter's rate falls with the root of its summed squared gradients (Duchi and others, 2011).
        case adagrad
        /// Rates from running means of squared gradients and squared moves (Zeiler, 2012); there is no learning rate.
        case adadelta
    }

    /// What explicit dislikes mean to the ranking losses (WARP, k-OS WARP, BPR).
    public enum Dislikes: String, Codable, Sendable, CaseIterable {
        /// Never trained and never drawn as negatives.
        case neutral
        /// Drawn first as negatives: WARP's first try, and every second draw of BPR.
        case preferredNegatives = "preferred-negatives"
    }

    /// What a step makes smaller.
    public var loss = Loss.warp
    /// How long a step is.
    public var schedule = Schedule.adagrad
    /// Numbers in an embedding (d).
    public var components = 64
    /// Passes over the likes.
    public var epochs = 30
    /// The length of the first steps (adagrad only).
    public var learningRate: Float = 0.05
    /// How much of its running means adadelta keeps at each step.
    public var rho: Float = 0.95
    /// What adadelta adds to its running means, so that it can start to move.
    public var epsilon: Float = 1e-6
    /// Strength of L2 regularisation of items and item features: after each step all of them shrink by this times the step's
    /// mean rate.
    public var itemRegularization: Float = 0
    /// Strength of L2 regularisation of users and user features.
    public var userRegularization: Float = 0
    /// How many items WARP tries in search of one that ranks too high.
    public var maxSampled = 10
    /// How far WARP wants a like above other items: those that score within this of it are stepped away from.
    public var margin: Float {
        get { otherMargin ?? 1 }
        set { otherMargin = newValue == 1 ? nil : newValue }
    }
    /// A margin that is not 1.
    private var otherMargin: Float?
    /// k-OS WARP trains on the k-th best of its sample.
    public var k = 5
    /// How many of the user's likes k-OS WARP samples.
    public var n = 10
    /// What explicit dislikes mean to the ranking losses.
    public var dislikes = Dislikes.neutral
    /// Worker threads. One thread and one seed give the same model bit for bit on one machine.
    public var threads = 1
    /// Where the random numbers start.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}

    /// What is kept of them: a margin of 1 is left out.
    private enum CodingKeys: String, CodingKey {
        case loss, schedule, components, epochs, learningRate, rho, epsilon, itemRegularization, userRegularization, maxSampled
        case otherMargin = "margin"
        case k, n, dislikes, threads, seed
    }

    /// Checks every value.
    /// - Throws: ``TrainingError/badHyperparameter(name:value:rule:)`` for the first that cannot be used.
    public func validate() throws(TrainingError) {
        try require(
            components > 0, "components", components, "an embedding needs at least 1 component; 32 to 128 are usual")
        try require(components <= 65_536, "components", components, "at most 65536 components fit a row")
        try require(epochs >= 0, "epochs", epochs, "it must be 0 (initialise only) or more")
        try require(
            learningRate.isFinite && learningRate > 0, "learningRate", learningRate,
            "it must be a positive number; 0.05 is a good start")
        try require(rho > 0 && rho < 1, "rho", rho, "it must lie between 0 and 1, both excluded; 0.95 is usual")
        try require(
            epsilon.isFinite && epsilon > 0, "epsilon", epsilon,
            "it must be a positive number, since with 0 adadelta never moves; 1e-6 is usual")
        for (name, value) in [("itemRegularization", itemRegularization), ("userRegularization", userRegularization)] {
            try require(
                value.isFinite && value >= 0, name, value, "it must be 0 (none) or a positive number such as 1e-6")
        }
        try require(maxSampled > 0, "maxSampled", maxSampled, "WARP must try at least 1 item; 10 is usual")
        try require(maxSampled <= 65_536, "maxSampled", maxSampled, "more than 65536 tries a like would never end")
        try require(margin.isFinite && margin > 0, "margin", margin, "WARP needs a positive one; 1 is usual")
        try require(k > 0, "k", k, "k-OS WARP picks the k-th best like, so k starts at 1")
        try require(n > 0, "n", n, "k-OS WARP must sample at least 1 like")
        try require(n <= 65_536, "n", n, "at most 65536 likes are sampled")
        try require(threads > 0, "threads", threads, "at least 1 thread must do the work")
        try require(threads <= 1024, "threads", threads, "at most 1024 threads can be started")
    }

    private func require(
        _ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ rule: String
    ) throws(TrainingError) {
        guard holds else { throw .badHyperparameter(name: name, value: value.description, rule: rule) }
    }
}
