/// A set of row indices below a fixed bound, one bit a row.
package struct RowSet: Sendable {
    /// Indices at and above this are never members.
    package let bound: Int
    /// How many members there are.
    package private(set) var count = 0
    private var words: [UInt64]

    /// Creates the set of those `rows` that are below `bound`.
    ///
    /// - Complexity: O(`bound` / 64 + number of rows).
    package init(_ rows: some Sequence<UInt32>, below bound: Int) {
        self.bound = bound
        words = [UInt64](repeating: 0, count: (bound + 63) / 64)
        for row in rows { insert(row) }
    }

    /// Adds a row; an index at or above `bound` is ignored.
    package mutating func insert(_ row: UInt32) {
        guard row < bound else { return }
        let bit: UInt64 = 1 << UInt64(row & 63)
        let word = Int(row >> 6)
        if words[word] & bit == 0 {
            words[word] |= bit
            count += 1
        }
    }

    /// Whether `row` is a member.
    package func contains(_ row: UInt32) -> Bool {
        row < bound && words[Int(row >> 6)] >> UInt64(row & 63) & 1 == 1
    }

    /// Every member, ascending.
    package var members: Members { Members(words) }

    /// Walks the members of a set.
    package struct Members: Sequence, IteratorProtocol {
        private let words: [UInt64]
        private var index = -1
        private var rest: UInt64 = 0

        fileprivate init(_ words: [UInt64]) { self.words = words }

        package mutating func next() -> UInt32? {
            while rest == 0 {
                index += 1
                guard index < words.count else { return nil }
                rest = words[index]
            }
            defer { rest &= rest - 1 }
            return UInt32(index * 64 + rest.trailingZeroBitCount)
        }
    }

    /// What both sets have. The bounds must be equal, as in all operations on two sets.
    ///
    /// - Complexity: O(`bound` / 64), as of the other operations.
    package func intersection(_ other: RowSet) -> RowSet { combined(with: other, &) }

    /// What either set has.
    package func union(_ other: RowSet) -> RowSet { combined(with: other, |) }

    /// What this set has and the other has not.
    package func subtracting(_ other: RowSet) -> RowSet { combined(with: other) { $0 & ~$1 } }

    /// The rows below `bound` that are not members.
    package func complement() -> RowSet {
        var result = self
        for index in words.indices { result.words[index] = ~words[index] }
        if bound % 64 != 0 { result.words[words.count - 1] &= (1 << UInt64(bound % 64)) - 1 }
        result.count = bound - count
        return result
    }

    private func combined(with other: RowSet, _ operation: (UInt64, UInt64) -> UInt64) -> RowSet {
        precondition(bound == other.bound, "sets of the same rows")
        var result = self
        result.count = 0
        for index in words.indices {
            result.words[index] = operation(words[index], other.words[index])
            result.count += result.words[index].nonzeroBitCount
        }
        return result
    }
}
