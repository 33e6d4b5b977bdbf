import RandomNumbers
import Testing

@testable import LikenessTraining

/// Rows that shrink when they are read, beside rows that all shrink at every step: BPR and logistic loss, example for example.
@Suite struct RegularizationOracleTests {
    struct Case: Sendable, CustomStringConvertible {
        var loss: Hyperparameters.Loss
        var schedule: Hyperparameters.Schedule
        var itemsHaveFeatures, usersHaveFeatures: Bool

        var description: String {
            "\(loss.rawValue) \(schedule.rawValue), features of items: \(itemsHaveFeatures), of users: \(usersHaveFeatures)"
        }
    }

    static let cases = [Hyperparameters.Loss.bpr, .logistic].flatMap { loss in
        Hyperparameters.Schedule.allCases.flatMap { schedule in
            [(false, false), (true, false), (false, true), (true, true)].map {
                Case(loss: loss, schedule: schedule, itemsHaveFeatures: $0.0, usersHaveFeatures: $0.1)
            }
        }
    }

    private static let (users, items, itemFeatures, userFeatures) = (14, 30, 6, 4)

    /// Rows of features, of an own embedding alone, and of both.
    private static func features(_ rows: Int, _ columns: Int, _ random: inout SplitMix64) throws -> FeatureRows {
        var (lists, identities): ([[(feature: UInt32, weight: Float)]], [Float]) = ([], [])
        for row in 0..<rows {
            let chosen = row % 3 == 0 ? [] : (0..<columns).filter { $0 == row % columns || random.draw(below: 4) == 0 }
            lists.append(chosen.map { (UInt32($0), 0.3 + random.unitFloat() / 2) })
            identities.append([1, 0.5 + random.unitFloat(), 0][row % 3])
        }
        return try FeatureRows(lists, identityWeights: identities)
    }

    private static func model(_ choice: Hyperparameters, users: Int = users, items: Int = items) -> Model {
        var model = Model(
            components: choice.components, schedule: choice.schedule, items: items, itemFeatures: itemFeatures, users: users,
            userFeatures: userFeatures, seed: 4)
        for path in [\Model.items, \.itemFeatures, \.users, \.userFeatures] {
            let table = model[keyPath: path]
            for row in 0..<table.rows {
                for component in 0..<table.components { model[keyPath: path].embeddings[row * table.stride + component] *= 10 }
                model[keyPath: path].biases[row] = 0.1 * Float(row % 7) - 0.2
            }
        }
        return model
    }

    /// About a quarter of all pairs, grouped by user and sorted by item.
    private static func likes(
        _ loss: Hyperparameters.Loss, users: Int = users, items: Int = items, _ random: inout SplitMix64
    ) -> Interactions {
        var likes = Interactions(users: [], items: [], weights: [], values: loss == .logistic ? [] : nil)
        for user in 0..<UInt32(users) {
            for item in 0..<UInt32(items) where random.draw(below: 4) == 0 {
                likes.users.append(user)
                likes.items.append(item)
                likes.weights?.append(0.5 + random.unitFloat())
                likes.values?.append(random.draw(below: 3) == 0 ? 0 : 1)
            }
        }
        return likes
    }

    @Test("An epoch comes to the same", arguments: cases, [Float(1e-2), 1e-3])
    func equal(_ this: Case, strength: Float) throws {
        var choice = Hyperparameters()
        (choice.loss, choice.schedule, choice.components, choice.rho) = (this.loss, this.schedule, 10, 0.9)
        (choice.itemRegularization, choice.userRegularization) = (strength, strength / 2)
        var random = SplitMix64(seed: 23)
        let itemFeatures = try Self.features(Self.items, Self.itemFeatures, &random)
        let userFeatures = try Self.features(Self.users, Self.userFeatures, &random)
        let (ofItems, ofUsers) = (this.itemsHaveFeatures ? itemFeatures : nil, this.usersHaveFeatures ? userFeatures : nil)
        let (model, likes) = (Self.model(choice), Self.likes(this.loss, &random))
        var examples = likes.users.indices.map {
            Example(
                user: likes.users[$0], item: likes.items[$0], weight: likes.weights?[$0] ?? 1, isLike: (likes.values?[$0] ?? 1) > 0)
        }
        examples.withUnsafeMutableBufferPointer { random.shuffle(&$0) }
        var (source, same) = (random, random)
        var trainer = try Trainer(
            model: model, interactions: likes, itemFeatures: ofItems, userFeatures: ofUsers, hyperparameters: choice)
        try trainer.runEpoch(examples, source: &source)

        var oracle = DenseTrainer(model, itemFeatures: ofItems, userFeatures: ofUsers, choice)
        let seen = Set(zip(likes.users, likes.items).map { UInt64($0) << 32 | UInt64($1) })
        var firsts: [Int] = []
        // The first entry that a negative is taken from is drawn eight examples before the step.
        for position in -8..<examples.count {
            guard this.loss == .bpr else {
                if position >= 0 { oracle.stepByLogistic(examples[position]) }
                continue
            }
            if position + 8 < examples.count { firsts.append(same.draw(below: likes.items.count)) }
            guard position >= 0 else { continue }
            let example = examples[position]
            var negative = likes.items[firsts[position]]
            while seen.contains(UInt64(example.user) << 32 | UInt64(negative)) {
                negative = likes.items[same.draw(below: likes.items.count)]
            }
            oracle.stepByBPR(example, negative: Int(negative))
        }

        #expect(oracle.steps == examples.count)
        Self.compare(trainer.model, oracle)
    }

    private static func compare(_ model: Model, _ oracle: DenseTrainer) {
        // e^-x is more than 1 - x by half of x squared; the rest is what floats are rounded by.
        let tolerance = oracle.squaredShrinkage + 1e-5
        #expect(oracle.shrinkage > 20 * tolerance && tolerance < 1e-4)
        for (found, expected) in [
            (model.items, oracle.items.own), (model.itemFeatures, oracle.items.named), (model.users, oracle.users.own),
            (model.userFeatures, oracle.users.named),
        ] {
            let found = DenseTrainer.Table(found)
            for (a, b) in [(found.values, expected.values), (found.squares, expected.squares), (found.moves, expected.moves)] {
                let worst = zip(a.joined(), b.joined()).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
                #expect(a.count == b.count && worst <= tolerance, "\(worst) of \(tolerance)")
            }
        }
    }

    @Test("The chunks of an epoch shrink rows on from one another", arguments: Hyperparameters.Schedule.allCases)
    func chunks(schedule: Hyperparameters.Schedule) throws {
        var choice = Hyperparameters()
        (choice.loss, choice.schedule, choice.components, choice.epochs) = (.logistic, schedule, 10, 1)
        (choice.itemRegularization, choice.userRegularization) = (1e-3, 5e-4)
        var random = SplitMix64(seed: 29)
        let (users, items) = (100, 120)
        let (model, likes) = (
            Self.model(choice, users: users, items: items), Self.likes(.logistic, users: users, items: items, &random)
        )
        var trainer = try Trainer(model: model, interactions: likes, hyperparameters: choice)
        let (rows, seed) = (trainer.rows, SplitMix64.mix(choice.seed, 1))
        try trainer.run()
        let plan = EpochPlan(users: rows.activeUsers, rows: rows.examples, threads: 1, seed: seed)
        var (examples, blockRandom): ([Example], SplitMix64) = ([], SplitMix64(seed: plan.seed(ofBlock: 0)))
        plan.fill(&examples, block: 0, from: rows.examples, random: &blockRandom)
        #expect(plan.blocks == 1 && examples.count > 2_500, "three chunks at least")
        var oracle = DenseTrainer(model, itemFeatures: nil, userFeatures: nil, choice)
        for example in examples { oracle.stepByLogistic(example) }
        Self.compare(trainer.model, oracle)
    }
}
