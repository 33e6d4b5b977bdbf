/// A dense index of a vocabulary: stable for ever, from 0 in order of arrival.
public protocol VocabularyIndex: RawRepresentable, Hashable, Comparable, Sendable, Codable where RawValue == UInt32 {
    /// The index with a raw value.
    init(rawValue: UInt32)
}

extension VocabularyIndex {
    /// Orders by arrival.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A user's index.
public struct UserIndex: VocabularyIndex {
    /// The number.
    public let rawValue: UInt32

    /// The index with a raw value.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}

/// An item's index.
public struct ItemIndex: VocabularyIndex {
    /// The number.
    public let rawValue: UInt32

    /// The index with a raw value.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}

/// The index of an item feature or of a user feature.
public struct FeatureIndex: VocabularyIndex {
    /// The number.
    public let rawValue: UInt32

    /// The index with a raw value.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}
