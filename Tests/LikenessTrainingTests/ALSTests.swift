import RandomNumbers
import Testing

@testable import LikenessTraining

/// Alternating least squares beside the dense trainer, and what must hold of it.
@Suite struct ALSTests {
    static let (users, items, tags) = (23, 17, 6)

    static func likes(weights: Bool = false, dislikes: Bool = false) -> Interactions {
        var random = SplitMix64(seed: 11)
        var likes = Interactions(users: [], items: [])
        var (w, v): ([Float], [Float]) = ([], [])
        // The last user and the last item have no likes.
        for user in 0..<users - 1 {
            for item in 0..<items - 1 where random.next(below: 4) == 0 || (user == 3) {
                likes.users.append(UInt32(user))
                likes.items.append(UInt32(item))
                w.append(0.5 + 2 * random.unitFloat())
                v.append(random.next(below: 5) == 0 ? -1 : 1)
            }
        }
        if weights { likes.weights = w }
        if dislikes { likes.values = v }
        return likes
    }

    static func features() throws -> FeatureRows {
        var random = SplitMix64(seed: 5)
        var lists: [[(feature: UInt32, weight: Float)]] = []
        for item in 0..<items {
            let drawn = (feature: UInt32(random.next(below: 6)), weight: Float(1))
            let second = (feature: UInt32(item % 6), weight: Float(0.5))
            lists.append(item == 2 ? [] : [drawn, second])
        }
        return try FeatureRows(lists, identityWeights: [Float](repeating: 1, count: items))
    }

    static func settings(_ components: Int, _ solver: LeastSquaresSettings.Solver = .exact) -> LeastSquaresSettings {
        var settings = LeastSquaresSettings()
        (settings.components, settings.solver, settings.iterations) = (components, solver, 4)
        return settings
    }

    static func fit(_ settings: LeastSquaresSettings, _ likes: Interactions = likes(), tags hasTags: Bool = true) throws
        -> AlternatingLeastSquares
    {
        try AlternatingLeastSquares(
            likes, users: users, items: items, itemFeatures: hasTags ? features() : nil, itemFeatureCount: hasTags ? tags : 0,
            settings: settings)
    }

    @Test("Exact solves are those of the dense trainer", arguments: [1, 5, 16, 20], [false, true])
    func dense(components: Int, hasTags: Bool) throws {
        for likes in [Self.likes(), Self.likes(weights: true, dislikes: true)] {
            for (scales, unobserved) in [(true, nil), (false, Float(0.3))] {
                var settings = Self.settings(components)
                (settings.scalesByFrequency, settings.unobservedWeight) = (scales, unobserved)
                settings.regularization = 0.05
                // The features are solved to the end, as the dense trainer does.
                settings.steps = 60
                var fit = try Self.fit(settings, likes, tags: hasTags)
                var oracle = ALSOracle(
                    likes, users: Self.users, items: Self.items, features: hasTags ? try Self.features() : nil,
                    featureCount: hasTags ? Self.tags : 0, fit: fit)
                for _ in 0..<3 {
                    try fit.run(iterations: 1)
                    oracle.iterate()
                    #expect(abs(fit.objective() - oracle.objective()) < 1e-4 * oracle.objective())
                }
                let model = fit.model()
                for user in 0..<Self.users {
                    for item in 0..<Self.items where oracle.itemWeights[item] > 0 {
                        let expected = oracle.dot(oracle.x[user], oracle.y[item])
                        #expect(abs(model.users.dot(user, model.items, item) - expected) < 5e-4)
                    }
                }
            }
        }
    }

    @Test("The objective is what it is by visiting every pair, and never rises", arguments: LeastSquaresSettings.Solver.allCases)
    func objective(solver: LeastSquaresSettings.Solver) throws {
        var settings = Self.settings(12, solver)
        settings.iterations = 12
        let likes = Self.likes(weights: true, dislikes: true)
        var fit = try Self.fit(settings, likes)
        var values: [Double] = []
        try fit.run {
            if case .iteration(let report) = $0 { values.append(report.objective) }
            return .carryOn
        }
        #expect(values.count == 12)
        #expect(zip(values, values.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-6) }, "\(values)")
        let oracle = ALSOracle(
            likes, users: Self.users, items: Self.items, features: try Self.features(), featureCount: Self.tags, fit: fit)
        #expect(abs(oracle.objective() - values[11]) < 1e-5 * values[11])
    }

    @Test("With a pull of 0 rows are fitted as if they had no features, and features follow them", arguments: [false, true])
    func noPull(isExact: Bool) throws {
        var settings = Self.settings(6, isExact ? .exact : .conjugateGradients)
        (settings.featurePull, settings.iterations) = (0, 3)
        var (plain, fit) = (try Self.fit(settings, tags: false), try Self.fit(settings))
        var values: [Double] = []
        for _ in 0..<3 {
            try plain.run(iterations: 1)
            try fit.run(iterations: 1)
            #expect(fit.objective() == plain.objective())
            values.append(fit.objective())
        }
        #expect(zip(values, values.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-6) })
        let (without, with) = (plain.model(), fit.model())
        #expect(with.users == without.users)
        let likes = with.itemLikes
        for item in 0..<Self.items where likes[item] > 0 { #expect(with.items.vector(item) == without.items.vector(item)) }
        // (1 + Σ s F Fᵀ) T = Σ s F y, with s = ω ÷ ω̄.
        let rows = try Self.features()
        var (matrix, right) = ((0..<Self.tags).map { f in (0..<Self.tags).map { f == $0 ? 1.0 : 0 } }, [[Double]]())
        right = Array(repeating: [Double](repeating: 0, count: 6), count: Self.tags)
        for item in 0..<Self.items where likes[item] > 0 {
            let weight = fit.terms.itemWeight(likes: Int(likes[item]), settings) / fit.terms.meanItemWeight
            for (f, x) in rows.features(of: item) {
                for (g, y) in rows.features(of: item) { matrix[Int(f)][Int(g)] += weight * Double(x) * Double(y) }
                for c in 0..<6 { right[Int(f)][c] += weight * Double(x) * Double(with.items.vector(item)[c]) }
            }
        }
        var table = fit.itemSide
        for _ in 0..<10 { table.solveFeatures(steps: 20, threads: 1) }
        for c in 0..<6 {
            for (f, value) in ALSOracle.solve(matrix, right.map { $0[c] }).enumerated() {
                #expect(abs(Double(table.table.vector(f)[c]) - value) < 1e-4)
            }
        }
        #expect((0..<Self.tags).contains { with.itemFeatures.vector($0).contains { $0 != 0 } })
        #expect(with.itemFeaturePrecisions.contains { $0 > 0 })
    }

    @Test("Many steps of conjugate gradients end where exact solves do")
    func converges() throws {
        var settings = Self.settings(8, .conjugateGradients)
        settings.steps = 60
        var (fit, exact) = (
            try Self.fit(settings),
            try Self.fit(
                {
                    var s = Self.settings(8); s.steps = 60; return s
                }())
        )
        try fit.run()
        try exact.run()
        #expect(abs(fit.objective() - exact.objective()) < 1e-4 * exact.objective())
    }

    @Test("Any number of threads gives the same bits", arguments: LeastSquaresSettings.Solver.allCases)
    func threads(solver: LeastSquaresSettings.Solver) throws {
        let world = try PlantedLikes(seed: 4)
        func model(_ threads: Int) throws -> LeastSquaresModel {
            var settings = Self.settings(20, solver)
            settings.threads = threads
            var fit = try AlternatingLeastSquares(
                world.interactions, users: PlantedLikes.users, items: PlantedLikes.items, itemFeatures: world.itemFeatures,
                itemFeatureCount: PlantedLikes.groups, settings: settings)
            try fit.run()
            return fit.model()
        }
        let one = try model(1)
        #expect(try model(2) == one)
        #expect(try model(3) == one)
    }

    @Test("Rows without likes are what their features say, or zero, and stay out of the Gram matrix")
    func coldRows() throws {
        var fit = try Self.fit(Self.settings(6))
        try fit.run()
        let model = fit.model()
        let cold = Self.items - 1
        let list = try Self.features().features(of: cold)
        for (component, value) in model.items.vector(cold).enumerated() {
            let expected = list.reduce(Float(0)) { $0 + $1.weight * model.itemFeatures.vector(Int($1.feature))[component] }
            #expect(abs(value - expected) < 1e-6)
        }
        #expect(model.items.vector(cold).contains { $0 != 0 })
        #expect(model.users.vector(Self.users - 1).allSatisfy { $0 == 0 })
        let gram = (0..<cold).reduce(0.0) { $0 + model.items.dot($1, model.items, $1) }
        #expect(abs((0..<6).reduce(0.0) { $0 + model.itemGram[$1 * 7] } - gram) < 1e-4 * gram)
    }

    @Test("Singular systems have finite solutions", arguments: LeastSquaresSettings.Solver.allCases)
    func singular(solver: LeastSquaresSettings.Solver) throws {
        for (regularization, unobserved): (Float, Float) in [(0, 0), (0, 1), (0.01, 0)] {
            var settings = Self.settings(32, solver)
            (settings.regularization, settings.unobservedWeight) = (regularization, unobserved)
            var fit = try Self.fit(settings)
            try fit.run()
            #expect(fit.objective().isFinite)
            var single = try AlternatingLeastSquares(
                Interactions(users: [0], items: [0]), users: 1, items: 1, settings: settings)
            try single.run()
            #expect(single.objective().isFinite)
        }
        var empty = try AlternatingLeastSquares(Interactions(users: [], items: []), users: 3, items: 2, settings: Self.settings(4, solver))
        try empty.run()
        #expect(empty.model().users.vector(0) == [0, 0, 0, 0])
    }

    @Test("Weights of 1e30 give a finite model or name a row")
    func heavy() throws {
        for solver in LeastSquaresSettings.Solver.allCases {
            var likes = Self.likes()
            likes.weights = likes.users.map { $0 == 4 ? 1e30 : 1 }
            var fit = try Self.fit(Self.settings(8, solver), likes)
            do {
                try fit.run()
                let model = fit.model()
                #expect(model.users.values.array.allSatisfy(\.isFinite) && model.items.values.array.allSatisfy(\.isFinite))
            } catch {
                guard case .notSolvable = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(error.description.contains("no finite solution in iteration"))
            }
        }
    }

    @Test("A stop keeps what was done")
    func stops() throws {
        var fit = try Self.fit(Self.settings(8, .conjugateGradients))
        let outcome = try fit.run { if case .iteration = $0 { .stop } else { .carryOn } }
        #expect(outcome == .stoppedAfter(iteration: 1))
        var one = try Self.fit(Self.settings(8, .conjugateGradients))
        try one.run(iterations: 1)
        #expect(fit.model() == one.model())
        try fit.run(iterations: 3)
        try one.run(iterations: 3)
        #expect(fit.model() == one.model())
    }

    @Test("Settings and inputs that cannot be used are refused by name")
    func refusals() throws {
        let changes: [(String, (inout LeastSquaresSettings) -> Void)] = [
            ("components", { $0.components = 0 }), ("iterations", { $0.iterations = -1 }), ("steps", { $0.steps = 0 }),
            ("regularization", { $0.regularization = -1 }), ("unobservedWeight", { $0.unobservedWeight = .nan }),
            ("unobservedFactor", { $0.unobservedFactor = .infinity }), ("featurePull", { $0.featurePull = 1.1 }),
            ("confidenceScale", { $0.confidenceScale = -1 }), ("confidenceUnit", { $0.confidenceUnit = 0 }),
            ("initialLength", { $0.initialLength = 0 }), ("threads", { $0.threads = 0 }),
        ]
        for (name, change) in changes {
            var settings = LeastSquaresSettings()
            change(&settings)
            let error = #expect(throws: TrainingError.self) { try settings.validate() }
            guard case .badHyperparameter(let found, _, _) = error else { continue }
            #expect(found == name)
        }
        #expect(throws: TrainingError.self) {
            try AlternatingLeastSquares(
                Self.likes(), users: Self.users, items: Self.items, itemFeatures: Self.features(), itemFeatureCount: 2)
        }
    }
}
