import Testing

@testable import LikenessTraining

/// Continuations, fold-in and explanations of alternating least squares.
@Suite struct ALSUpdateTests {
    static func touched(_ likes: Interactions, by key: [UInt32], other: [UInt32], rows: [Int]) -> LeastSquaresUpdate.Touched {
        var touched = LeastSquaresUpdate.Touched(rows: rows, offsets: [0], likes: [])
        for row in rows {
            for entry in key.indices where Int(key[entry]) == row { touched.likes.append(other[entry]) }
            touched.offsets.append(touched.likes.count)
        }
        return touched
    }

    static func update(_ model: LeastSquaresModel, _ likes: Interactions, users: [Int], items: [Int], _ settings: LeastSquaresSettings)
        throws
        -> LeastSquaresUpdate
    {
        var update = LeastSquaresUpdate(
            users: model.users, items: model.items, userGram: model.userGram, itemGram: model.itemGram, terms: model.terms,
            settings: settings)
        update.touchedUsers = touched(likes, by: likes.users, other: likes.items, rows: users)
        update.touchedItems = touched(likes, by: likes.items, other: likes.users, rows: items)
        (update.itemFeatures, update.featureTable) = (try ALSTests.features(), model.itemFeatures)
        update.featurePrecisions = model.itemFeaturePrecisions
        return update
    }

    @Test("An update of every row is an iteration of a fit, and mends the Gram matrices", arguments: LeastSquaresSettings.Solver.allCases)
    func everything(solver: LeastSquaresSettings.Solver) throws {
        let likes = ALSTests.likes()
        var settings = ALSTests.settings(7, .exact)
        (settings.regularization, settings.steps) = (0.05, 40)
        var fit = try ALSTests.fit(settings, likes)
        try fit.run(iterations: 2)
        settings.solver = solver
        var update = try Self.update(
            fit.model(), likes, users: Array(0..<ALSTests.users - 1), items: Array(0..<ALSTests.items - 1), settings)
        update.steps = 40
        try update.run()
        try fit.run(iterations: 1)
        let model = fit.model()
        func worst(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }
        func doubles(_ matrix: FactorMatrix, _ rows: Int) -> [Double] { (0..<rows).flatMap { matrix.vector($0).map { Double($0) } } }
        #expect(worst(doubles(update.users, ALSTests.users), doubles(model.users, ALSTests.users)) < 2e-3)
        #expect(worst(doubles(update.items, ALSTests.items - 1), doubles(model.items, ALSTests.items - 1)) < 2e-3)
        #expect(worst(update.userGram, model.userGram) < 5e-3)
        #expect(worst(update.itemGram, model.itemGram) < 5e-3)
    }

    @Test("Rows that are not touched stay, and many updates leave the Gram matrix what it is when made anew")
    func drift() throws {
        let likes = ALSTests.likes()
        let settings = ALSTests.settings(6, .conjugateGradients)
        var fit = try ALSTests.fit(settings, likes)
        try fit.run()
        let model = fit.model()
        var update = try Self.update(model, likes, users: [1, 5], items: [0, 3], settings)
        for _ in 0..<50 { try update.run() }
        for user in 0..<ALSTests.users where ![1, 5].contains(user) { #expect(update.users.vector(user) == model.users.vector(user)) }
        var warm = update.items
        for c in 0..<6 { warm.values[(ALSTests.items - 1) * warm.stride + c] = 0 }
        for (kept, made) in zip(update.itemGram, warm.gram()) { #expect(abs(kept - made) < 1e-5) }
        #expect(update.items.vector(3) != model.items.vector(3))
    }

    @Test("A new user is only added to the Gram matrix")
    func newUser() throws {
        let settings = ALSTests.settings(5)
        var fit = try ALSTests.fit(settings)
        try fit.run()
        let model = fit.model()
        let new = ALSTests.users - 1
        var likes = Interactions(users: [UInt32(new), UInt32(new)], items: [2, 8])
        likes.weights = nil
        var update = try Self.update(model, likes, users: [new], items: [], settings)
        update.usersWereKnown = [false]
        try update.run()
        #expect(update.users.vector(new).contains { $0 != 0 })
        for (kept, made) in zip(update.userGram, update.users.gram()) { #expect(abs(kept - made) < 1e-5) }
    }

    @Test("Lists that do not fit are refused")
    func refusals() throws {
        let settings = ALSTests.settings(5)
        let fit = try ALSTests.fit(settings)
        for touched in [
            LeastSquaresUpdate.Touched(rows: [99], offsets: [0, 1], likes: [0]),
            .init(rows: [0], offsets: [0], likes: []), .init(rows: [0], offsets: [0, 1], likes: [99]),
        ] {
            var update = try Self.update(fit.model(), ALSTests.likes(), users: [], items: [], settings)
            update.touchedUsers = touched
            #expect(throws: TrainingError.self) { try update.run() }
        }
    }

    @Test("Folding a user in is solving for them, and what the likes add is the score")
    func foldIn() throws {
        let likes = ALSTests.likes()
        let settings = ALSTests.settings(9)
        var fit = try ALSTests.fit(settings, likes)
        try fit.run()
        let model = fit.model()
        let own = likes.users.indices.filter { likes.users[$0] == 6 }.map { Int(likes.items[$0]) }
        let fold = LeastSquaresFoldIn(
            items: model.items.selecting(own), gram: model.itemGram, terms: model.terms, settings: settings)
        var update = try Self.update(model, likes, users: [6], items: [], settings)
        try update.run()
        for (a, b) in zip(fold.vector, update.users.vector(6)) { #expect(abs(a - b) < 1e-4) }
        for item in 0..<ALSTests.items {
            let vector = model.items.vector(item)
            let score = zip(fold.vector, vector).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            #expect(abs(fold.contributions(to: vector).items.reduce(0, +) - score) < 1e-5)
        }
    }
}
