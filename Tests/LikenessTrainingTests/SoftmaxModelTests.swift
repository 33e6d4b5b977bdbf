import Testing

@testable import LikenessTraining

/// What a softmax stage gives: the model, whatever the threads, and where rows belong that it did not have.
@Suite struct SoftmaxModelTests {
    private static func stage(
        _ likes: Interactions = ALSTests.likes(), _ change: (inout SoftmaxSettings) -> Void = { _ in }
    ) throws -> CosineSoftmax {
        var fit = try ALSTests.fit(ALSTests.settings(20), likes)
        try fit.run(iterations: 2)
        var settings = SoftmaxSettings()
        (settings.batch, settings.negatives, settings.group) = (16, 32, 3)
        change(&settings)
        return try CosineSoftmax(start: fit.model(), likes, itemFeatures: ALSTests.features(), settings: settings)
    }

    @Test("The model is the same to the bit for any number of threads", arguments: [2, 3, 7], [false, true])
    func threads(count: Int, hasWeights: Bool) throws {
        let likes = ALSTests.likes(weights: hasWeights, dislikes: hasWeights)
        var (one, many) = (try Self.stage(likes), try Self.stage(likes) { $0.threads = count })
        try one.run()
        try many.run()
        #expect(one.model() == many.model())
    }

    @Test("A run that goes on trains what one longer run would")
    func goesOn() throws {
        var (whole, parts) = (try Self.stage(), try Self.stage())
        try whole.run()
        try parts.run(epochs: 2)
        try parts.run(epochs: 3)
        #expect(whole.model() == parts.model() && parts.epochsDone == 5)
    }

    @Test("Rows with likes have a length of 1, items without likes are their features, and no Gram matrix is left")
    func lengths() throws {
        var stage = try Self.stage()
        try stage.run()
        let model = stage.model()
        for (vectors, likes) in [(model.users, model.userLikes), (model.items, model.itemLikes)] {
            for row in likes.indices where likes[row] > 0 { #expect(abs(vectors.dot(row, vectors, row) - 1) < 1e-5) }
        }
        // The last item has no likes.
        let cold = ALSTests.items - 1
        let features = try ALSTests.features()
        var said = [Double](repeating: 0, count: 20)
        for entry in features.offsets[cold]..<features.offsets[cold + 1] {
            let vector = model.itemFeatures.vector(Int(features.columns[entry]))
            for c in said.indices { said[c] += Double(features.weights[entry] * vector[c]) }
        }
        let length = said.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(zip(model.items.vector(cold), said).allSatisfy { abs(Double($0) - $1 / length) < 1e-5 })
        #expect(model.itemGram.isEmpty && model.centers?.items.count == 20)
    }

    @Test("Dislikes are neither trained nor pushed away, and likes of no weight are not trained")
    func dislikes() throws {
        var likes = ALSTests.likes(weights: true, dislikes: true)
        likes.weights?[3] = 0
        let stage = try Self.stage(likes)
        let liked = likes.values?.indices.count { (likes.values?[$0] ?? 0) > 0 && $0 != 3 }
        #expect(stage.likes.count == liked)
        #expect(stage.opinions.count == likes.users.count)
        #expect(!stage.drawn.contains(UInt32(ALSTests.items - 1)), "nobody likes it")
    }

    @Test("Weights of 1e30 stop the fit with a row's name")
    func diverges() throws {
        var likes = ALSTests.likes(weights: true)
        likes.weights = likes.weights?.map { _ in 1 }
        var fit = try ALSTests.fit(ALSTests.settings(7), likes)
        try fit.run(iterations: 2)
        let model = fit.model()
        likes.weights = likes.weights?.map { _ in 1e30 }
        var stage = try CosineSoftmax(start: model, likes, itemFeatures: ALSTests.features())
        let error = #expect(throws: TrainingError.self) { try stage.run() }
        guard case .diverged = error else { return #expect(error == nil, "it is \(String(describing: error))") }
    }

    @Test("A stop within an epoch, after one, and settings that cannot be")
    func stops() throws {
        var stage = try Self.stage()
        let outcome = try stage.run { if case .epoch = $0 { .stop } else { .carryOn } }
        #expect(outcome == .stoppedAfter(epoch: 1))
        for change: (inout SoftmaxSettings) -> Void in [
            { $0.temperature = 0 }, { $0.temperature = .nan }, { $0.batch = 0 }, { $0.negatives = 8 }, { $0.negatives = 40 },
            { $0.group = 0 },
            { $0.learningRate = -1 }, { $0.accumulatorStart = 0 }, { $0.epochs = -1 }, { $0.threads = 0 },
        ] {
            #expect(throws: TrainingError.self) { try Self.stage(ALSTests.likes(), change) }
        }
    }

    @Test("Vectors are folded in as the equations have it")
    func foldIn() {
        let likes: [[Float]] = [[1, 0, 0], [0, 0.6, 0.8]]
        let center: [Float] = [0.2, 0.1, 0]
        func unit(_ x: [Double]) -> [Double] {
            let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return x.map { $0 / length }
        }
        func near(_ found: [Float], _ expected: [Double]) -> Bool { zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 } }
        let user = CosineFoldIn(.user, center: center)
        let item = CosineFoldIn(.item, center: center)
        #expect(near(user.vector(likes: likes), unit([1 - 0.2, 0.6 - 0.1, 0.8])))
        #expect(near(user.vector(likes: likes, confidences: [2, 1]), unit([2 - 0.3, 0.6 - 0.15, 0.8])))
        #expect(near(user.vector(likes: likes, features: [0, 0, 5]), unit([1 - 0.2, 0.6 - 0.1, 0.8 + 1])))
        #expect(near(user.vector(likes: [], features: [0, 3, 4]), [0, 0.6, 0.8]))
        #expect(user.vector(likes: []) == [0, 0, 0])
        #expect(near(item.vector(likes: likes), unit([1 - 7 * 0.2, 0.6 - 7 * 0.1, 0.8])))
        #expect(near(item.vector(likes: likes, features: [0, 3, 4]), unit([1 - 7 * 0.2, 0.6 - 7 * 0.1 + 3, 0.8 + 4])))
    }

    @Test("A continuation moves touched rows by what is new of them, and no other")
    func continues() throws {
        var stage = try Self.stage()
        try stage.run()
        let model = stage.model()
        let centers = try #require(model.centers)
        var update = LeastSquaresUpdate(
            users: model.users, items: model.items, userGram: [], itemGram: [], terms: model.terms, settings: ALSTests.settings(20))
        update.touchedUsers = .init(rows: [1, 4], offsets: [0, 2, 5], likes: [0, 3, 3, 5, 6])
        update.touchedItems = .init(rows: [3], offsets: [0, 2], likes: [1, 4])
        update.movesFeatures = false
        var news = LeastSquaresUpdate.News()
        (news.users, news.items) = ([1, 3], [0])
        try update.run(centers, news: news)
        for row in 0..<ALSTests.users where row != 1 && row != 4 { #expect(update.users.vector(row) == model.users.vector(row)) }
        #expect(update.items.vector(3) == model.items.vector(3), "nothing of it is new")
        let fold = CosineFoldIn(.user, center: centers.items)
        let whole = fold.vector(likes: [3, 5, 6].map { model.items.vector($0) })
        #expect(update.users.vector(4) == whole)
        let (older, newer) = (model.items.vector(0), model.items.vector(3))
        let length = zip(older, centers.items).reduce(0) { $0 + ($1.0 - $1.1 / 2) * ($1.0 - $1.1 / 2) }.squareRoot()
        let mixed = CosineFoldIn.unit((0..<20).map { length * model.users.vector(1)[$0] + newer[$0] - centers.items[$0] / 2 })
        #expect(zip(update.users.vector(1), mixed).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test("What is new of items is told from all that is new")
    func newsOfItems() throws {
        var stage = try Self.stage()
        try stage.run()
        let model = stage.model()
        let centers = try #require(model.centers)
        var update = LeastSquaresUpdate(
            users: model.users, items: model.items, userGram: [], itemGram: [], terms: model.terms, settings: ALSTests.settings(20))
        update.touchedItems = .init(rows: [3, 5], offsets: [0, 3, 5], likes: [1, 4, 2, 4, 6], isLike: [true, true, false, true, true])
        update.movesFeatures = false
        var news = LeastSquaresUpdate.News()
        // Of item 3 a like and a dislike are new, of item 5 both likes.
        news.items = [2, 2]
        try update.run(centers, news: news)
        func user(_ row: Int) -> [Double] { model.users.vector(row).map { Double($0) } }
        let mean = (0..<20).map { (20 * Double(centers.users[$0]) + 2 * user(4)[$0] + user(6)[$0]) / 23 }
        let length = zip(user(1), centers.users).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }.squareRoot()
        let moved = (0..<20).map { length * Double(model.items.vector(3)[$0]) + user(4)[$0] - mean[$0] }
        let folded = (0..<20).map { user(4)[$0] + user(6)[$0] - 7 * mean[$0] }
        for (row, expected) in [(3, moved), (5, folded)] {
            let scale = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(zip(update.items.vector(row), expected).allSatisfy { abs(Double($0) - $1 / scale) < 1e-5 }, "item \(row)")
        }
    }
}

extension FixedBuffer<UInt32> {
    fileprivate func contains(_ value: UInt32) -> Bool { (0..<count).contains { self[$0] == value } }
}
