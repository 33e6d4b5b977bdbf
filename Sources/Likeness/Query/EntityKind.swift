import LikenessFormat
import LikenessStore
import LikenessTraining

/// What a query can find.
public enum EntityKind: String, Sendable, CaseIterable, Codable {
    case items
    case tags
    case users

    /// The rows of a model that stand for the kind.
    var rows: RowKind {
        switch self {
        case .items: .item
        case .tags: .itemFeature
        case .users: .user
        }
    }

    /// One of them, in words.
    var noun: String {
        switch self {
        case .items: "item"
        case .tags: "tag"
        case .users: "user"
        }
    }
}

/// One thing that a query found.
public struct Neighbor: Sendable, Codable, Equatable {
    /// The external id: an item's, a user's, or a feature's label such as `tag:tiltbrush`.
    public let id: String
    /// The item's name, if it has one.
    public let name: String?
    /// The higher the nearer; see `nearest` and `recommend`. With a penalty on popularity, what is left of it.
    public let score: Double
    /// What speaks most for it, if that was asked for.
    public internal(set) var reasons: Reasons?
}

/// What a query found, best first. Of equal scores the one that arrived first in the store comes first.
public struct Neighbors: Sendable, Codable, Equatable {
    /// The version that answered.
    public let version: UInt64
    /// What was found.
    public let kind: EntityKind
    /// The neighbours, best first.
    public let results: [Neighbor]
    /// Ids of the query that the version does not know and that were passed over; nil if there are none.
    public internal(set) var unknown: [String]?
    /// Whether items may be among the results that should have been left out, since a replica without likes does not know what the user likes
    /// already; nil if not.
    public internal(set) var includesLiked: Bool?
}
