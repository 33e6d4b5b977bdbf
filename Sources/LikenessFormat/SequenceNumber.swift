/// The place of a like in the log: the first accepted like has 1. Zero is before all likes.
public struct SequenceNumber: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// The sequence number with a raw value.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The numbers that a chunk of the log may start with: sums of one of them and a chunk's length do not overflow.
    package static let range: ClosedRange<UInt64> = 1...1 << 53

    /// Before all likes.
    public static let zero = SequenceNumber(rawValue: 0)

    /// Orders by acceptance.
    public static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The number in decimal.
    public var description: String {
        String(rawValue)
    }
}
