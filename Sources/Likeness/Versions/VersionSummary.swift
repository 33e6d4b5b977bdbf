public import LikenessFormat
public import LikenessModels
public import LikenessTraining

/// What there is to know about a version, for people and for scripts.
public struct VersionSummary: Sendable, Codable, Equatable {
    /// The version's number.
    public let version: UInt64
    /// The version that it continues, if it continues one.
    public let parent: UInt64?
    /// When it was published, in milliseconds since 1970-01-01 UTC.
    public let created: Int64
    /// Who published it, as the system names them.
    public let creator: String
    /// The free-text note.
    public let note: String?
    /// The aliases that point at it now.
    public let aliases: [String]
    /// Passes over the likes, those of its parents included.
    public let epochs: Int
    /// Likes that the version has seen.
    public let likes: Int
    /// Likes that its own fit trained on.
    public let trainedLikes: Int
    /// The sequence number of the last like that it has seen.
    public let watermark: UInt64
    /// Length of the embeddings.
    public let components: Int
    /// How feature rows were weighted: `tfidf`, `l1`, `raw` or `none`.
    public let features: String
    /// The weight of each row's own embedding beside its features: see `FeatureOptions`.
    public let identityScale: Float
    /// After how many likes an item's features have 1/e of their share; 0 if they keep it: see `FeatureOptions`.
    public let shrinkage: Float
    /// How many items, or users, a feature needs to be part of it; 0 if any is: see `FeatureOptions`.
    public let minimumFeatureItems: Int
    /// Users that it has rows for.
    public let users: Int
    /// Items that it has rows for.
    public let items: Int
    /// Item features that it has rows for.
    public let itemFeatures: Int
    /// User features that it has rows for.
    public let userFeatures: Int
    /// Figures of its training, such as `meanLoss`.
    public let metrics: [String: Double]
    /// Everything that the trainer was told.
    public let hyperparameters: Hyperparameters?
    /// Settings of a version by alternating least squares, which has no hyper-parameters of the other kind.
    public let leastSquares: LeastSquaresSettings?
    /// What the vectors of items without likes were multiplied by; nil for 1.
    public let coldItemScale: Double?
    /// How a version that started from these least squares was trained further; nil of others. Its users and items have a length of 1, so that
    /// their inner products are cosines.
    public let softmax: SoftmaxSettings?
    /// How the settings of a version by least squares or the softmax were chosen; nil if they were given.
    public let selection: FitSelection?
    /// The SHA-256 that authenticates every byte of the version.
    public let rootHash: String
    /// Of a version that came in a pack: what it is where it was made.
    public let origin: VersionOrigin?
}
