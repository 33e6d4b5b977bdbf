import Testing

@testable import LikenessTraining

@Suite struct FrequentFeatureRowsTests {
    @Test("Rows are those of lists from which rare features were taken before", arguments: FeatureWeighting.allCases, [0, 1, 2, 3, 9])
    func oracle(weighting: FeatureWeighting, minimum: Int) throws {
        let lists: [[(feature: UInt32, weight: Float)]] = [
            [(0, 1), (1, 2), (3, 1)], [(0, 1), (2, 0.5)], [(2, 1)], [], [(0, 3), (2, 1), (4, 1)],
        ]
        let counts: [UInt32: Int] = [0: 3, 1: 1, 2: 3, 3: 1, 4: 1]
        var options = FeatureOptions()
        options.weighting = weighting
        let plain = lists.map { list in list.filter { counts[$0.feature] ?? 0 >= minimum } }
        let expected = try options.rows(of: plain)
        options.minimumRows = minimum
        #expect(try options.rows(of: lists) == expected)
        #expect(try options.rows(of: lists, rowsWith: { counts[$0] ?? 0 }) == options.rows(of: plain, rowsWith: { counts[$0] ?? 0 }))
    }
}
