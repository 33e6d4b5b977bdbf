package import DelimitedText

/// How rows of text are cut into fields.
public enum TextFormat: String, Sendable, CaseIterable {
    /// `|` between fields and `\` around those that need it: the layout of the Sketchfab likes.
    case psv
    /// `,` between fields and `"` around those that need it.
    case csv
    /// A tab between fields and no quotes.
    case tsv
    /// One JSON object on each line; columns are paths of keys, such as `track.id`.
    case jsonl

    /// The format that a file's name ends with, `.gz` and `.zst` aside; nil for any other name.
    init?(endingOf path: String) {
        var path = path.lowercased()
        for ending in [".gz", ".zst"] where path.hasSuffix(ending) { path.removeLast(ending.count) }
        if path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") {
            self = .jsonl
            return
        }
        guard let format = Dialect(endingOf: path).flatMap({ TextFormat(rawValue: $0.name) }) else { return nil }
        self = format
    }

    /// The format that a file's name ends with; psv for any other name.
    public init(ofFileNamed path: String) {
        self = TextFormat(endingOf: path) ?? .psv
    }

    package var dialect: Dialect {
        switch self {
        case .psv: .psv
        case .csv, .jsonl: .csv
        case .tsv: .tsv
        }
    }
}

/// Which columns of a likes file hold what.
public struct LikesColumns: Sendable {
    /// The user's id; nil takes `uid`, or the one column whose name data sets use for it.
    public var user: String?
    /// The item's id; nil takes `mid`, or the one column whose name data sets use for it.
    public var item: String?
    /// The item's name; nil takes `modelname` if there is such a column.
    public var name: String?
    /// The like's weight, a number of 0 or more; nil: every weight is 1.
    public var weight: String?
    /// The like's time: seconds or milliseconds since 1970, or ISO 8601; nil: no times.
    public var time: String?
    /// A rating, which makes a row a like, a dislike or nothing; nil: every row says what the options say.
    public var rating: String?

    /// The columns of the seed's files, or those that data sets have.
    public init() {}
}

/// Which columns of a features file hold what.
public struct FeaturesColumns: Sendable {
    /// The item's or user's id; nil takes `mid`, or the one column whose name data sets use for it.
    public var id: String?
    /// The feature's type, such as `tag`.
    public var type = "type"
    /// The feature's value, such as `tiltbrush`.
    public var value = "value"
    /// The feature's weight; nil: every weight is 1.
    public var weight: String?
    /// The type of every value, for files without a column of types.
    public var typeValue: String?
    /// Columns whose values are features of the column's name, for files with one row an item; empty: `type` and `value` name them.
    public var wide: [String] = []

    /// The columns of the seed's files.
    public init() {}
}

/// Whose features a file holds.
public enum FeatureOwner: String, Sendable, CaseIterable {
    case items
    case users
}
