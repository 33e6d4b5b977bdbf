public import LikenessStore

/// How a version is evaluated.
public struct EvaluationOptions: Sendable {
    /// The length of the list that metrics "at k" look at.
    public var k = 5
    /// Leave the likes that the store knows out of each user's ranking.
    public var excludesTrain = false
    /// Threads to rank with.
    public var threads = 1
    /// Which columns of the test file hold users and items.
    public var columns = LikesColumns()
    /// The test file's format; nil goes by its name.
    public var format: TextFormat?

    /// The defaults.
    public init() {}
}

/// How well a version ranks held-out likes.
public struct VersionEvaluation: Sendable, Codable, Equatable {
    /// The version that was evaluated.
    public let version: UInt64
    /// The length of the list that metrics "at k" look at.
    public let k: Int
    /// Whether likes that the store knows were left out of the rankings.
    public let excludesTrain: Bool
    /// Users over whom the means are taken, and their held-out likes.
    public let users: Int
    /// Held-out likes of these users.
    public let likes: Int
    /// Held-out likes of users that are not part of the version: left out.
    public let unknownUserLikes: Int
    /// Held-out likes of items that are not part of the version: they count as ranked last.
    public let unknownItemLikes: Int
    /// Means over the users, by name.
    public let metrics: [String: Double]
    /// From the test file opened to the means.
    public let seconds: Double
}

/// Why a version was not evaluated.
public enum EvaluationFailure: Error, Sendable {
    /// The test file: what is wrong with it.
    case file(IngestError)
    /// None of its likes is of a user that the version knows.
    case nothingToRank(Version)
    /// Held-out likes are among those that the version may have seen, and leaving those out would hide them.
    case overlap(Int)
    /// The model or the choice: in words.
    case model(String)
    /// The store: its words.
    case store(StoreError)
}

extension EvaluationFailure: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .nothingToRank(let version):
            "no like of the test file is of a user that \(version) knows. Check the file, or fit with --min-user-likes 1"
        case .overlap(let count):
            "\(count) likes of the test file are in the store too, so the model was trained on what it is tested with. "
                + "Split the likes first (`likeness split`) and ingest the train file alone"
        case .model(let text): text
        case .store(let error): error.description
        }
    }
}
