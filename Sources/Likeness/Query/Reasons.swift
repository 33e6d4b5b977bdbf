/// One thing that speaks for a recommendation.
public struct Reason: Sendable, Codable, Equatable {
    /// An item's id, or the label of a feature.
    public let id: String
    /// The item's name, if it has one.
    public let name: String?
    /// How much it speaks for the recommendation: see ``Reasons``.
    public let share: Double
}

/// What speaks most for a recommendation, each list with the largest share first.
public struct Reasons: Sendable, Codable, Equatable {
    /// Whether the shares of likes and features are parts of the score.
    ///
    /// In versions by least squares they are: the user's vector solves a system of equations whose right side is a sum over likes and
    /// features, so the score is such a sum too. With ``rest`` all shares add up to the score. In other versions the share of a like is
    /// the cosine between the two items, and that of a feature its part of the user's vector times the item's.
    public let isExact: Bool
    /// Items that the user likes.
    public let likes: [Reason]
    /// Features that the user has.
    public let features: [Reason]
    /// Features that the item has: the user's vector times what the feature says of the item.
    public let tags: [Reason]
    /// Of exact shares: the score less all shares of likes and features, listed or not. It is what the fit left unsolved of the user's
    /// equations, and rounding.
    public let rest: Double?
}
