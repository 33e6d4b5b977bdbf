import Testing

@testable import LikenessTraining

/// Items whose features are a trace are trained as if they had none.
@Suite struct TraceTests {
    static func rows(likes: UInt32) throws -> FeatureRows {
        let lists = (0..<PlantedLikes.items).map { [(feature: UInt32($0 % PlantedLikes.groups), weight: Float(1))] }
        return try #require(
            try FeatureOptions().rows(of: lists, likes: [UInt32](repeating: likes, count: PlantedLikes.items)))
    }

    static func train(
        _ world: PlantedLikes, _ features: FeatureRows?, _ choice: Hyperparameters, trained: [Int]? = nil,
        compatibility: Compatibility = []
    ) throws -> Model {
        var likes = TrainerTests.likes(world, for: choice.loss)
        likes.trained = trained
        var trainer = try Trainer(
            model: world.model(choice), interactions: likes, itemFeatures: features, hyperparameters: choice,
            compatibility: compatibility)
        try trainer.run()
        return trainer.model
    }

    @Test(
        "Own embeddings and users become what they become without features, bit for bit",
        arguments: Hyperparameters.Loss.allCases, Hyperparameters.Schedule.allCases)
    func areAsWithout(loss: Hyperparameters.Loss, schedule: Hyperparameters.Schedule) throws {
        let world = try PlantedLikes(seed: 5)
        var choice = TrainerTests.choice(loss)
        choice.schedule = schedule
        let (with, without) = (try Self.train(world, Self.rows(likes: 200), choice), try Self.train(world, nil, choice))
        #expect(with.items == without.items && with.users == without.users)
        let start = world.model(choice)
        #expect(with.itemFeatures.embeddings != start.itemFeatures.embeddings, "features learn from the items")
        #expect(with.itemFeatures.embeddingAccumulators == start.itemFeatures.embeddingAccumulators, "but not by their steps")
        let stepped = try Self.train(world, Self.rows(likes: 200), choice, compatibility: .tracesAreTrained)
        #expect(stepped.itemFeatures != with.itemFeatures)
    }

    @Test("Features of rows that keep their share learn by their steps alone")
    func noMapping() throws {
        let (world, choice) = (try PlantedLikes(seed: 5), TrainerTests.choice())
        let (features, own) = (try Self.rows(likes: 3), world.itemFeatures)
        for rows in [features, own] {
            #expect(
                try Self.train(world, rows, choice)
                    == Self.train(world, rows, choice, compatibility: .tracesAreTrained))
        }
    }

    @Test("Two epochs and then three equal five, features that follow included")
    func resumes() throws {
        let (world, choice) = (try PlantedLikes(seed: 5), TrainerTests.choice())
        func trainer(_ model: Model, _ state: TrainingState?) throws -> Trainer {
            try Trainer(
                model: model, interactions: world.interactions, itemFeatures: Self.rows(likes: 200), hyperparameters: choice,
                state: state)
        }
        var whole = try trainer(world.model(choice), nil)
        try whole.run(epochs: 5)
        var first = try trainer(world.model(choice), nil)
        try first.run(epochs: 2)
        var second = try trainer(first.model, first.state)
        try second.run(epochs: 3)
        #expect(second.model == whole.model)
    }

    @Test("A continuation teaches the features of what it trains, and no others")
    func continuation() throws {
        let (world, choice) = (try PlantedLikes(seed: 5), TrainerTests.choice())
        let ofOneGroup = world.interactions.items.indices.filter { world.interactions.items[$0] % 5 == 2 }
        let model = try Self.train(world, Self.rows(likes: 200), choice, trained: ofOneGroup)
        let start = world.model(choice)
        for feature in 0..<PlantedLikes.groups {
            #expect((model.itemFeatures.embedding(feature) == start.itemFeatures.embedding(feature)) == (feature != 2))
        }
    }

    @Test("Items that may not be drawn are no negatives, and are trained where they are liked")
    func drawnItems() throws {
        let (world, choice) = (try PlantedLikes(seed: 3), TrainerTests.choice(epochs: 3))
        var likes = world.interactions
        likes.drawnItems = (0..<PlantedLikes.items).map { $0 % 7 != 0 }
        let kept = likes.items.indices.filter { likes.items[$0] % 14 != 0 }
        likes.trained = kept
        let start = world.model(choice)
        var trainer = try Trainer(model: start, interactions: likes, hyperparameters: choice)
        try trainer.run()
        let liked = Set(kept.map { likes.items[$0] })
        for item in stride(from: 0, to: PlantedLikes.items, by: 7) {
            let isSame = trainer.model.items.embedding(item) == start.items.embedding(item)
            #expect(isSame == !liked.contains(UInt32(item)))
        }
        likes.drawnItems = [Bool](repeating: false, count: PlantedLikes.items)
        #expect(throws: TrainingError.self) { try Trainer(model: start, interactions: likes, hyperparameters: choice) }
        likes.drawnItems = [true]
        #expect(throws: TrainingError.self) { try Trainer(model: start, interactions: likes, hyperparameters: choice) }
    }
}
