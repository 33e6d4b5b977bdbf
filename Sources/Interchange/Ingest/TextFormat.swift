package import DelimitedText
public import LikenessFormat

/// How rows of text are cut into fields.
public enum TextFormat: String, Sendable, CaseIterable {
    /// `|` between fields and `\` around those that need it: the layout of the Sketchfab likes.
    case psv
    /// `,` between fields and `"` around those that need it.
    case csv
    /// A tab between fields and no quotes.
    case tsv

    /// The format that a file's name ends with; psv for any other name.
    public init(ofFileNamed path: String) {
        self = Dialect(endingOf: path).flatMap { TextFormat(rawValue: $0.name) } ?? .psv
    }

    package var dialect: Dialect {
        switch self {
        case .psv: .psv
        case .csv: .csv
        case .tsv: .tsv
        }
    }
}

/// Which columns of a likes file hold what.
public struct LikesColumns: Sendable {
    /// The user's id.
    public var user = "uid"
    /// The item's id.
    public var item = "mid"
    /// The item's name; nil takes `modelname` if there is such a column.
    public var name: String?
    /// The like's weight, a number of 0 or more; nil: every weight is 1.
    public var weight: String?
    /// The like's time: seconds or milliseconds since 1970, or ISO 8601; nil: no times.
    public var time: String?

    /// The columns of the seed's files.
    public init() {}
}

/// Which columns of a features file hold what.
public struct FeaturesColumns: Sendable {
    /// The item's or user's id.
    public var id = "mid"
    /// The feature's type, such as `tag`.
    public var type = "type"
    /// The feature's value, such as `tiltbrush`.
    public var value = "value"
    /// The feature's weight; nil: every weight is 1.
    public var weight: String?

    /// The columns of the seed's files.
    public init() {}
}

/// Whose features a file holds.
public enum FeatureOwner: String, Sendable, CaseIterable {
    case items
    case users
}

/// How a file is taken in.
public struct IngestOptions: Sendable {
    /// The file's format; nil goes by its name.
    public var format: TextFormat?
    /// Where rejected rows are written; nil: they are counted only.
    public var rejects: String?
    /// Rows that become durable together.
    public var batchRows = 1 << 20
    /// What the rows say: likes or dislikes.
    public var kind = LikeKind.like

    /// The defaults.
    public init() {}
}

/// How far an ingest is.
public struct IngestProgress: Sendable {
    /// Bytes read.
    public let bytesRead: Int
    /// Bytes that the file has, if that is known.
    public let totalBytes: Int?
    /// Rows read.
    public let rows: Int
    /// Rows of them that are durable, or rejected.
    public let durableRows: Int
}

/// What an ingest came to: `read` is always `accepted` + `duplicates` + `rejected`.
public struct IngestReport: Sendable, Codable, Equatable {
    /// Rows read, the header not counted.
    public var read = 0
    /// Rows that are in the store now and were not before.
    public var accepted = 0
    /// Rows that say what the store has, or an earlier row of the file said.
    public var duplicates = 0
    /// Rows that cannot be kept; each stands in the rejects file with its line and the reason.
    public var rejected = 0
    /// From the file opened to the last row durable.
    public var seconds = 0.0
    /// The last event's sequence number.
    public var lastSequence: UInt64 = 0
    /// The file of rejected rows, if there are any and it was asked for.
    public var rejects: String?
    /// The first rejected rows, for a message.
    public var firstRejects: [String] = []
    /// Whether it was stopped before the end of the file; everything counted is durable all the same.
    public var isStopped = false
}
