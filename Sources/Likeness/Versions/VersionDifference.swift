public import LikenessFormat

/// What has changed from one version to another.
public struct VersionDifference: Sendable, Codable, Equatable {
    /// A setting that differs, as text; nil where there is none of that name.
    public struct Setting: Sendable, Codable, Equatable {
        /// Its name, with the names that lead to it before it.
        public let name: String
        /// Its value in the first version.
        public let before: String?
        /// Its value in the second version.
        public let after: String?
    }

    /// A figure that differs; nil where there is none of that name.
    public struct Figure: Sendable, Codable, Equatable {
        /// Its name.
        public let name: String
        /// Its value in the first version.
        public let before: Double?
        /// Its value in the second version.
        public let after: Double?
    }

    /// A row that has moved.
    public struct Moved: Sendable, Codable, Equatable {
        /// The id.
        public let id: String
        /// The item's name, if it has one.
        public let name: String?
        /// One minus the cosine of where it was and where it is: 0 for the same direction, 2 for the opposite one.
        public let distance: Double
    }

    /// The rows of a kind.
    public struct Rows: Sendable, Codable, Equatable {
        /// The kind.
        public let kind: RowKind
        /// The length of the vocabulary as of the first version.
        public let vocabularyBefore: Int
        /// The same as of the second version.
        public let vocabularyAfter: Int
        /// Rows that are part of both versions and have not the same vector.
        public var moved = 0
        /// Rows that are part of the second one alone.
        public var added = 0
        /// Rows that are part of the first one alone.
        public var removed = 0
        /// Those that moved most, first.
        public var most: [Moved] = []
    }

    /// What is near something in the second version and not in the first, and the other way round.
    public struct Neighborhood: Sendable, Codable, Equatable {
        /// What it is near to, as a query names it.
        public let query: String
        /// What is near it in the second version alone.
        public let gained: [Neighbor]
        /// What is near it in the first version alone.
        public let lost: [Neighbor]
        /// How many are near it in both.
        public let kept: Int
    }

    /// Blocks on one side alone.
    public struct Blocks: Sendable, Codable, Equatable {
        /// How many.
        public var count = 0
        /// Their bytes.
        public var bytes = 0
    }

    /// The first version's number.
    public let from: UInt64
    /// The second version's number.
    public let to: UInt64
    /// Whether one goes on from the other. If not, vectors have no directions in common: then distances mean nothing, and neighbours do.
    public let isContinuation: Bool
    /// Settings that differ, by name.
    public internal(set) var settings: [Setting] = []
    /// Figures of the fits that differ, by name.
    public internal(set) var metrics: [Figure] = []
    /// The rows of each kind.
    public internal(set) var rows: [Rows] = []
    /// What is near the items that moved most, or near what was asked for.
    public internal(set) var neighborhoods: [Neighborhood] = []
    /// Blocks that only the first version stands on. What is not counted here or below is shared.
    public internal(set) var removedBlocks = Blocks()
    /// Blocks that only the second version stands on.
    public internal(set) var addedBlocks = Blocks()
}
