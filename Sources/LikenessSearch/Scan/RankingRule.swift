/// How the best rows are chosen where not by their scores alone.
package struct RankingRule: Sendable {
    /// No more than so many rows of one value.
    package struct Cap: Sendable {
        package let limit: Int
        /// The values of each row; rows that have none are not limited.
        package let values: [UInt32: [UInt32]]

        package init(limit: Int, values: [UInt32: [UInt32]]) {
            self.limit = limit
            self.values = values
        }
    }

    /// Added to the score of each row of the table; empty for nothing.
    package let offsets: [Double]
    /// How much being unlike what is chosen counts, against the score: 0 for not at all, 1 for nothing else.
    package let diversity: Double
    package let caps: [Cap]
    private let largestOffset: Double

    /// The least rows that diversity chooses among.
    package static let diversityPool = 300
    /// By scores alone.
    package static let plain = RankingRule()

    package init(offsets: [Double] = [], diversity: Double = 0, caps: [Cap] = []) {
        self.offsets = offsets
        self.diversity = diversity
        self.caps = caps
        largestOffset = offsets.max() ?? 0
    }

    /// Whether rows are chosen by their scores alone.
    package var isPlain: Bool { offsets.isEmpty && diversity == 0 && caps.isEmpty }

    /// What is added to a row's score.
    func offset(of row: UInt32) -> Double { row < offsets.count ? offsets[Int(row)] : 0 }

    /// No row that was not looked at has more than this, if its score is at most `score`.
    func bound(above score: Double) -> Double { score + largestOffset }
}
