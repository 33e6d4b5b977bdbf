import LikenessTraining
import Testing

/// The accuracy floors of LightFM's own tests on MovieLens-100k, on ratings of that shape; and LightFM itself beside ours.
@Suite struct FloorTests {
    static let planted = RatingsTrial(Ratings.planted())

    /// LightFM's floors: train and test precision at 10, train and test area under the curve. Its own figures on the planted ratings
    /// are above all of them but for BPR's areas, which are at .90 and .86.
    static let table: [String: (Double, Double, Double, Double)] = [
        "logistic": (0.30, 0.03, 0.79, 0.73), "bpr": (0.45, 0.07, 0.89, 0.84), "bpr, 4 threads": (0.45, 0.07, 0.89, 0.84),
        "warp": (0.45, 0.07, 0.94, 0.90), "warp, 4 threads": (0.45, 0.07, 0.90, 0.90),
        "warp, adadelta": (0.45, 0.07, 0.94, 0.90), "warp, adadelta, 4 threads": (0.45, 0.07, 0.90, 0.90),
        "warp-kos": (0.44, 0.06, 0.90, 0.87), "logistic, weights 0.5": (0, 0, 0.74, 0),
        "bpr, weights 0.5": (0, 0, 0.84, 0), "warp, weights 0.5": (0, 0, 0.89, 0),
    ]

    /// How far below LightFM's mean a figure may lie: three standard deviations, and what the mean of a few seeds of our own may be off.
    static func slack(_ name: String, _ trial: Floors.Case) -> Double {
        max(3 * (trial.deviation[name] ?? 0), name.hasSuffix("Precision") ? 0.012 : 0.008)
    }

    @Test("The planted ratings are those that LightFM was measured on")
    func sameRatings() {
        let ratings = Self.planted.ratings
        #expect(ratings.ratings.count == 100_000 && ratings.users == 943 && ratings.items == 1_682)
        #expect(String(ratings.checksum) == Floors.recorded.planted.checksum)
    }

    @Test("Planted ratings: at least LightFM's floors and LightFM's own figures", arguments: Floors.recorded.planted.cases)
    func planted(trial: Floors.Case) throws {
        let found = try Self.planted.means(trial)
        Self.compare(found, with: trial)
        if let floor = Self.table[trial.name] {
            let names = ["trainPrecision", "testPrecision", "trainAUC", "testAUC"]
            for (name, least) in zip(names, [floor.0, floor.1, floor.2, floor.3]) {
                #expect(try #require(found[name]) > least, "\(trial.name): \(name)")
            }
        }
    }

    @Test(
        "MovieLens: at least LightFM's own figures",
        .enabled(if: Ratings.movieLensFile != nil, "LIKENESS_DATA names no folder with ml-latest-small"),
        arguments: Floors.recorded.movielens.cases)
    func movieLens(trial: Floors.Case) throws {
        let ratings = try Ratings.movieLens(#require(Ratings.movieLensFile))
        #expect(String(ratings.checksum) == Floors.recorded.movielens.checksum)
        Self.compare(try RatingsTrial(ratings).means(trial), with: trial)
    }

    /// Ranking losses are told by precision and areas of rankings, logistic loss by the area over rated pairs too.
    static func compare(_ found: Floors.Figures, with trial: Floors.Case) {
        if trial.alpha != nil {
            // The same α shrinks ours more, since LightFM's running scale spares what was touched: the floor of its tests holds.
            #expect(found["trainROC"] ?? 0 > 0.8 && found["testROC"] ?? 0 > 0.75, "\(trial.name): \(found)")
            return
        }
        for (name, theirs) in trial.mean.sorted(by: { $0.key < $1.key }) {
            if name.hasSuffix("ROC") && trial.loss != .logistic { continue }
            let ours = found[name] ?? .nan
            #expect(ours >= theirs - slack(name, trial), "\(trial.name): \(name) is \(ours), LightFM's \(theirs)")
        }
    }

    @Test("α = 1 and weights of 0 leave a model that knows nothing", arguments: Hyperparameters.Loss.allCases)
    func nothingLearned(loss: Hyperparameters.Loss) throws {
        var choice = Hyperparameters()
        (choice.loss, choice.components, choice.epochs, choice.threads) = (loss, 10, 10, 4)
        (choice.itemRegularization, choice.userRegularization) = (1, 1)
        let shrunk = try Self.planted.figures(of: Self.planted.trained(choice, Self.planted.interactions()))
        #expect(try #require(shrunk["trainROC"]) < 0.65 && #require(shrunk["testROC"]) < 0.65, "\(shrunk)")
        (choice.itemRegularization, choice.userRegularization) = (0, 0)
        let fresh = Self.planted.model(choice)
        let unmoved = try Self.planted.trained(choice, Self.planted.interactions(weight: 0))
        #expect(unmoved == fresh, "not even the optimiser's state moves")
        let area = try #require(try Self.planted.figures(of: unmoved)["trainAUC"])
        #expect(0.45 < area && area < 0.55)
    }

    @Test("Long fits at a high rate stay alive and useful with regularisation", arguments: [Float(0), 1e-6, 1e-5, 1e-4, 2.354e-4])
    func longFits(regularization: Float) throws {
        var choice = Hyperparameters()
        (choice.components, choice.epochs, choice.learningRate) = (104, 168, 0.09126)
        (choice.itemRegularization, choice.userRegularization) = (regularization, regularization)
        let model = try Self.planted.trained(choice, Self.planted.interactions())
        #expect(model.tables.allSatisfy { $0.embeddings.array.allSatisfy(\.isFinite) })
        let figures = try Self.planted.figures(of: model)
        #expect(try #require(figures["testAUC"]) > 0.85, "\(figures)")
    }

    @Test("Values do not scale a step, 0 is as good as −1, and identity rows are as good as none")
    func equalInputs() throws {
        for loss in [Hyperparameters.Loss.logistic, .bpr, .warp] {
            var choice = Hyperparameters()
            (choice.loss, choice.components, choice.epochs) = (loss, 10, 2)
            let expected = try Self.planted.trained(choice, Self.planted.interactions())
            for (like, dislike) in [(Float(5), Float(-5)), (1, 0)] {
                #expect(
                    try Self.planted.trained(choice, Self.planted.interactions(like: like, dislike: dislike)) == expected)
            }
            let items = Self.planted.ratings.items
            let identity = try FeatureRows(
                [[(feature: UInt32, weight: Float)]](repeating: [], count: items),
                identityWeights: [Float](repeating: 1, count: items))
            #expect(try Self.planted.trained(choice, Self.planted.interactions(), features: identity) == expected)
        }
    }

    @Test("Ten times one epoch equal ten at once")
    func resuming() throws {
        var choice = Hyperparameters()
        (choice.loss, choice.components, choice.epochs) = (.logistic, 10, 10)
        let whole = try Self.planted.trained(choice, Self.planted.interactions())
        var (model, state) = (Self.planted.model(choice), TrainingState(seed: choice.seed))
        for _ in 0..<10 {
            var trainer = try Trainer(
                model: model, interactions: Self.planted.interactions(), hyperparameters: choice, state: state)
            try trainer.run(epochs: 1)
            (model, state) = (trainer.model, trainer.state)
        }
        #expect(model == whole)
    }

    @Test("WARP stays finite at high learning rates, and 1e7 is refused", arguments: [Float(0.05), 0.1, 0.5, 1e7])
    func learningRates(rate: Float) throws {
        var choice = Hyperparameters()
        (choice.components, choice.epochs, choice.learningRate) = (10, 10, rate)
        if rate < 1 {
            let model = try Self.planted.trained(choice, Self.planted.interactions())
            #expect(model.tables.allSatisfy { $0.embeddings.array.allSatisfy(\.isFinite) })
        } else {
            let error = #expect(throws: TrainingError.self) {
                _ = try Self.planted.trained(choice, Self.planted.interactions())
            }
            guard case .diverged(let epoch, _, _) = error else {
                Issue.record("expected divergence, found \(String(describing: error))")
                return
            }
            #expect(epoch >= 1)
        }
    }
}
