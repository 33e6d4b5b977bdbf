import LikenessEvaluation
import Testing

@testable import LikenessTraining

/// Where LightFM 1.17 surprises: what it does (told by compatibility flags where there is one) and what ours does. The rest of them
/// are in `CompatibilityTests` (user biases in pairwise losses, rows of nothing, -infinity and dislikes in k-OS WARP) and in
/// `FeatureOptionsTests` (ids and labels).
@Suite struct QuirkTests {
    static func train(
        _ likes: Interactions, users: Int = 2, items: Int = 6, _ compatibility: Compatibility = [],
        change: (inout Hyperparameters) -> Void = { _ in }
    ) throws -> (start: Model, trained: Model) {
        var choice = Hyperparameters()
        (choice.components, choice.epochs) = (4, 5)
        change(&choice)
        let start = Model(components: 4, schedule: .adagrad, items: items, users: users, seed: 2)
        var trainer = try Trainer(
            model: start, interactions: likes, hyperparameters: choice, compatibility: compatibility)
        try trainer.run()
        return (start, trainer.model)
    }

    @Test("Regularisation shrinks what no step touched by the same factor at all times: fixed (LightFM: a running scale)")
    func regularization() throws {
        let likes = Interactions(users: [0, 0, 1], items: [0, 1, 2], presentItems: [true, true, true, true, true, false])
        let (start, trained) = try Self.train(likes) { $0.itemRegularization = 0.1 }
        let factors = (0..<4).map { trained.items.embedding(5)[$0] / start.items.embedding(5)[$0] }
        #expect(factors.allSatisfy { abs($0 - factors[0]) < 1e-4 && $0 < 1 && $0 > 0.5 }, "\(factors)")
        let compatible = try Self.train(likes, .runningScale) { $0.itemRegularization = 0.1 }
        let scaled = (0..<4).map { compatible.trained.items.embedding(5)[$0] / compatible.start.items.embedding(5)[$0] }
        #expect(scaled.allSatisfy { abs($0 - scaled[0]) < 1e-4 && $0 < 1 && $0 > 0.5 }, "\(scaled)")
        #expect(compatible.trained.items.embedding(0) != trained.items.embedding(0))
    }

    @Test(
        "Dislikes are neither trained nor drawn: compatible, unless they are preferred as negatives",
        arguments: [Compatibility(), .lightFM])
    func dislikes(compatibility: Compatibility) throws {
        // All other cells are dislikes, so there is nothing to draw.
        let likes = Interactions(
            users: [0, 0, 0, 1, 1, 1], items: [0, 1, 2, 0, 1, 2], values: [1, -1, -1, -1, 1, -1])
        let neutral = try Self.train(likes, items: 3, compatibility)
        #expect(neutral.trained == neutral.start)
        let preferred = try Self.train(likes, items: 3, compatibility) { $0.dislikes = .preferredNegatives }
        #expect(preferred.trained != preferred.start)
    }

    @Test("In a continuation older likes are no negatives: fixed (LightFM: only what is passed counts as seen)")
    func deltas() throws {
        // User 0 likes everything but item 5 from before; the new like is item 4's, so that only item 5 can be its negative.
        var all = Interactions(users: [0, 0, 0, 0, 0, 1], items: [0, 1, 2, 3, 4, 5])
        all.trained = [4]
        let ours = try Self.train(all)
        for item in 0..<4 { #expect(ours.trained.items.embedding(item) == ours.start.items.embedding(item)) }
        #expect(ours.trained.items.embedding(5) != ours.start.items.embedding(5))
        let theirs = try Self.train(Interactions(users: [0], items: [4]))
        #expect((0..<4).contains { theirs.trained.items.embedding($0) != theirs.start.items.embedding($0) })
    }

    @Test("Train rows in any order exclude the same items: fixed (LightFM: a binary search in unsorted rows)")
    func unsortedRows() throws {
        let sorted = try LikeRows(offsets: [0, 3, 5], indices: [0, 3, 5, 1, 2], itemCount: 6)
        let reversed = try LikeRows(offsets: [0, 3, 5], indices: [5, 3, 0, 2, 1], itemCount: 6)
        #expect(sorted == reversed)
    }

    @Test("A model that is not finite is refused, not ranked first: fixed (LightFM: precision above 1, area of 1)")
    func notFinite() throws {
        let test = try LikeRows(offsets: [0, 1], indices: [1], itemCount: 2)
        #expect(throws: EvaluationError.notFinite(side: .item, row: 1)) {
            try ScoringModel.withArrays(
                users: [1], userBiases: [0], items: [1, .nan], itemBiases: [0, 0], components: 1
            ) { _ = try Evaluation(k: 5).evaluate($0, test: test) }
        }
    }
}
