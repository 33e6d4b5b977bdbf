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
    public internal(set) var totalSeconds: Double
    /// Bytes of blocks and manifest that were not in the store before.
    public let bytesWritten: Int
    /// Continuations only: one minus the mean cosine between the parent's item representations and these.
    public let drift: Double?
    /// Continuations only: the likes since the last full fit are more than a fifth of those that it had, so that a full fit is due.
    public let isFullFitDue: Bool?
    /// Why the alias was not moved to the version, in words; nil if it was, or if none was to be moved.
    public internal(set) var aliasWithheld: String?
    /// By least squares: what the vectors of items without likes were multiplied by; nil for 1.
    public internal(set) var coldItemScale: Double?
    /// Fits that chose their settings only: what they measured, and what they chose for which reason.
    public internal(set) var selection: FitSelection?
    /// Continuations only: what they changed of their parent.
    public internal(set) var changes: ContinuationChanges?
    /// Continuations only, where it was asked for: how held-out likes are ranked before and after.
    public var test: ContinuationTest?
    /// Continuations only, where it was measured: how far items that changed have the neighbours that they had.
    public var neighbors: NeighborOverlap?
}

/// How far the neighbours of items are the same in two versions.
public struct NeighborOverlap: Sendable, Codable, Equatable {
    /// Items that were looked at.
    public let items: Int
    /// Neighbours of each.
    public let k: Int
    /// The share of the neighbours in the first version that are neighbours in the second, 0 to 1.
    public let share: Double

    /// A measurement that was made elsewhere.
    ///
    /// - Parameters:
    ///   - items: items that were looked at.
    ///   - k: neighbours of each.
    ///   - share: the share of them that is the same.
    public init(items: Int, k: Int, share: Double) {
        (self.items, self.k, self.share) = (items, k, share)
    }
}

/// How the parent of a continuation and the continuation rank the same held-out likes.
public struct ContinuationTest: Sendable, Codable, Equatable {
    /// The length of the lists that are looked at.
    public let k: Int
    /// Users that both versions know, and their held-out likes.
    public let users: Int
    /// See ``users``.
    public let likes: Int
    /// Precision at k of the parent.
    public let before: Double
    /// Precision at k of the continuation.
    public let after: Double

    /// A measurement that was made elsewhere.
    ///
    /// - Parameters:
    ///   - k: the length of the lists.
    ///   - users: users that both versions know.
    ///   - likes: held-out likes of these users.
    ///   - before: precision at k of the parent.
    ///   - after: precision at k of the continuation.
    public init(k: Int, users: Int, likes: Int, before: Double, after: Double) {
        (self.k, self.users, self.likes, self.before, self.after) = (k, users, likes, before, after)
    }
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
