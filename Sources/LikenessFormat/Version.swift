/// The number of a model version: `v1`, `v2`, … in order of publication. Numbers are never used twice.
public struct Version: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// The version with a raw value.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Whether a store can hold this version: 1 … 2^53.
    package var isSound: Bool {
        (1...1 << 53).contains(rawValue)
    }

    /// Reads `v12` or `12`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let digits = text.hasPrefix("v") ? text.dropFirst() : text[...]
        guard let number = UInt64(digits), number > 0 else { return nil }
        rawValue = number
    }

    /// Orders by publication.
    public static func < (left: Version, right: Version) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The version as it is written: `v12`.
    public var description: String {
        "v\(rawValue)"
    }
}

/// What a user may write where a version is wanted.
public enum VersionReference: Hashable, Sendable, CustomStringConvertible {
    /// A version by its number.
    case version(Version)
    /// The version that an alias points at.
    case alias(String)

    /// The alias that queries use when nothing else is said, and that `fit` moves.
    public static let current = VersionReference.alias("production")

    /// `v12` and `12` are versions, anything else is an alias.
    public init(_ text: String) {
        self = Version(text).map { .version($0) } ?? .alias(text)
    }

    /// The reference as it is written.
    public var description: String {
        switch self {
        case .version(let version): version.description
        case .alias(let name): name
        }
    }
}
