/// One row that a query found, with its score.
///
/// Matches have one total order everywhere: the higher score first, and of equal scores the lower row first.
public struct Match: Sendable, Hashable {
    /// The row's index: the entity's dense index in its vocabulary.
    public let row: UInt32
    /// The similarity, computed in double in a fixed order: the same bits on every machine and path.
    public let score: Double

    /// Creates a match.
    public init(row: UInt32, score: Double) {
        self.row = row
        self.score = score
    }

    /// Whether this match is listed before `other`.
    @inlinable
    public func precedes(_ other: Match) -> Bool {
        score > other.score || (score == other.score && row < other.row)
    }
}
