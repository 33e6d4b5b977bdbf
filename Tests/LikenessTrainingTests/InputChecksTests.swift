import Testing

@testable import LikenessTraining

/// What a trainer is told wrongly is refused, with what is wrong and where.
@Suite struct InputChecksTests {
    private func message(_ likes: Interactions, users: Int = 3, items: Int = 4) -> String {
        do throws(TrainingError) {
            try likes.validate(userCount: users, itemCount: items)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("Arrays that do not fit together, rows that are not there, and numbers that are none")
    func interactions() {
        let fine = Interactions(users: [0, 2], items: [3, 0], weights: [1, 0], values: [1, -1], trained: [1])
        #expect(message(fine).isEmpty && message(Interactions(users: [], items: [])).isEmpty)
        let changes: [((inout Interactions) -> Void, String)] = [
            ({ $0.items = [3] }, "items of the entries: expected 2, found 1"),
            ({ $0.weights = [1] }, "weights of the entries: expected 2, found 1"),
            ({ $0.values = [1, 1, 1] }, "values of the entries: expected 2, found 3"),
            ({ $0.presentUsers = [true] }, "present users: expected 3, found 1"),
            ({ $0.presentItems = [true] }, "present items: expected 4, found 1"),
            ({ $0.drawnItems = [true] }, "drawn items: expected 4, found 1"),
            ({ $0.users = [0, 3] }, "user of an entry at position 1 is 3, but there are only 3"),
            ({ $0.items = [.max, 0] }, "item of an entry at position 0 is 4294967295, but there are only 4"),
            ({ $0.trained = [0, 2] }, "trained entry at position 1 is 2, but there are only 2"),
            ({ $0.trained = [-1] }, "trained entry at position 0 is -1"),
            ({ $0.weights = [1, .nan] }, "weight of an entry at position 1 is nan"),
            ({ $0.weights = [.infinity, 1] }, "weight of an entry at position 0 is inf"),
            ({ $0.values = [1, -.infinity] }, "value of an entry at position 1 is -inf"),
            ({ $0.weights = [1, -0.5] }, "the weight of entry 1 is -0.5, but a weight must be 0 or more"),
        ]
        for (change, expected) in changes {
            var bad = fine
            change(&bad)
            #expect(message(bad).contains(expected), "\(message(bad))")
        }
    }

    @Test("Feature rows that do not fit together, and weights that are no numbers")
    func featureRows() {
        func message(
            _ offsets: [Int], _ columns: [UInt32], _ weights: [Float], _ identities: [Float], _ shares: [Float]? = nil
        ) -> String {
            do throws(TrainingError) {
                _ = try FeatureRows(
                    offsets: offsets, columns: columns, weights: weights, identityWeights: identities, shares: shares)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message([0, 1, 2], [0, 1], [1, 1], [1, 1]).isEmpty)
        #expect(message([0, 2], [0, 1], [1, 1], [1, 1]).contains("feature row offsets: expected 3, found 2"))
        #expect(message([0, 1, 2], [0, 1], [1], [1, 1]).contains("feature weights: expected 2, found 1"))
        #expect(message([0, 1, 1], [0, 1], [1, 1], [1, 1]).contains("feature weights"))
        #expect(message([0, 3, 2], [0, 1], [1, 1], [1, 1]).contains("end of feature row 1"))
        #expect(message([0, -1, 2], [0, 1], [1, 1], [1, 1]).contains("end of feature row 0"))
        #expect(message([1, 1, 2], [0, 1], [1, 1], [1, 1]).contains("feature weights"))
        #expect(message([], [], [], []).contains("feature row offsets: expected 1, found 0"))
        #expect(message([0, 1, 2], [0, 1], [1, .nan], [1, 1]).contains("feature weight at position 1 is nan"))
        #expect(message([0, 1, 2], [0, 1], [1, 1], [-.infinity, 1]).contains("identity weight at position 0 is -inf"))
        #expect(message([0, 1, 2], [0, 1], [1, 1], [1, 1], [1]).contains("shares of the feature rows"))
        for share: Float in [0, -0.5, 1.5, .nan] {
            let text = message([0, 1, 2], [0, 1], [1, 1], [1, 1], [1, share])
            #expect(text.contains("share of a feature row at position 1 is \(share)"), "\(text)")
        }
    }

    @Test("A trainer whose model, rows and hyper-parameters are not of one shape")
    func trainer() throws {
        let likes = Interactions(users: [0, 1], items: [0, 1])
        func message(
            components: Int = 4, schedule: Hyperparameters.Schedule = .adagrad, items: Int = 2, users: Int = 2,
            features: FeatureRows? = nil, userFeatures: FeatureRows? = nil
        ) -> String {
            var choice = Hyperparameters()
            choice.components = 4
            let model = Model(
                components: components, schedule: schedule, items: items, itemFeatures: 1, users: users, userFeatures: 2, seed: 1)
            do throws(TrainingError) {
                let rows = try TrainingRows(likes, users: 2, items: 2, hyperparameters: choice)
                _ = try Trainer(
                    model: model, rows: rows, itemFeatures: features, userFeatures: userFeatures, hyperparameters: choice)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(message().isEmpty)
        #expect(message(components: 5).contains("components of the model: expected 4, found 5"))
        #expect(message(schedule: .adadelta).contains("the model's optimiser state is of adadelta"))
        #expect(message(items: 3).contains("items of the model: expected 2, found 3"))
        let long = try FeatureRows([[(feature: 0, weight: 1)], [], []], identityWeights: [1, 1, 1])
        #expect(message(features: long).contains("item feature rows: expected 2, found 3"))
        let beyond = try FeatureRows([[(feature: 0, weight: 1)], [(feature: 1, weight: 1)]], identityWeights: [1, 1])
        #expect(message(features: beyond).contains("item feature at position 1 is 1, but there are only 1"))
        #expect(message(users: 1).contains("users of the model: expected 2, found 1"))
        #expect(message(userFeatures: long).contains("user feature rows: expected 2, found 3"))
        let far = try FeatureRows([[(feature: 0, weight: 1)], [(feature: 2, weight: 1)]], identityWeights: [1, 1])
        #expect(message(userFeatures: far).contains("user feature at position 1 is 2, but there are only 2"))
        let nothing = try FeatureRows([[(feature: 0, weight: 1)], []], identityWeights: [1, 0])
        #expect(message(userFeatures: nothing).contains("user 1 has neither an identity nor any named feature"))
        #expect(message(features: nothing).contains("item 1 has neither an identity nor any named feature"))
        #expect(message(features: beyond, userFeatures: beyond).contains("item feature"), "the items' fault comes first")
        #expect(message(userFeatures: beyond).isEmpty)
    }

    @Test("Scores that overflow while every parameter is finite are taken for divergence, not for a stop")
    func overflow() throws {
        var choice = Hyperparameters()
        (choice.components, choice.learningRate) = (64, 1e-6)
        var model = Model(components: 64, schedule: .adagrad, items: 2, itemFeatures: 0, users: 1, userFeatures: 0, seed: 1)
        for component in 0..<64 {
            model.users.embeddings[component] = 3e18
            model.items.embeddings[model.items.stride + component] = 3e18
        }
        var trainer = try Trainer(
            model: model, interactions: Interactions(users: [0], items: [0]), hyperparameters: choice)
        let error = #expect(throws: TrainingError.scoresOverflowed(epoch: 1)) { try trainer.run(epochs: 1) }
        #expect(error?.description.contains("Lower the learning rate") == true)
    }
}
