import Platform
import Testing

@testable import LikenessTraining

/// What features lose, and own embeddings gain, as likes come in.
@Suite struct ShrinkageTests {
    static let lists: [[(feature: UInt32, weight: Float)]] = [[(0, 1)], [(0, 1), (1, 1)], [(1, 2)], [], [(0, 0)], [(1, 1)]]
    static let likes: [UInt32] = [0, 5, 1_000_000, 3, 7, 12]

    static func rows(_ change: (inout FeatureOptions) -> Void = { _ in }, likes: [UInt32]? = likes) throws -> FeatureRows {
        var options = FeatureOptions()
        change(&options)
        return try #require(try options.rows(of: lists, likes: likes))
    }

    @Test("A row's features and its own embedding have length 1 together, shared out by exp(-likes / shrinkage)")
    func shares() throws {
        let (rows, whole) = (try Self.rows(), try Self.rows(likes: nil))
        for row in [0, 1, 2, 5] {
            let share = Self.likes[row] < 30 ? Mathematics.exponential(-Float(Self.likes[row]) / 5) : 1e-6
            let length = rows.features(of: row).reduce(Float(0)) { $0 + $1.weight * $1.weight }
            #expect(abs(length - share) < 1e-5)
            #expect(abs(rows.identityWeights[row] - (1 - share).squareRoot()) < 1e-5)
            for (own, all) in zip(rows.features(of: row), whole.features(of: row)) {
                #expect(own.feature == all.feature && abs(own.weight - all.weight * share.squareRoot()) < 1e-5)
            }
        }
        #expect(rows.identityWeights[0] == 0, "an item that nobody likes is its features")
        #expect(rows.identityWeights[2] == 1 && rows.isTrace(2), "an item that many like is its own embedding")
        #expect([0, 1, 3, 4, 5].allSatisfy { !rows.isTrace($0) })
        #expect(rows.identityWeights[3] == 1 && rows.identityWeights[4] == 1, "there is nothing to share with")
    }

    @Test("From a share below a four-hundredth on features are a trace", arguments: [(29, false), (30, true)] as [(UInt32, Bool)])
    func traces(likes: UInt32, isTrace: Bool) throws {
        let rows = try Self.rows(likes: [likes, 0, 0, 0, 0, 0])
        #expect(rows.isTrace(0) == isTrace)
        #expect(abs(rows.shares[0] - (isTrace ? 1e-6 : Mathematics.exponential(-Float(likes) / 5))) < 1e-6)
        #expect(rows.shares.dropFirst().allSatisfy { $0 == 1 })
        let kept = rows.selecting(Array(0..<6)) { rows.isTrace($0) ? nil : 1 }
        #expect(kept.offsets == (isTrace ? [0, 0, 2, 3, 3, 4, 5] : rows.offsets))
        #expect(kept.columns == (isTrace ? [0, 1, 1, 0, 1] : rows.columns))
        #expect(kept.weights == Array(rows.weights.suffix(kept.columns.count)))
    }

    @Test("Features keep their share where they are told to, with other weightings, and without own embeddings")
    func without() throws {
        #expect(try Self.rows { $0.shrinkage = 0 } == Self.rows(likes: nil))
        for weighting in [FeatureWeighting.raw, .l1] {
            #expect(try Self.rows { $0.weighting = weighting } == Self.rows({ $0.weighting = weighting }, likes: nil))
        }
        #expect(try Self.rows { $0.identityScale = 0 } == Self.rows({ $0.identityScale = 0 }, likes: nil))
        #expect(try Self.rows { ($0.weighting, $0.shrinkage) = (.raw, 5) } != Self.rows({ $0.weighting = .raw }, likes: nil))
    }

    @Test("Bad shrinkages are refused", arguments: [-1, Float.nan, .infinity])
    func bad(value: Float) {
        var options = FeatureOptions()
        options.shrinkage = value
        #expect(throws: TrainingError.self) { try options.validate() }
    }
}
