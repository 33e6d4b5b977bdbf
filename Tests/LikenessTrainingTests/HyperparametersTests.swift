import Testing

@testable import LikenessTraining

@Suite struct HyperparametersTests {
    @Test("The defaults may be used") func defaults() throws {
        try Hyperparameters().validate()
    }

    @Test("Every value out of range is refused by its name")
    func refusals() {
        let changes: [(String, @Sendable (inout Hyperparameters) -> Void)] = [
            ("components", { $0.components = 0 }), ("components", { $0.components = 1 << 20 }),
            ("epochs", { $0.epochs = -1 }), ("learningRate", { $0.learningRate = 0 }),
            ("learningRate", { $0.learningRate = .nan }), ("rho", { $0.rho = 1 }), ("rho", { $0.rho = 0 }),
            ("epsilon", { $0.epsilon = 0 }), ("itemRegularization", { $0.itemRegularization = -1 }),
            ("userRegularization", { $0.userRegularization = .infinity }), ("maxSampled", { $0.maxSampled = 0 }),
            ("maxSampled", { $0.maxSampled = 100_000 }), ("k", { $0.k = 0 }), ("n", { $0.n = 0 }),
            ("n", { $0.n = 100_000 }), ("threads", { $0.threads = 0 }), ("threads", { $0.threads = 5000 }),
        ]
        for (name, change) in changes {
            var choice = Hyperparameters()
            change(&choice)
            let error = #expect(throws: TrainingError.self) { try choice.validate() }
            guard case .badHyperparameter(name, _, let rule) = error else {
                Issue.record("\(name) was not named in \(String(describing: error))")
                continue
            }
            #expect(rule.count > 15)
        }
    }
}
