import DelimitedText
public import LikenessFormat
public import LikenessStore

/// How a file is taken in.
public struct IngestOptions: Sendable {
    /// The file's format; nil goes by its name and its first line.
    public var format: TextFormat?
    /// What divides fields: one ASCII character, `\t` or `::`; nil goes by the format.
    public var delimiter: String?
    /// Whether the first line names the columns; otherwise they are named by their numbers, from 1.
    public var hasHeader = true
    /// How letters are written; nil: UTF-8, or UTF-16 if there is a byte order mark.
    public var encoding: TextEncodingName?
    /// How times are written; nil: seconds or milliseconds since 1970, or ISO 8601.
    public var timeFormat: TimeFormat?
    /// Whether white space is taken off the ends of ids.
    public var trims = false
    /// What divides several values in a field of features; nil: a field is one value.
    public var valueSeparator: String?
    /// The least rating that is a like, where the columns name a rating.
    public var minRating = 0.0
    /// Ratings below are dislikes; nil: none are.
    public var dislikeBelow: Double?
    /// Where rejected rows are written; nil: they are counted only.
    public var rejects: String?
    /// Whether the rejected rows take the place of a file that is there.
    public var overwritesRejects = false
    /// Rows that become durable together.
    public var batchRows = 1 << 20
    /// What the rows say: likes or dislikes.
    public var kind = LikeKind.like
    /// Whether the rows take back what their user thinks of their item, be it a like or a dislike.
    public var takesBack = false
    /// What happens to a pair that comes again with another weight; nil: the last weight holds if the file has weights, else the first stays.
    public var onDuplicate: DuplicateRule?

    /// The defaults.
    public init() {}

    /// The rule for pairs that come again.
    func duplicateRule(hasWeights: Bool) -> DuplicateRule { onDuplicate ?? (hasWeights ? .replace : .keep) }
}

/// The bytes that stand for letters.
public enum TextEncodingName: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case latin1 = "latin-1"
    case windows1252 = "windows-1252"
    case utf16 = "utf-16"

    var encoding: TextEncoding { TextEncoding(rawValue: rawValue) ?? .utf8 }
}
