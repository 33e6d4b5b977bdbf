public import LikenessFormat
import LikenessStore
public import LikenessTraining

/// What a full fit is told.
///
/// ```swift
/// var options = FitOptions()
/// options.hyperparameters.epochs = 20
/// options.hyperparameters.threads = 2
/// let report = try store.fit(options)
/// ```
public struct FitOptions: Sendable {
    /// Loss, step rule, length of the embeddings, epochs, threads, seed.
    public var hyperparameters = Hyperparameters()
    /// How features of items and users become part of the model.
    public var features = FeatureOptions()
    /// Users with fewer likes, and items with fewer, are left out, again and again until none is left that has fewer.
    public var minimumUserLikes = 5
    /// The same for items; 0 also lets in items that nobody likes yet but that have features.
    public var minimumItemLikes = 5
    /// The alias to point at the new version; nil moves none.
    public var alias: String? = "production"
    /// Whether the alias moves even to a version that was not trained, or whose loss is absurd.
    public var forcesAlias = false
    /// A free-text note for the version.
    public var note: String?
    /// Who is to stand in the version and in the alias's history.
    public var creator = Store.systemUser

    /// The defaults.
    public init() {}

    /// How features are weighted: the field of `features`.
    public var featureWeighting: FeatureWeighting {
        get { features.weighting }
        set { features.weighting = newValue }
    }
}

/// What the continuation of a version is told. Everything else is as the parent had it.
public struct FitPartialOptions: Sendable {
    /// The version to continue.
    public var parent = VersionReference.current
    /// Passes over the new likes.
    public var epochs = 5
    /// The share of the older likes that is trained again with the new ones, 0 to 1.
    public var replay = 0.0
    /// Whether features that the parent has move; new ones always learn.
    public var tags = TagMovement.fixed
    /// Worker threads; nil for as many as the parent had.
    public var threads: Int?
    /// The alias to point at the new version; nil moves none.
    public var alias: String? = "production"
    /// Whether the alias moves even to a version that was not trained, or whose loss is absurd.
    public var forcesAlias = false
    /// A free-text note for the version.
    public var note: String?
    /// Who is to stand in the version and in the alias's history.
    public var creator = Store.systemUser

    /// The defaults.
    public init() {}
}

/// How far a fit is. Iterations count as epochs, also those that training by the softmax starts from.
public enum FitProgress: Sendable {
    /// Likes and features are read.
    case reading
    /// One of the candidates of a fit that chooses its settings is trained and measured; a share of its training is done.
    case choosing(candidate: Int, of: Int, name: String, fraction: Double)
    /// A share of an epoch is done.
    case training(epoch: Int, of: Int, fraction: Double, meanLoss: Double, likesPerSecond: Double)
    /// Blocks are written.
    case publishing
}

extension FitProgress {
    /// What a trainer tells, of a run of so many epochs that goes on after `before` others.
    init(_ event: TrainingProgress, after before: Int, of epochs: Int) {
        switch event {
        case .tick(let epoch, let done, let total, let meanLoss, let elapsed):
            self = .training(
                epoch: epoch - before, of: epochs, fraction: Double(done) / Double(max(total, 1)), meanLoss: meanLoss,
                likesPerSecond: elapsed > 0 ? Double(done) / elapsed : 0)
        case .epoch(let report):
            self = .training(
                epoch: report.epoch - before, of: epochs, fraction: 1, meanLoss: report.meanLoss, likesPerSecond: report.likesPerSecond)
        }
    }

    /// The progress of a run that went on after `done` of `epochs` epochs.
    package func shifted(by done: Int, of epochs: Int) -> FitProgress {
        guard case .training(let epoch, _, let fraction, let meanLoss, let likesPerSecond) = self else { return self }
        return .training(epoch: done + epoch, of: epochs, fraction: fraction, meanLoss: meanLoss, likesPerSecond: likesPerSecond)
    }
}
