import Testing

@testable import DelimitedText

@Suite("Near misses")
struct NearMissesTests {
    /// Optimal string alignment by the textbook table.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var table = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
        for row in 0...left.count {
            for column in 0...right.count {
                guard row > 0, column > 0 else {
                    table[row][column] = row + column
                    continue
                }
                let same = left[row - 1] == right[column - 1]
                var best = min(table[row - 1][column], table[row][column - 1]) + 1
                best = min(best, table[row - 1][column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, table[row - 2][column - 2] + 1)
                }
                table[row][column] = best
            }
        }
        return table[left.count][right.count]
    }

    @Test("The bit-parallel distance equals the textbook table", arguments: [1, 2, 5, 20, 63, 64])
    func distances(length: Int) {
        var random = Generator(state: UInt64(length))
        func word(_ length: Int) -> String {
            String((0..<length).map { _ in "abc".randomElement(using: &random) ?? "a" })
        }
        for _ in 0..<200 {
            let left = word(length)
            let right = word(min(64, max(0, length + Int.random(in: -3...3, using: &random))))
            let misses = NearMisses(of: left)
            let expected = Self.distance(Array(left.utf8), Array(right.utf8))
            let found = misses.distance(to: right)
            if right.hasPrefix(left), right != left {
                #expect(found == 1)
            } else {
                #expect(found == expected || (found > length / 3 && expected > length / 3))
            }
        }
    }

    @Test("The most alike come first, equals in alphabetical order, strangers not at all")
    func best() {
        var misses = NearMisses(of: "tag:anmie", limit: 3)
        for name in ["tag:zebra", "tag:anima", "tag:Anime", "tag:anmie2", "item:q", "tag:anime", ""] {
            misses.consider(name)
        }
        #expect(misses.names == ["tag:Anime", "tag:anime", "tag:anmie2"])
    }

    @Test("Long and empty names are harmless")
    func extremes() {
        let long = String(repeating: "x", count: 1_000)
        var misses = NearMisses(of: long)
        misses.consider(String(repeating: "x", count: 999))
        #expect(misses.names.count == 1)
        var none = NearMisses(of: "")
        none.consider("a")
        #expect(none.names.isEmpty)
        var nothing = NearMisses(of: "a", limit: 0)
        nothing.consider("a")
        #expect(nothing.names.isEmpty)
    }
}
