import Platform
import Testing

@testable import LikenessTraining

/// A step of WARP is for 10 at most, weights included, by whichever way it comes about.
@Suite struct LossBoundTests {
    /// What decides how a step is made.
    struct Way: Sendable, CustomStringConvertible {
        var description: String
        var compatibility: Compatibility = []
        var itemsHaveFeatures = false
        var usersHaveFeatures = false
        var isRegularized = false
        var hasManyTries = false
    }

    static let ways = [
        Way(description: "in one call"),
        Way(description: "in parts", compatibility: .stepsInParts),
        Way(description: "candidate by candidate", compatibility: .exactCandidates),
        Way(description: "regularised", isRegularized: true),
        Way(description: "with many tries", hasManyTries: true),
        Way(description: "with features", itemsHaveFeatures: true),
        Way(description: "with features, candidate by candidate", compatibility: .exactCandidates, itemsHaveFeatures: true),
        Way(description: "with features of users", usersHaveFeatures: true),
        Way(description: "with all of them", itemsHaveFeatures: true, usersHaveFeatures: true, isRegularized: true, hasManyTries: true),
    ]

    /// The weights of an item's own embedding and of its only feature.
    private static let (own, named): (Float, Float) = (0.75, 0.5)
    private static let items = 60

    /// The accumulators of the liked item's bias, of its feature's, and of all other items', after one step for one like.
    private func squares(
        _ way: Way, _ loss: Hyperparameters.Loss, _ schedule: Hyperparameters.Schedule, weight: Float
    ) throws -> (liked: Float, feature: Float, others: [Float]) {
        var choice = Hyperparameters()
        (choice.loss, choice.schedule, choice.components, choice.epochs) = (loss, schedule, 8, 1)
        if way.isRegularized { (choice.itemRegularization, choice.userRegularization) = (1e-3, 1e-3) }
        if way.hasManyTries { choice.maxSampled = 20 }
        var lists = [[(feature: UInt32, weight: Float)]](repeating: [], count: Self.items)
        var identities = [Float](repeating: 1, count: Self.items)
        (lists[3], identities[3]) = ([(0, Self.named)], Self.own)
        let itemFeatures = try FeatureRows(lists, identityWeights: identities)
        let userFeatures = try FeatureRows([[(feature: 0, weight: 1)]], identityWeights: [1])
        let model = Model(
            components: 8, schedule: schedule, items: Self.items, itemFeatures: 1, users: 1, userFeatures: 1, seed: 6)
        var trainer = try Trainer(
            model: model, interactions: Interactions(users: [0], items: [3], weights: [weight]),
            itemFeatures: way.itemsHaveFeatures ? itemFeatures : nil, userFeatures: way.usersHaveFeatures ? userFeatures : nil,
            hyperparameters: choice, compatibility: way.compatibility)
        try trainer.run()
        var others = trainer.model.items.biasAccumulators.array
        let liked = others.remove(at: 3)
        return (liked, trainer.model.itemFeatures.biasAccumulators[0], others)
    }

    @Test("Heavy weights are held at 10, and light ones are not", arguments: ways, Hyperparameters.Schedule.allCases)
    func isBounded(_ way: Way, schedule: Hyperparameters.Schedule) throws {
        let (own, named) = way.itemsHaveFeatures ? (Self.own, Self.named) : (1, 0)
        func loss(from squares: Float, part: Float) -> Float {
            let sum = schedule == .adagrad ? squares - 1 : squares / (1 - Hyperparameters().rho)
            return sum.squareRoot() / part
        }
        for lossRule in [Hyperparameters.Loss.warp, .warpKOS] {
            for weight: Float in [100, 1e30, 0.5] {
                let found = try squares(way, lossRule, schedule, weight: weight)
                // The first try finds an item within 1, unless it is the liked one, so that the rank loss is ln 59 or ln 29.
                let expected: [Float] = weight > 1 ? [10] : [Mathematics.logarithm(59), Mathematics.logarithm(29)].map { 0.5 * Float($0) }
                func isRight(_ loss: Float) -> Bool { expected.contains { abs(loss - $0) < 1e-3 } }
                #expect(isRight(loss(from: found.liked, part: own)), "\(found.liked)")
                if named > 0 { #expect(isRight(loss(from: found.feature, part: named)), "\(found.feature)") }
                let moved = found.others.filter { $0 != (schedule == .adagrad ? 1 : 0) }
                #expect(moved.count == 1 && isRight(loss(from: moved[0], part: 1)), "\(moved)")
            }
        }
    }
}
