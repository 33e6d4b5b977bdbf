import Testing

@testable import LikenessTraining

@Suite struct TrainerTests {
    static func choice(_ loss: Hyperparameters.Loss = .warp, threads: Int = 1, epochs: Int = 5) -> Hyperparameters {
        var choice = Hyperparameters()
        choice.loss = loss
        choice.components = 10
        choice.epochs = epochs
        choice.threads = threads
        return choice
    }

    /// Logistic loss needs something to be unlike: every user dislikes items of the next group.
    static func likes(_ world: PlantedLikes, for loss: Hyperparameters.Loss) -> Interactions {
        var likes = world.interactions
        guard loss == .logistic else { return likes }
        likes.values = [Float](repeating: 1, count: likes.users.count)
        for index in 0..<likes.users.count {
            likes.users.append(likes.users[index])
            likes.items.append((likes.items[index] + 1) % UInt32(PlantedLikes.items))
            likes.values?.append(-1)
        }
        return likes
    }

    @Test(
        "Every loss and step rule, with and without features, finds the planted tastes",
        arguments: Hyperparameters.Loss.allCases, Hyperparameters.Schedule.allCases)
    func learns(loss: Hyperparameters.Loss, schedule: Hyperparameters.Schedule) throws {
        let world = try PlantedLikes(seed: 7)
        for features in [nil, world.itemFeatures] {
            for threads in [1, 2] {
                var choice = Self.choice(loss, threads: threads, epochs: 20)
                choice.schedule = schedule
                var trainer = try Trainer(
                    model: world.model(choice), interactions: Self.likes(world, for: loss), itemFeatures: features,
                    hyperparameters: choice)
                #expect(world.area(under: trainer.model, features) < 0.6)
                #expect(try trainer.run() == .finished)
                let floor = loss == .logistic ? 0.6 : 0.85
                #expect(world.area(under: trainer.model, features) > floor)
            }
        }
    }

    @Test("One thread and one seed give the same model bit for bit, another seed another", arguments: [true, false])
    func reproduces(withFeatures: Bool) throws {
        let world = try PlantedLikes(seed: 3)
        func train(seed: UInt64) throws -> Model {
            var choice = Self.choice()
            choice.seed = seed
            choice.itemRegularization = 1e-4
            var trainer = try Trainer(
                model: world.model(choice), interactions: world.interactions,
                itemFeatures: withFeatures ? world.itemFeatures : nil, hyperparameters: choice)
            try trainer.run()
            return trainer.model
        }
        #expect(try train(seed: 1) == train(seed: 1))
        #expect(try train(seed: 1) != train(seed: 2))
    }

    @Test("Two epochs and then three, with the state carried over, equal five", arguments: [Float(0), 1e-3])
    func resumes(regularization: Float) throws {
        let world = try PlantedLikes(seed: 3)
        var choice = Self.choice()
        choice.userRegularization = regularization
        var whole = try Trainer(
            model: world.model(choice), interactions: world.interactions, itemFeatures: world.itemFeatures,
            hyperparameters: choice)
        try whole.run(epochs: 5)
        var first = try Trainer(
            model: world.model(choice), interactions: world.interactions, itemFeatures: world.itemFeatures,
            hyperparameters: choice)
        try first.run(epochs: 2)
        var second = try Trainer(
            model: first.model, interactions: world.interactions, itemFeatures: world.itemFeatures,
            hyperparameters: choice, state: first.state)
        try second.run(epochs: 3)
        #expect(second.model == whole.model)
        #expect(second.state == TrainingState(seed: 1, epochsDone: 5))
    }

    @Test("A huge learning rate stops the fit and names epoch, kind and row")
    func stopsWhenDiverged() throws {
        let world = try PlantedLikes(seed: 3)
        var choice = Self.choice(.logistic)
        choice.learningRate = 1e38
        var trainer = try Trainer(
            model: world.model(choice), interactions: Self.likes(world, for: .logistic), hyperparameters: choice)
        let error = #expect(throws: TrainingError.self) { try trainer.run() }
        guard case .diverged(let epoch, let kind, let row) = error else {
            Issue.record("expected divergence, found \(String(describing: error))")
            return
        }
        #expect(epoch == 1)
        let table = trainer.model.tables.first { $0.kind == kind }
        #expect(try #require(table).embedding(row).contains { !$0.isFinite } || !#require(table).biases[row].isFinite)
        #expect(trainer.state.epochsDone == 0)
    }

    @Test("A stop at an epoch's end leaves the model of that epoch")
    func stopsAtEpochEnd() throws {
        let world = try PlantedLikes(seed: 3)
        let choice = Self.choice()
        var stopped = try Trainer(
            model: world.model(choice), interactions: world.interactions, hyperparameters: choice)
        let outcome = try stopped.run { progress in
            if case .epoch(let report) = progress, report.epoch == 2 { return .stop }
            return .carryOn
        }
        var short = try Trainer(model: world.model(choice), interactions: world.interactions, hyperparameters: choice)
        try short.run(epochs: 2)
        #expect(outcome == .stoppedAfter(epoch: 2))
        #expect(stopped.model == short.model)
    }

    @Test("Items outside the model are neither trained nor drawn; users outside it do not move")
    func respectsPresence() throws {
        let world = try PlantedLikes(seed: 3)
        let choice = Self.choice(epochs: 3)
        var likes = world.interactions
        likes.presentItems = (0..<PlantedLikes.items).map { $0 % 7 != 0 }
        likes.presentUsers = (0..<PlantedLikes.users).map { $0 % 9 != 0 }
        let start = world.model(choice)
        var trainer = try Trainer(model: start, interactions: likes, hyperparameters: choice)
        try trainer.run()
        for item in 0..<PlantedLikes.items where item % 7 == 0 {
            #expect(trainer.model.items.embedding(item) == start.items.embedding(item))
            #expect(trainer.model.items.biases[item] == 0)
        }
        for user in 0..<PlantedLikes.users {
            #expect((trainer.model.users.embedding(user) == start.users.embedding(user)) == (user % 9 == 0))
        }
    }

    @Test("Only the entries to train move users, and weight 0 moves nothing")
    func trainsASubset() throws {
        let world = try PlantedLikes(seed: 3)
        let choice = Self.choice(epochs: 2)
        var likes = world.interactions
        likes.trained = likes.users.indices.filter { likes.users[$0] < 20 }
        let start = world.model(choice)
        var trainer = try Trainer(model: start, interactions: likes, hyperparameters: choice)
        try trainer.run()
        #expect(trainer.model.users.embedding(5) != start.users.embedding(5))
        #expect(trainer.model.users.embedding(20) == start.users.embedding(20))
        likes.trained = nil
        likes.weights = [Float](repeating: 0, count: likes.users.count)
        var still = try Trainer(model: start, interactions: likes, hyperparameters: choice)
        try still.run()
        #expect(still.model == start)
    }

    @Test("Strong regularisation shrinks every row, touched or not; none leaves untouched rows alone")
    func regularizes() throws {
        let world = try PlantedLikes(seed: 3)
        var choice = Self.choice(epochs: 3)
        choice.itemRegularization = 1
        choice.userRegularization = 1
        var likes = world.interactions
        likes.presentItems = (0..<PlantedLikes.items).map { $0 != 0 }
        var trainer = try Trainer(model: world.model(choice), interactions: likes, hyperparameters: choice)
        try trainer.run()
        #expect(trainer.model.items.embedding(0).allSatisfy { abs($0) < 1e-6 })
        #expect(world.area(under: trainer.model) < 0.65)
    }

    @Test(
        "Dislikes are neutral to ranking losses, unless they are preferred as negatives",
        arguments: [
            Hyperparameters.Loss.warp, .bpr, .warpKOS,
        ])
    func treatsDislikes(loss: Hyperparameters.Loss) throws {
        // Everything that is not liked is disliked, so a neutral dislike leaves nothing to draw.
        let likes = Interactions(
            users: [0, 0, 0, 1, 1, 1], items: [0, 1, 2, 0, 1, 2], values: [1, -1, -1, -1, 1, 0])
        for dislikes in Hyperparameters.Dislikes.allCases {
            var choice = Self.choice(loss)
            choice.dislikes = dislikes
            let start = Model(components: 10, schedule: .adagrad, items: 3, users: 2, seed: 1)
            var trainer = try Trainer(model: start, interactions: likes, hyperparameters: choice)
            try trainer.run()
            #expect((trainer.model == start) == (dislikes == .neutral))
        }
    }

    @Test("A row made of nothing is refused by name")
    func refusesEmptyRows() throws {
        let features = try FeatureRows([[], [(feature: 0, weight: 1)]], identityWeights: [0, 0])
        let model = Model(components: 10, schedule: .adagrad, items: 2, itemFeatures: 1, users: 1, seed: 1)
        #expect(throws: TrainingError.emptyRow(kind: .item, row: 0)) {
            _ = try Trainer(
                model: model, interactions: Interactions(users: [0], items: [1]), itemFeatures: features,
                hyperparameters: Self.choice())
        }
    }
}
