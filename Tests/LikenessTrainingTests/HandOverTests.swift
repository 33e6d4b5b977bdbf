import Testing

@testable import LikenessTraining

/// Items stay what they are when their features give way to their own embeddings.
@Suite struct HandOverTests {
    static let lists: [[(feature: UInt32, weight: Float)]] = [[(0, 1), (2, -0.5)], [(1, 1)], [], [(0, 2), (1, 1)]]

    static func rows(_ likes: [UInt32], identityScale: Float) throws -> FeatureRows {
        var options = FeatureOptions()
        options.identityScale = identityScale
        return try #require(try options.rows(of: lists, likes: likes))
    }

    @Test("Representations are the same before and after", arguments: [Float(0.5), 1, 2], [1, 16, 20])
    func keepsRepresentations(identityScale: Float, components: Int) throws {
        let (before, after) = (
            try Self.rows([0, 3, 1, 20], identityScale: identityScale), try Self.rows([4, 90, 7, 29], identityScale: identityScale)
        )
        var model = Model(components: components, schedule: .adagrad, items: 4, itemFeatures: 3, users: 1, seed: 3)
        for row in 0..<4 { model.items.biases[row] = Float(row) - 1.5 }
        for row in 0..<3 { model.itemFeatures.biases[row] = Float(row) + 0.5 }
        let wanted = model.itemRepresentations(before)
        let old = model.items
        model.handOver(
            [0, 1, 3].map { .init(row: $0, share: before.shares[$0], identityWeight: before.identityWeights[$0]) }, to: after)
        let found = model.itemRepresentations(after)
        for row in 0..<4 {
            #expect(abs(found.biases[row] - wanted.biases[row]) < 1e-5)
            for (found, wanted) in zip(found.vector(row), wanted.vector(row)) { #expect(abs(found - wanted) < 1e-5) }
        }
        #expect(model.items.embedding(2) == old.embedding(2) && model.items.embeddingAccumulators == old.embeddingAccumulators)
        model.handOver([.init(row: 0, share: after.shares[0], identityWeight: 1)], to: after)
        #expect(model.itemRepresentations(after) == found, "nothing is lost, so nothing moves")
    }
}
