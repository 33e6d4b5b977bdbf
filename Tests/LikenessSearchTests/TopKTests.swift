import Testing

@testable import LikenessSearch

@Suite("The best k")
struct TopKTests {
    @Test("Equals sorting everything, ties by row", arguments: [0, 1, 2, 3, 10, 99, 100, 150])
    func sorting(k: Int) {
        var random = SeededGenerator(UInt64(k))
        let matches = (0..<100).map { Match(row: $0, score: Double(Int.random(in: 0..<12, using: &random))) }
        var best = TopK(limit: k)
        for match in matches.shuffled(using: &random) { best.insert(match) }
        let expected = matches.sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }.prefix(k)
        #expect(best.sorted() == Array(expected))
        #expect(best.threshold == (k == 0 ? .infinity : k <= 100 ? expected.last?.score : -.infinity))
    }

    @Test("A score that is not a number is never kept")
    func notANumber() {
        var best = TopK(limit: 3)
        best.insert(Match(row: 0, score: .nan))
        best.insert(Match(row: 1, score: -.infinity))
        #expect(best.sorted() == [Match(row: 1, score: -.infinity)])
    }
}
