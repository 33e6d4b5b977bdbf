import Testing

@testable import LikenessTraining

/// Items that are moved by what is new alone.
@Suite struct ALSStepTests {
    typealias Opinion = LeastSquaresUpdate.SteppedRows.Opinion

    /// An update that only steps: some items hear two new likes, a dislike, and that a like is gone.
    private static func update(_ model: LeastSquaresModel, _ settings: LeastSquaresSettings, rows: [Int], weighs: Bool) throws
        -> LeastSquaresUpdate
    {
        let likes = ALSTests.likes()
        var update = try ALSUpdateTests.update(model, likes, users: [], items: [], settings)
        update.touchedUsers.weights = weighs ? [] : nil
        for row in rows {
            let before = likes.items.count { Int($0) == row }
            let gone = likes.items.indices.first { Int(likes.items[$0]) == row }.map { likes.users[$0] } ?? 0
            update.steppedItems.rows.append(row)
            update.steppedItems.opinions.append([
                Opinion(other: UInt32(row), weight: 2, isLike: true, isGone: false),
                Opinion(other: UInt32(row + 3), weight: 1, isLike: true, isGone: false),
                Opinion(other: UInt32(row + 5), weight: 0.5, isLike: false, isGone: false),
                Opinion(other: gone, weight: 1, isLike: true, isGone: true),
            ])
            update.steppedItems.counts.append(before + 2)
            update.steppedItems.likes.append((before, before + 1))
        }
        return update
    }

    @Test("A step is what the dense equation says", arguments: LeastSquaresSettings.Solver.allCases, [false, true])
    func dense(solver: LeastSquaresSettings.Solver, weighs: Bool) throws {
        var settings = ALSTests.settings(7)
        (settings.regularization, settings.solver) = (0.05, solver)
        var fit = try ALSTests.fit(settings)
        try fit.run()
        let model = fit.model()
        // The third item has no features.
        let rows = [0, 2, 9]
        var update = try Self.update(model, settings, rows: rows, weighs: weighs)
        update.steps = 40
        try update.run()
        let features = try ALSTests.features()
        for (place, row) in rows.enumerated() {
            let y = model.items.vector(row).map { Double($0) }
            var pulled = [Double](repeating: 0, count: 7)
            for (feature, weight) in features.features(of: row) {
                for c in 0..<7 { pulled[c] += Double(weight) * Double(model.itemFeatures.vector(Int(feature))[c]) }
            }
            let stepped = update.steppedItems
            let (likes, count) = (stepped.likes[place], stepped.counts[place])
            let unobserved = model.terms.unobservedWeight * Double(model.terms.users)
            let (now, then) = (Double(likes.now) + unobserved, Double(likes.before) + unobserved)
            let lambda = Double(settings.regularization)
            var matrix = (0..<7).map { i in
                (0..<7).map { j in model.terms.unobservedWeight * model.userGram[7 * i + j] + (i == j ? lambda * now : 0) }
            }
            var right = (0..<7).map { c in -lambda * (now - then) * (y[c] - Double(settings.featurePull) * pulled[c]) }
            for opinion in stepped.opinions[place] {
                let x = model.users.vector(Int(opinion.other)).map { Double($0) }
                let confidence = weighs ? Double(opinion.weight) : 1
                let missed = (opinion.isLike ? 1.0 : 0) - zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
                for i in 0..<7 {
                    right[i] += confidence * missed * x[i] * (opinion.isGone ? -1 : 1)
                    for j in 0..<7 { matrix[i][j] += Double(count) / 4 * confidence * x[i] * x[j] }
                }
            }
            let step = ALSOracle.solve(matrix, right)
            for (c, value) in update.items.vector(row).enumerated() { #expect(abs(Double(value) - y[c] - step[c]) < 1e-4) }
        }
        var warm = update.items
        for c in 0..<7 { warm.values[(ALSTests.items - 1) * warm.stride + c] = 0 }
        for (kept, made) in zip(update.itemGram, warm.gram()) { #expect(abs(kept - made) < 1e-4) }
        for row in 0..<ALSTests.items where !rows.contains(row) { #expect(update.items.vector(row) == model.items.vector(row)) }
    }

    @Test("A step for a like more goes towards what solving from the whole history gives")
    func towards() throws {
        let likes = ALSTests.likes()
        let settings = ALSTests.settings(6)
        for item in 0..<ALSTests.items - 1 {
            let own = likes.items.indices.filter { Int(likes.items[$0]) == item }
            guard own.count > 3, let last = own.last else { continue }
            var fewer = likes
            fewer.users.remove(at: last)
            fewer.items.remove(at: last)
            var fit = try ALSTests.fit(settings, fewer)
            try fit.run(iterations: 4)
            var solved = try ALSUpdateTests.update(fit.model(), likes, users: [], items: [item], settings)
            var stepped = try ALSUpdateTests.update(fit.model(), likes, users: [], items: [], settings)
            stepped.steppedItems.rows = [item]
            stepped.steppedItems.opinions = [[Opinion(other: likes.users[last], weight: 1, isLike: true, isGone: false)]]
            (stepped.steppedItems.counts, stepped.steppedItems.likes) = ([own.count], [(own.count - 1, own.count)])
            try solved.run()
            try stepped.run()
            func missed(_ vector: [Float]) -> Float {
                zip(vector, solved.items.vector(item)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            #expect(missed(stepped.items.vector(item)) < missed(fit.model().items.vector(item)), "item \(item)")
        }
    }

    @Test("Lists of steps that do not fit are refused")
    func refusals() throws {
        let settings = ALSTests.settings(5)
        let model = try ALSTests.fit(settings).model()
        let whole = try Self.update(model, settings, rows: [1], weighs: false)
        for spoil: (inout LeastSquaresUpdate.SteppedRows) -> Void in [
            { $0.rows = [99] }, { $0.rows = [] }, { $0.opinions = [[]] }, { $0.counts = [] }, { $0.likes = [] },
            { $0.opinions[0][1].other = 99 },
        ] {
            var update = whole
            spoil(&update.steppedItems)
            #expect(throws: TrainingError.self) { try update.run() }
        }
    }
}
