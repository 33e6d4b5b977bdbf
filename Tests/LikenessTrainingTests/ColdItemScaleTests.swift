import RandomNumbers
import Testing

@testable import LikenessTraining

/// The scale of items without likes goes by how a tenth of those with likes would rank without them.
@Suite struct ColdItemScaleTests {
    /// Items of two groups, with a feature of their group and one of their own kind; users like one group.
    private static func fit(items: Int, hasFeatures: Bool = true) throws -> AlternatingLeastSquares {
        var random = SplitMix64(seed: 3)
        var likes = Interactions(users: [], items: [])
        for user in 0..<UInt32(120) {
            for item in 0..<UInt32(items - 5) where random.next(below: 10) < (item % 2 == user % 2 ? 4 : 1) {
                likes.users.append(user)
                likes.items.append(item)
            }
        }
        let lists = (0..<items).map { item in
            [(feature: UInt32(item % 2), weight: Float(0.8)), (feature: UInt32(2 + item % 7), weight: Float(0.6))]
        }
        let features = try FeatureRows(lists, identityWeights: [Float](repeating: 1, count: items))
        var settings = LeastSquaresSettings()
        (settings.components, settings.iterations, settings.solver) = (8, 6, .exact)
        var fit = try AlternatingLeastSquares(
            likes, users: 120, items: items, itemFeatures: hasFeatures ? features : nil, itemFeatureCount: hasFeatures ? 9 : 0,
            settings: settings)
        try fit.run()
        return fit
    }

    @Test("The held-out tenth takes half as many of the best places as it has of the likes")
    func places() throws {
        let fit = try Self.fit(items: 400)
        let scale = try #require(fit.coldItemScale())
        let side = fit.itemSide
        let pull = try #require(side.pull)
        let trial = stride(from: 0, to: side.active.count, by: 10).map { Int(side.active[$0]) }
        let scales = (0..<side.lists.rows).map { row -> Float in
            side.lists.likes[row] == 0 || trial.contains(row)
                ? 0 : fit.settings.featurePull * Float(fit.terms.itemWeight(likes: side.lists.likes[row], fit.settings) / side.meanWeight)
        }
        var table = FactorMatrix(rows: 9, components: 8)
        FeatureSolver(pull: pull, scales: scales, priors: [Float](repeating: 1, count: 9))
            .solve(&table, rows: side.vectors, steps: 60, threads: 1)
        let said = pull.sums(trial, of: table)
        /// Places of the best ten of all users that go to the trial.
        func taken(_ scale: Double) -> Int {
            var taken = 0
            for user in 0..<120 {
                let seen = Set(
                    (fit.userSide.lists.offsets[user]..<fit.userSide.lists.offsets[user + 1]).map { Int(fit.userSide.lists.indices[$0]) })
                var scores = trial.indices.map { (scale * fit.userSide.vectors.dot(user, said, $0), true) }
                for item in side.active.map(Int.init) where !seen.contains(item) && !trial.contains(item) {
                    scores.append((fit.userSide.vectors.dot(user, side.vectors, item), false))
                }
                taken += scores.sorted { $0.0 > $1.0 }.prefix(10).count { $0.1 }
            }
            return taken
        }
        let likes = side.lists.likes
        let wanted = 0.5 * 1_200 * Double(trial.reduce(0) { $0 + likes[$1] }) / Double(likes.reduce(0, +))
        #expect(Double(taken(scale * 0.999)) <= wanted + 12 && Double(taken(scale * 1.001)) >= wanted - 12)
        #expect(taken(1.5 * scale) > taken(scale) && taken(0.7 * scale) < taken(scale))
        let model = fit.model()
        #expect(model.terms.coldItemScale == scale)
        let cold = pull.sums([399], of: model.itemFeatures).vector(0)
        #expect(zip(model.items.vector(399), cold).allSatisfy { abs($0 - Float(scale) * $1) < 1e-4 })
    }

    @Test("After training by the softmax they are scaled too, whatever the threads")
    func softmax() throws {
        let fit = try Self.fit(items: 400)
        var lists: [LeastSquaresModel] = []
        for threads in [1, 3] {
            var settings = SoftmaxSettings()
            settings.threads = threads
            var likes = Interactions(users: [], items: [])
            for user in 0..<120 {
                for entry in fit.userSide.lists.offsets[user]..<fit.userSide.lists.offsets[user + 1] {
                    likes.users.append(UInt32(user))
                    likes.items.append(fit.userSide.lists.indices[entry])
                }
            }
            let features = try FeatureRows(
                (0..<400).map { [(feature: UInt32($0 % 2), weight: Float(0.8)), (feature: UInt32(2 + $0 % 7), weight: Float(0.6))] },
                identityWeights: [Float](repeating: 1, count: 400))
            var stage = try CosineSoftmax(start: fit.model(), likes, itemFeatures: features, settings: settings)
            try stage.run(epochs: 2)
            lists.append(stage.model())
        }
        #expect(lists[0] == lists[1])
        let scale = try #require(lists[0].terms.coldItemScale)
        #expect(abs(lists[0].items.dot(399, lists[0].items, 399).squareRoot() - scale) < 1e-4)
    }

    @Test("There is none without features, or with few items to go by")
    func none() throws {
        #expect(try Self.fit(items: 400, hasFeatures: false).coldItemScale() == nil)
        #expect(try Self.fit(items: 100).coldItemScale() == nil)
    }
}
