/// The known names most like an unknown one, for error messages.
///
///     var misses = NearMisses(of: "tag:anmie")
///     for name in names { misses.consider(name) }
///     misses.names    // ["tag:anime"]
///
/// Likeness is the number of insertions, deletions, substitutions and swaps of neighbours between the two (optimal
/// string alignment), over the first 64 lower-cased UTF-8 bytes, in Hyyrö's bit-parallel form ("A bit-vector algorithm
/// for computing Levenshtein and Damerau edit distances", 2003): a few instructions a byte. A name that continues the
/// unknown one counts as one edit.
package struct NearMisses: Sendable {
    private let pattern: [UInt8]
    private let patternMasks: [UInt64]
    private let limit: Int
    private let farthest: Int
    private var best: [(distance: Int, name: String)] = []

    /// Starts a search for names like `name`, keeping the best `limit`. A third of its bytes may differ, but at least one.
    package init(of name: String, limit: Int = 3) {
        pattern = Array(name.utf8.prefix(64).lazy.map(Self.folded))
        var masks = [UInt64](repeating: 0, count: 256)
        for (position, byte) in pattern.enumerated() { masks[Int(byte)] |= 1 << UInt64(position) }
        patternMasks = masks
        self.limit = limit
        farthest = max(1, pattern.count / 3)
    }

    /// The names found, the most alike first and equals in alphabetical order.
    package var names: [String] { best.map(\.name) }

    /// Offers a known name.
    ///
    /// - Complexity: O(length of `candidate`), at most 64 steps.
    package mutating func consider(_ candidate: String) {
        guard limit > 0, !pattern.isEmpty else { return }
        let distance = distance(to: candidate)
        guard distance <= farthest else { return }
        if best.count == limit, let worst = best.last, (worst.distance, worst.name) <= (distance, candidate) { return }
        let position = best.firstIndex { (distance, candidate) < ($0.distance, $0.name) } ?? best.count
        best.insert((distance, candidate), at: position)
        if best.count > limit { best.removeLast() }
    }

    /// Edits between the two names, or more than `farthest` where the lengths alone say so.
    func distance(to candidate: String) -> Int {
        let length = candidate.utf8.count
        if length > pattern.count, candidate.utf8.lazy.map(Self.folded).starts(with: pattern) { return 1 }
        guard abs(min(length, 64) - pattern.count) <= farthest else { return farthest + 1 }
        let last: UInt64 = 1 << UInt64(pattern.count - 1)
        var positive = ~UInt64(0)
        var negative: UInt64 = 0
        var diagonal: UInt64 = 0
        var previous: UInt64 = 0
        var distance = pattern.count
        for byte in candidate.utf8.prefix(64) {
            let mask = patternMasks[Int(Self.folded(byte))]
            let swapped = ((~diagonal & mask) << 1) & previous
            diagonal = swapped | (((mask & positive) &+ positive) ^ positive) | mask | negative
            var up = negative | ~(diagonal | positive)
            var down = diagonal & positive
            if up & last != 0 { distance += 1 }
            if down & last != 0 { distance -= 1 }
            up = up << 1 | 1
            down <<= 1
            positive = down | ~(diagonal | up)
            negative = diagonal & up
            previous = mask
        }
        return distance
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        byte >= 65 && byte <= 90 ? byte + 32 : byte
    }
}
