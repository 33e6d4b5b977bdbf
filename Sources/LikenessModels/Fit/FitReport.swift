public import LikenessFormat

/// The result of a fit.
public struct FitReport: Sendable, Codable {
    /// The version that was published.
    public let version: UInt64
    /// The version that it continues, if it continues one.
    public let parent: UInt64?
    /// The alias that points at it now.
    public internal(set) var alias: String?
    /// What its steps made smaller.
    public let loss: String
    /// Passes of this fit.
    public let epochs: Int
    /// Likes in the model.
    public let likes: Int
    /// Dislikes in the model.
    public let dislikes: Int
    /// Likes that this fit trained on; with logistic loss the dislikes are among them.
    public let trainedLikes: Int
    /// Users in the model.
    public let users: Int
    /// Items in the model.
    public let items: Int
    /// Item features in the model.
    public let features: Int
    /// User features in the model.
    public let userFeatures: Int
    /// Users that the parent did not have.
    public let newUsers: Int
    /// Items that the parent did not have.
    public let newItems: Int
    /// Item features that the parent did not have.
    public let newFeatures: Int
    /// Threads that trained.
    public let threads: Int
    /// The last epoch's mean loss over its likes.
    public let meanLoss: Double
    /// Of the epochs alone.
    public let likesPerSecond: Double
    /// The epochs alone.
    public let trainingSeconds: Double
    /// From the first like read to the alias moved.
    public let totalSeconds: Double
    /// Bytes of blocks and manifest that were not in the store before.
    public let bytesWritten: Int
    /// Continuations only: one minus the mean cosine between the parent's item representations and these.
    public let drift: Double?
    /// Continuations only: the likes since the last full fit are more than a fifth of those that it had, so that a full fit is due.
    public let isFullFitDue: Bool?
    /// Why the alias was not moved to the version, in words; nil if it was, or if none was to be moved.
    public internal(set) var aliasWithheld: String?
    /// Continuations only: what they changed of their parent.
    public internal(set) var changes: ContinuationChanges?
}

/// What a continuation changed of its parent.
public struct ContinuationChanges: Sendable, Codable, Equatable {
    /// Whether tags of the parent moved.
    public let tags: TagMovement
    /// Users of the parent that were written anew.
    public let touchedUsers: Int
    /// Items of the parent that were written anew.
    public let touchedItems: Int
    /// Item features of the parent that moved.
    public let touchedFeatures: Int
    /// One minus the mean cosine between the users' representations before and after; nil if it was not measured.
    public let userDrift: Double?
    /// The same of item features.
    public let featureDrift: Double?
    /// Rows that were written, those that a merge of layers wrote again among them.
    public let rowsWritten: Int
    /// Layers over the base matrices, of all kinds.
    public let layers: Int
}
