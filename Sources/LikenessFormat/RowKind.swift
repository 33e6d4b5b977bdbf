/// The kinds of rows that a model has; each has a vocabulary that names its rows.
public enum RowKind: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case item, itemFeature, user, userFeature

    /// The kind in words, such as "item feature".
    public var description: String {
        switch self {
        case .item: "item"
        case .itemFeature: "item feature"
        case .user: "user"
        case .userFeature: "user feature"
        }
    }

    /// What the tables of the kind's vocabulary are called, before `.ids` and `.indices`: format.
    package var vocabularyName: String {
        switch self {
        case .item: "item"
        case .itemFeature: "item.feature"
        case .user: "user"
        case .userFeature: "user.feature"
        }
    }

    /// What the names of the kind's matrices begin with: format.
    package var matrixPrefix: String {
        switch self {
        case .item: "items"
        case .itemFeature: "itemFeatures"
        case .user: "users"
        case .userFeature: "userFeatures"
        }
    }
}
