import CVectorKernels
import LikenessFormat
import RandomNumbers
import WorkerThreads

/// Trains users x and items y = e + F T by the softmax of the cosine of each like against shared uniform negatives:
/// minimises −τ ln [exp(cos(x, y) / τ) / (exp(cos(x, y) / τ) + Σ_negatives exp(cos(x, n) / τ))], times the like's weight.
///
/// Negatives that the user has an opinion of are left out of the sum, dislikes among them, and items without likes are not drawn. Steps are of
/// adagrad, in an order that the seed decides. Batches go in groups of ``SoftmaxSettings/group``: the gradients of a group are all taken before its
/// steps are made, so that threads share the batches of a group, and then the numbers of the vectors. The model is the same to the bit for any
/// number of threads on one machine. Rankings by these vectors go by the cosine, which ``model()`` makes an inner product of.
/// ```swift
/// var stage = try CosineSoftmax(start: fit.model(), likes, itemFeatures: tags)
/// try stage.run()
/// let model = stage.model()
/// ```
package struct CosineSoftmax: Sendable {
    package let settings: SoftmaxSettings
    /// x, one a user.
    package internal(set) var users: FactorMatrix
    /// e, one an item: what is its own beside its features.
    package internal(set) var own: FactorMatrix
    /// T, one an item feature.
    package internal(set) var itemFeatures: FactorMatrix
    /// Passes made so far.
    package private(set) var epochsDone = 0

    var userSquares, ownSquares, featureSquares: FactorMatrix
    let pull: PullRows?
    let likes: SoftmaxLikes
    /// What each user has an opinion of.
    let opinions: LikeLists
    /// Items that may be drawn as negatives.
    let drawn: FixedBuffer<UInt32>
    /// What the stage starts from, for what it does not train.
    private let start: LeastSquaresModel
    private let userPull: PullRows?

    /// Starts from a model of least squares, whose users and items are scaled to a mean square length of 1.
    /// - Parameters:
    ///   - likes: those that the model was fitted on; dislikes are entries with a value of 0 or less.
    ///   - itemFeatures: what items are made of.
    ///   - userFeatures: what users are made of; their vectors follow the users in the end.
    /// - Throws: ``TrainingError`` if a setting or an input cannot be used.
    /// - Complexity: O(likes + (rows + feature entries) × d).
    package init(
        start model: LeastSquaresModel, _ likes: Interactions, itemFeatures features: FeatureRows? = nil,
        userFeatures: FeatureRows? = nil, settings: SoftmaxSettings = SoftmaxSettings()
    ) throws(TrainingError) {
        try settings.validate()
        try likes.validate(userCount: model.users.rows, itemCount: model.items.rows)
        try Self.check(features, "item", rows: model.items.rows, columns: model.itemFeatures.rows)
        try Self.check(userFeatures, "user", rows: model.users.rows, columns: model.userFeatures.rows)
        self.settings = settings
        start = model
        (users, own, itemFeatures) = (model.users, model.items, model.itemFeatures)
        pull = features.map { PullRows($0) }
        userPull = userFeatures.map { PullRows($0) }
        func isPresent(_ entry: Int) -> Bool {
            (likes.presentUsers?[Int(likes.users[entry])] ?? true) && (likes.presentItems?[Int(likes.items[entry])] ?? true)
        }
        let trained = likes.users.indices.filter {
            isPresent($0) && (likes.values?[$0] ?? 1) > 0 && (likes.weights?[$0] ?? 1) > 0
        }
        self.likes = SoftmaxLikes(
            users: FixedBuffer(trained.map { likes.users[$0] }, or: 0), items: FixedBuffer(trained.map { likes.items[$0] }, or: 0),
            weights: likes.weights.map { weights in FixedBuffer(trained.map { weights[$0] }, or: 1) })
        opinions = LikeLists(keys: likes.users, others: likes.items, weights: nil, keeps: isPresent, rows: model.users.rows)
        drawn = FixedBuffer(
            model.itemLikes.indices.filter { model.itemLikes[$0] > 0 }.map { UInt32(truncatingIfNeeded: $0) }, or: 0)
        func squares(_ rows: Int) -> FactorMatrix {
            var matrix = FactorMatrix(rows: rows, components: model.users.components)
            matrix.values = AlignedFloats(repeating: settings.accumulatorStart, count: matrix.rows * matrix.stride)
            return matrix
        }
        (userSquares, ownSquares) = (squares(users.rows), squares(own.rows))
        featureSquares = squares(itemFeatures.rows)
        let itemScale = Self.scale(model.itemGram, count: model.terms.items, components: model.items.components)
        users.scale(by: Self.scale(model.userGram, count: model.terms.users, components: model.users.components))
        own.scale(by: itemScale)
        itemFeatures.scale(by: itemScale)
        own.add(-1, pull, of: itemFeatures)
        // Items without likes are their features alone, and may have been scaled.
        for item in model.itemLikes.indices where model.itemLikes[item] == 0 {
            for lane in 0..<own.stride { own.values[item * own.stride + lane] = 0 }
        }
    }

    private static func check(_ features: FeatureRows?, _ kind: String, rows: Int, columns: Int) throws(TrainingError) {
        guard let features else { return }
        guard features.rows == rows else {
            throw .sizeMismatch(what: "\(kind) feature rows", expected: rows, found: features.rows)
        }
        guard let bad = features.columns.firstIndex(where: { Int($0) >= columns }) else { return }
        throw .indexOutOfRange(what: "\(kind) feature", position: bad, index: Int(features.columns[bad]), count: columns)
    }

    /// 1 / the root of the mean squared length.
    private static func scale(_ gram: [Double], count: Int, components: Int) -> Float {
        let total = (0..<components).reduce(0) { $0 + gram[$1 * (components + 1)] }
        return total > 0 ? Float((Double(count) / total).squareRoot()) : 1
    }

    /// y = e + F T of every item.
    /// - Complexity: O((items + feature entries) × d).
    package func items() -> FactorMatrix {
        var items = own
        items.add(1, pull, of: itemFeatures)
        return items
    }

    /// The scale of items without likes, if there are any: see ``ColdItems``.
    private func coldItemScale(_ model: LeastSquaresModel) -> Double? {
        let known = model.itemLikes.indices.filter { model.itemLikes[$0] > 0 && pull?.hasFeatures($0) == true }
        guard model.itemLikes.contains(0), let pull, let cold = ColdItems(known) else { return nil }
        var said = pull.sums(cold.trial, of: itemFeatures)
        said.makeUnit()
        return cold.scale(
            cold: said, users: model.users, items: model.items, likes: opinions, itemLikes: model.itemLikes.map { Int($0) },
            threads: settings.threads)
    }

    /// The model as trained so far, with users and items at length 1: their inner products are cosines. Items without likes are scaled.
    /// Features keep the scale of y = e + F T; those of users say what the users have become.
    /// - Complexity: O((users + items + feature entries) × d).
    package func model() -> LeastSquaresModel {
        var model = start
        (model.users, model.items, model.itemFeatures) = (users, items(), itemFeatures)
        model.users.makeUnit()
        model.items.makeUnit()
        if let userPull {
            let scales = model.userLikes.map { Float($0 > 0 ? 1 : 0) }
            let solver = FeatureSolver(pull: userPull, scales: scales, priors: [Float](repeating: 1, count: model.userFeatures.rows))
            solver.solve(&model.userFeatures, rows: model.users, steps: 10, threads: settings.threads)
            model.users.fill(model.userLikes, userPull, of: model.userFeatures)
            model.users.makeUnit()
        }
        (model.userGram, model.itemGram) = ([], [])
        model.terms.coldItemScale = coldItemScale(model)
        if let scale = model.terms.coldItemScale {
            for item in model.itemLikes.indices where model.itemLikes[item] == 0 { model.items.scale(item, by: Float(scale)) }
        }
        model.centers = SoftmaxCenters(users: model.users.mean(model.userLikes), items: model.items.mean(model.itemLikes))
        return model
    }

    /// Trains epochs.
    /// - Parameters:
    ///   - epochs: how many more; nil for as many as the settings say.
    ///   - progress: called on this thread, a few times a second and after each epoch; may ask to stop.
    /// - Throws: ``TrainingError/diverged(epoch:kind:row:)`` or ``TrainingError/scoresOverflowed(epoch:)``.
    /// - Complexity: an epoch takes O(likes × (negatives × d + feature entries of an item × d)).
    @discardableResult
    package mutating func run(
        epochs: Int? = nil, progress: (TrainingProgress) -> TrainingDecision = { _ in .carryOn }
    ) throws(TrainingError) -> TrainingOutcome {
        let last = epochsDone + (epochs ?? settings.epochs)
        guard likes.count > 0, drawn.count > 0 else { return .finished }
        let order = FixedBuffer<UInt32>(repeating: 0, count: likes.count)
        while epochsDone < last {
            let epoch = epochsDone + 1
            var random = SplitMix64(seed: SplitMix64.mix(settings.seed, UInt64(epoch)))
            for place in 0..<order.count { unsafe order.start[place] = UInt32(truncatingIfNeeded: place) }
            unsafe order.withMutable(0..<order.count) { unsafe random.shuffle(&$0) }
            let (clock, begin) = (ContinuousClock(), ContinuousClock.now)
            guard let loss = pass(order, epoch, &random, progress) else { return .stoppedWithin(epoch: epoch) }
            if let (kind, row) = brokenRow { throw .diverged(epoch: epoch, kind: kind, row: row) }
            guard loss.isFinite else { throw .scoresOverflowed(epoch: epoch) }
            epochsDone = epoch
            let report = EpochReport(
                epoch: epoch, examples: likes.count, updates: likes.count, meanLoss: loss / Double(likes.count),
                seconds: (clock.now - begin) / .seconds(1))
            if progress(.epoch(report)) == .stop, epoch < last { return .stoppedAfter(epoch: epoch) }
        }
        return .finished
    }

    /// One pass over the likes; nil if it was stopped, else the sum of their losses.
    private mutating func pass(
        _ order: FixedBuffer<UInt32>, _ epoch: Int, _ random: inout SplitMix64, _ progress: (TrainingProgress) -> TrainingDecision
    ) -> Double? {
        let tables = tables()
        let (settings, stride, likes, drawn) = (settings, users.stride, likes, drawn)
        let batches = (0..<settings.group).map { _ in SoftmaxBatch(settings, stride: stride) }
        let threads = max(1, min(settings.threads, max(settings.group, stride / 16)))
        let scratches = (0..<threads).map { _ in SoftmaxScratch(settings, stride: stride, items: own.rows) }
        let parts = min(threads, stride / 16)
        let lanes = (0..<parts).map { stride / 16 * $0 / parts * 16..<stride / 16 * ($0 + 1) / parts * 16 }
        let (clock, begin) = (ContinuousClock(), ContinuousClock.now)
        var lastTick = begin
        var loss = 0.0
        var isStopped = false
        WorkerCrew.run(threads: threads) { crew in
            var first = 0
            while first < order.count {
                var filled = 0
                while filled < batches.count, first < order.count {
                    let end = min(first + settings.batch, order.count)
                    batches[filled].fill(order, first..<end, of: likes, drawn: drawn, &random)
                    (filled, first) = (filled + 1, end)
                }
                let group = batches[..<filled]
                crew.work(batches: filled) { worker, batch in tables.compute(group[batch], scratches[worker]) }
                crew.work(batches: parts) { _, part in
                    for batch in group { tables.step(batch, lanes: lanes[part]) }
                }
                for batch in group { loss += batch.loss }
                let now = clock.now
                guard now - lastTick > .milliseconds(200) else { continue }
                lastTick = now
                let event = TrainingProgress.tick(
                    epoch: epoch, examplesDone: first, examplesInEpoch: order.count, meanLoss: loss / Double(first),
                    seconds: (now - begin) / .seconds(1))
                if progress(event) == .stop {
                    isStopped = true
                    return
                }
            }
        }
        return isStopped ? nil : loss
    }

    /// The vectors, in memory that is valid until this value is copied and written.
    mutating func tables() -> SoftmaxTables {
        unsafe SoftmaxTables(
            stride: users.stride, users: users.values.uniqueStart(), userSquares: userSquares.values.uniqueStart(),
            own: own.values.uniqueStart(), ownSquares: ownSquares.values.uniqueStart(), features: itemFeatures.values.uniqueStart(),
            featureSquares: featureSquares.values.uniqueStart(), pull: pull, opinions: opinions, settings: settings)
    }

    /// The first row that is not finite any more.
    private var brokenRow: (RowKind, Int)? {
        for (kind, matrix) in [(RowKind.user, users), (.item, own), (.itemFeature, itemFeatures)] {
            if let row = matrix.brokenRow { return (kind, row) }
        }
        return nil
    }

    /// Bytes that a stage needs, with the model that it starts from.
    package static func memoryNeeded(
        users: Int, items: Int, itemFeatures: Int, userFeatures: Int, entries: Int, featureEntries: Int, components: Int,
        hasWeights: Bool, settings: SoftmaxSettings
    ) -> Int {
        let stride = ParameterTable.stride(of: components)
        let vectors = 4 * (users + items + itemFeatures + userFeatures) * stride * 4
        let (scratch, batch) = SoftmaxScratch.bytes(settings, stride: stride, items: items)
        return vectors + entries * (hasWeights ? 28 : 24) + featureEntries * 16 + (users + items) * 12 + settings.threads * scratch
            + settings.group * batch
    }
}

extension FactorMatrix {
    /// Multiplies everything by a factor.
    fileprivate mutating func scale(by factor: Float) {
        unsafe values.withUnsafeMutableBuffer { values in
            for place in values.indices { unsafe values[place] *= factor }
        }
    }

    /// Adds a multiple of what features say to each row.
    fileprivate mutating func add(_ factor: Float, _ pull: PullRows?, of features: FactorMatrix) {
        guard let pull else { return }
        let (stride, rows) = (stride, rows)
        let scratch = AlignedBuffer(count: stride)
        let start = unsafe values.uniqueStart()
        unsafe features.values.withUnsafeBuffer { table in
            guard let table = table.baseAddress else { return }
            for row in 0..<rows {
                unsafe pull.sum(row, of: table, stride: stride, into: scratch.start)
                for lane in 0..<stride { unsafe start[row * stride + lane] += factor * scratch.start[lane] }
            }
        }
    }

    /// Makes rows without likes what their features say.
    mutating func fill(_ likes: [UInt32], _ pull: PullRows, of features: FactorMatrix) {
        let stride = stride
        let start = unsafe values.uniqueStart()
        unsafe features.values.withUnsafeBuffer { table in
            guard let table = table.baseAddress else { return }
            for row in likes.indices where likes[row] == 0 {
                unsafe pull.sum(row, of: table, stride: stride, into: start + row * stride)
            }
        }
    }

    /// Multiplies a row by a factor.
    package mutating func scale(_ row: Int, by factor: Float) {
        for c in 0..<components { values[row * stride + c] *= factor }
    }

    /// Gives rows a length of 1; those of zeros stay.
    /// - Parameter chosen: which rows; nil for all.
    package mutating func makeUnit(_ chosen: Range<Int>? = nil) {
        let stride = stride
        let start = unsafe values.uniqueStart()
        for row in chosen ?? 0..<rows {
            let length = unsafe training_dot(start + row * stride, start + row * stride, stride).squareRoot()
            if length > 0 { unsafe training_scale_row(start + row * stride, 1 / length, stride) }
        }
    }

    /// The mean of the rows with likes.
    func mean(_ likes: [UInt32]) -> [Float] {
        var sum = [Double](repeating: 0, count: components)
        let (stride, components) = (stride, components)
        unsafe values.withUnsafeBuffer { values in
            for row in likes.indices where likes[row] > 0 {
                for c in 0..<components { unsafe sum[c] += Double(values[row * stride + c]) }
            }
        }
        let count = Double(max(likes.count { $0 > 0 }, 1))
        return sum.map { Float($0 / count) }
    }

    /// The first row with a number that is not finite.
    var brokenRow: Int? {
        let (stride, rows) = (stride, rows)
        return unsafe values.withUnsafeBuffer { values in
            guard let start = values.baseAddress, unsafe training_all_finite(start, values.count) == 0 else { return nil }
            return (0..<rows).first { unsafe training_all_finite(start + $0 * stride, stride) == 0 }
        }
    }
}
