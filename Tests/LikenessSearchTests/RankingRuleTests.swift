import Testing

@testable import LikenessSearch

@Suite("Rules for choosing rows")
struct RankingRuleTests {
    /// The best rows by score and offset, of all that pass.
    private static func leading(
        _ fixture: SearchFixture, _ query: [Float], _ similarity: Similarity, _ rule: RankingRule, passes: (Int) -> Bool
    ) -> [Match] {
        fixture.oracle(query, similarity, k: fixture.vectors.count, passes: passes)
            .map { Match(row: $0.row, score: $0.score + (rule.offsets.isEmpty ? 0 : rule.offsets[Int($0.row)])) }
            .sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }
    }

    /// The rows that a rule chooses, straight from its definition.
    private static func oracle(
        _ fixture: SearchFixture, _ query: [Float], _ similarity: Similarity, _ rule: RankingRule, k: Int, passes: (Int) -> Bool
    ) -> [Match] {
        let all = leading(fixture, query, similarity, rule, passes: passes)
        func values(_ match: Match, _ cap: RankingRule.Cap) -> [UInt32] { cap.values[match.row] ?? [] }
        func fits(_ match: Match, _ chosen: [Match]) -> Bool {
            rule.caps.allSatisfy { cap in
                values(match, cap).allSatisfy { value in chosen.count { values($0, cap).contains(value) } < cap.limit }
            }
        }
        if rule.diversity == 0 {
            var chosen: [Match] = []
            for match in all where chosen.count < k && fits(match, chosen) { chosen.append(match) }
            return chosen
        }
        let scan = ExactScan(fixture.table)
        var pool = max(300, 3 * k)
        while true {
            let candidates = Array(all.prefix(pool))
            guard let (high, low) = candidates.first.map({ ($0.score, candidates.last?.score ?? 0) }) else { return [] }
            var (chosen, left) = ([Match](), candidates)
            while chosen.count < k {
                var best: (worth: Double, match: Match)?
                for match in left where fits(match, chosen) {
                    let relevance = high > low ? (match.score - low) / (high - low) : 1
                    let likest = chosen.map { scan.cosine($0.row, match.row) }.max() ?? 0
                    let worth = (1 - rule.diversity) * relevance - rule.diversity * likest
                    if best.map({ worth > $0.worth }) ?? true { best = (worth, match) }
                }
                guard let best else { break }
                chosen.append(best.match)
                left.removeAll { $0 == best.match }
            }
            if chosen.count == k || pool >= all.count { return chosen }
            pool *= 4
        }
    }

    @Test(
        "Offsets, caps and diversity choose what their definitions say, whatever the rows, filters and k",
        arguments: [ExactScanTests.Rows.random, .ties, .duplicates, .zeros, .absent, .huge, .hugeBiases], [5, 70])
    func agreement(kind: ExactScanTests.Rows, components: Int) throws {
        let count = 501
        let fixture = try ExactScanTests.make(kind, components: components, count: count)
        let scan = ExactScan(fixture.table)
        var random = SeededGenerator(7)
        let offsets = (0..<count).map { _ in Double(-abs(random.gaussian()) * 3) }
        let lifts = (0..<count).map { $0 % 50 == 3 ? 100.0 : -0.5 }
        let cap = RankingRule.Cap(
            limit: 2,
            values: Dictionary(uniqueKeysWithValues: (0..<UInt32(count)).filter { $0 % 5 != 0 }.map { ($0, [$0 % 7, 9 + $0 % 2]) }))
        let rules = [
            RankingRule(offsets: offsets), RankingRule(offsets: lifts), RankingRule(caps: [cap]),
            RankingRule(offsets: offsets, caps: [cap, RankingRule.Cap(limit: 1, values: [3: [1], 4: [1], 8: [1]])]),
            RankingRule(diversity: 0.4), RankingRule(diversity: 1), RankingRule(offsets: lifts, diversity: 0.7, caps: [cap]),
        ]
        let vector = fixture.vectors[5].map { $0 + 0.25 }
        let query = try QueryVector(vector)
        for rule in rules {
            for similarity in Similarity.allCases {
                for k in [1, 4, 23, count + 5] {
                    if rule.diversity > 0, k > 30 { continue }
                    for (filter, passes) in [
                        (RowFilter.none, { (_: Int) in true }),
                        (
                            RowFilter(allowed: RowSet((0..<UInt32(count)).filter { $0 % 3 == 0 }, below: count)),
                            { (row: Int) in row % 3 == 0 }
                        ),
                    ] {
                        let found = try scan.best(to: query, by: similarity, k: k, filter: filter, rule: rule)
                        let expected = Self.oracle(fixture, vector, similarity, rule, k: k, passes: passes)
                        #expect(found == expected, "\(kind), \(similarity), k \(k)")
                    }
                }
            }
        }
    }

    @Test("A plain rule chooses as the scan does, and nothing is chosen where nothing is wanted or passes")
    func edges() throws {
        let fixture = try ExactScanTests.make(.random, components: 8, count: 400)
        let scan = ExactScan(fixture.table)
        let query = try QueryVector(fixture.vectors[0])
        let rule = RankingRule(offsets: [Double](repeating: -1, count: 400), diversity: 0.5)
        #expect(
            try scan.best(to: query, by: .cosine, k: 5, rule: .plain) == scan.nearest(to: query, by: .cosine, k: 5))
        #expect(try scan.best(to: query, by: .cosine, k: 0, rule: rule).isEmpty)
        #expect(try scan.best(to: query, by: .cosine, k: 5, filter: RowFilter(allowed: RowSet([], below: 400)), rule: rule).isEmpty)
        let filters = [RowFilter.none, .none]
        #expect(
            try scan.best(to: [query, query], by: .cosine, k: 4, filters: filters, rule: rule)
                == [RowFilter.none, .none].map { try scan.best(to: query, by: .cosine, k: 4, filter: $0, rule: rule) })
        #expect(throws: ScanTableError.self) { try scan.best(to: [query], by: .cosine, k: 4, filters: filters, rule: rule) }
    }
}
