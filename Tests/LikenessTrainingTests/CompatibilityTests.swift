import Testing

@testable import LikenessTraining

/// What LightFM does otherwise on purpose or by mistake: the compatible behaviour and the mended one side by side.
@Suite struct CompatibilityTests {
    static func train(
        _ loss: Hyperparameters.Loss, _ likes: Interactions, items: Int, features: FeatureRows? = nil,
        regularization: Float = 0, compatibility: Compatibility
    ) throws -> (start: Model, trained: Model) {
        var choice = Hyperparameters()
        choice.loss = loss
        choice.components = 4
        choice.epochs = 3
        choice.itemRegularization = regularization
        let start = Model(components: 4, schedule: .adagrad, items: items, itemFeatures: 1, users: 2, seed: 2)
        var trainer = try Trainer(
            model: start, interactions: likes, itemFeatures: features, hyperparameters: choice,
            compatibility: compatibility)
        try trainer.run()
        return (start, trainer.model)
    }

    @Test("Two items survive k-OS WARP, which kills LightFM's model")
    func smallCatalogue() throws {
        let likes = Interactions(users: [0, 1], items: [0, 1])
        let mended = try Self.train(.warpKOS, likes, items: 2, compatibility: [])
        #expect(mended.trained.items.embeddings.array.allSatisfy { $0.isFinite })
        #expect(throws: TrainingError.self) {
            _ = try Self.train(.warpKOS, likes, items: 2, compatibility: .unboundedKOS)
        }
    }

    @Test("k-OS WARP does not train on dislikes alone, as LightFM does")
    func dislikesInKOS() throws {
        let likes = Interactions(users: [0, 1], items: [0, 1], values: [-1, -1])
        let mended = try Self.train(.warpKOS, likes, items: 9, compatibility: [])
        #expect(mended.trained == mended.start)
        let compatible = try Self.train(.warpKOS, likes, items: 9, compatibility: .dislikesAreLikesInKOS)
        #expect(compatible.trained != compatible.start)
    }

    @Test("An item made of nothing is refused before the start, not after an epoch spoilt by 0 / 0")
    func emptyRows() throws {
        let likes = Interactions(users: [0, 1], items: [0, 0], values: [1, -1])
        let features = try FeatureRows([[], [(feature: 0, weight: 1)]], identityWeights: [0, 1])
        #expect(throws: TrainingError.emptyRow(kind: .item, row: 0)) {
            _ = try Self.train(.logistic, likes, items: 2, features: features, compatibility: [])
        }
        // The compatible behaviour trains on: without regularisation the user still has an own embedding.
        let harmless = try Self.train(.logistic, likes, items: 2, features: features, compatibility: .emptyRows)
        #expect(harmless.trained.users.embeddings.array.allSatisfy { $0.isFinite })
    }

    @Test(
        "Users' biases stay where they are in pairwise losses, and drift down in LightFM",
        arguments: [
            Hyperparameters.Loss.warp, .bpr, .warpKOS,
        ])
    func userBias(loss: Hyperparameters.Loss) throws {
        let likes = Interactions(users: [0, 0, 1, 1], items: [0, 1, 2, 3])
        let mended = try Self.train(loss, likes, items: 9, compatibility: [])
        #expect(mended.trained.users.biases.array == [0, 0])
        let compatible = try Self.train(loss, likes, items: 9, compatibility: .userBiasInPairwise)
        #expect(compatible.trained.users.biases.array.allSatisfy { $0 < 0 })
    }
}
