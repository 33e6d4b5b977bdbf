import Testing

@testable import LikenessTraining

/// Training compared with what LightFM computes from the same state, order and random numbers.
@Suite struct ParityTests {
    static func train(_ fixture: ParityFixture, compatibility: Compatibility) throws -> Model {
        var choice = Hyperparameters()
        choice.loss = fixture.loss
        choice.schedule = fixture.schedule
        choice.components = fixture.components
        choice.itemRegularization = fixture.alpha
        choice.userRegularization = fixture.alpha * 2
        (choice.k, choice.n) = (2, 3)
        var trainer = try Trainer(
            model: fixture.model(),
            interactions: Interactions(
                users: fixture.userIds, items: fixture.itemIds, weights: fixture.weights, values: fixture.values),
            itemFeatures: fixture.itemFeatures.rows(), userFeatures: fixture.userFeatures.rows(),
            hyperparameters: choice, compatibility: compatibility)
        for epoch in fixture.epochs {
            var source = LightFMSampler(state: epoch.start)
            let examples = epoch.order.map { index in
                Example(
                    user: fixture.userIds[index], item: fixture.itemIds[index], weight: fixture.weights?[index] ?? 1,
                    isLike: fixture.values[index] > 0)
            }
            try trainer.runEpoch(examples, source: &source)
        }
        return trainer.model
    }

    @Test("One step from a set state equals LightFM's", arguments: try ParityFixture.load("step"))
    func step(fixture: ParityFixture) throws {
        #expect(fixture.largestDifference(from: fixture.model()) > 1e-4)
        #expect(fixture.largestDifference(from: try Self.train(fixture, compatibility: .lightFM)) <= 1e-6)
    }

    @Test(
        "Three epochs equal LightFM's, with features and without",
        arguments: try ParityFixture.load("epochs") + ParityFixture.load("plain"))
    func epochs(fixture: ParityFixture) throws {
        let difference = fixture.largestDifference(from: try Self.train(fixture, compatibility: .lightFM))
        #expect(difference <= 1e-5)
    }

    @Test("Each mended defect, and only that, makes a difference where it should")
    func mended() throws {
        for fixture in try ParityFixture.load("epochs") {
            let withoutUserBias = try Self.train(fixture, compatibility: .lightFM.subtracting(.userBiasInPairwise))
            let biases = withoutUserBias.users.biases.array
            #expect(biases.allSatisfy { $0 == 0 } == (fixture.loss != .logistic))
            let decayed = try Self.train(fixture, compatibility: .lightFM.subtracting(.runningScale))
            #expect((fixture.largestDifference(from: decayed) > 1e-5) == (fixture.alpha > 0))
        }
    }
}
