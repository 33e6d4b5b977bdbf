/// Which rows a query may return, besides those that it leaves out by itself. What is not set filters nothing.
///
/// ```swift
/// var filter = QueryFilter()
/// filter.condition = "tag:dragon and not (tag:anime or category:characters)"
/// filter.notLikedBy = "u42"
/// let near = try store.nearest(.items, to: "tag:tiltbrush", filter: filter)
/// ```
/// The same filter lets the same rows pass on every path. A query finds `k` rows whenever `k` pass.
public struct QueryFilter: Sendable, Equatable {
    /// A condition on the features that the rows have as of the version: see `FilterExpression`. For items and users.
    public var condition: String?
    /// Only rows with these ids, if given. Ids that the store does not know are passed over.
    public var allowed: [String]?
    /// Never rows with these ids. Ids that the store does not know are passed over.
    public var denied: [String] = []
    /// For items: none that this user likes, as the store knows now.
    public var notLikedBy: String?
    /// For items: only those that at least so many users like, as the store knows now.
    public var minimumLikes = 0
    /// For items: only those that were liked at this time or later, and for users: only those who liked something then, as the store knows
    /// now; in milliseconds since 1970-01-01 UTC. Likes without a time do not count.
    public var likedSince: Int64?
    /// Whether a feature that the store does not know is one that no row has, rather than an error.
    public var isLenient = false

    /// Everything passes.
    public init() {}

    /// Whether everything passes.
    var isEmpty: Bool {
        condition == nil && allowed == nil && denied.isEmpty && notLikedBy == nil && minimumLikes <= 0 && likedSince == nil
    }
}
