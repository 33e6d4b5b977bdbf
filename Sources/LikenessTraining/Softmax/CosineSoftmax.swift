import CVectorKernels
import RandomNumbers

/// What a softmax stage is told.
public struct SoftmaxSettings: Codable, Sendable, Equatable {
    /// What cosines are divided by (τ).
    public var temperature: Float = 0.1
    /// Likes that share their negatives.
    public var batch = 128
    /// Uniform negatives of a batch; a multiple of 16.
    public var negatives = 128
    /// The rate of adagrad.
    public var learningRate: Float = 0.1
    /// Where its sums of squared gradients start.
    public var accumulatorStart: Float = 0.1
    /// Passes over the likes; 3 do for large sets.
    public var epochs = 5
    /// Where the random numbers start.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}

    /// Checks every value.
    /// - Throws: ``TrainingError/badHyperparameter(name:value:rule:)`` for the first that cannot be used.
    public func validate() throws(TrainingError) {
        func require(_ holds: Bool, _ name: String, _ value: String, _ rule: String) throws(TrainingError) {
            guard holds else { throw .badHyperparameter(name: name, value: value, rule: rule) }
        }
        try require(temperature.isFinite && temperature >= 1e-6, "temperature", "\(temperature)", "it must be 1e-6 or more; 0.1 is usual")
        try require((1...4096).contains(batch), "batch", "\(batch)", "it must be 1 to 4096; 128 is usual")
        try require(
            (16...4096).contains(negatives) && negatives % 16 == 0, "negatives", "\(negatives)",
            "it must be a multiple of 16 up to 4096; 128 is usual")
        try require(
            learningRate.isFinite && learningRate > 0, "learningRate", "\(learningRate)", "it must be a positive number; 0.1 is usual")
        try require(
            accumulatorStart.isFinite && accumulatorStart > 0, "accumulatorStart", "\(accumulatorStart)", "it must be a positive number")
        try require(epochs >= 0, "epochs", "\(epochs)", "it must be 0 or more; 5 is usual")
    }
}

/// Trains users x and items y = e + F T by the softmax of the cosine of each like against shared uniform negatives:
/// minimises −τ ln [exp(cos(x, y) / τ) / (exp(cos(x, y) / τ) + Σ_negatives exp(cos(x, n) / τ))].
///
/// The negatives that the user likes are left out of the sum. Steps are of adagrad, on one thread, in an order that the seed decides, so that the
/// model is reproducible to the bit on one machine. The results are to be scored by cosine: ``scoresByCosine``.
/// ```swift
/// var stage = try CosineSoftmax(start: fit.model(), likes, itemFeatures: tags)
/// try stage.run()
/// ```
package struct CosineSoftmax: Sendable {
    /// Rankings by these vectors go by the cosine, not by the inner product.
    package static let scoresByCosine = true

    package let settings: SoftmaxSettings
    /// x, one a user.
    package internal(set) var users: FactorMatrix
    /// e, one an item: what is its own beside its features.
    package internal(set) var own: FactorMatrix
    /// T, one an item feature.
    package internal(set) var itemFeatures: FactorMatrix
    package private(set) var epochsDone = 0

    var userSquares, ownSquares, featureSquares: FactorMatrix
    let pull: PullRows?
    let pairs: [(user: UInt32, item: UInt32)]
    let liked: LikeLists

    /// Starts from a model of least squares, whose users and items are scaled to a mean square length of 1.
    /// - Throws: ``TrainingError`` if a setting or an input cannot be used.
    /// - Complexity: O(likes + (rows + feature entries) × d).
    package init(
        start model: LeastSquaresModel, _ likes: Interactions, itemFeatures features: FeatureRows? = nil,
        settings: SoftmaxSettings = SoftmaxSettings()
    ) throws(TrainingError) {
        try settings.validate()
        try likes.validate(userCount: model.users.rows, itemCount: model.items.rows)
        if let features, features.rows != model.items.rows {
            throw .sizeMismatch(what: "item feature rows", expected: model.items.rows, found: features.rows)
        }
        if let features, let bad = features.columns.firstIndex(where: { Int($0) >= model.itemFeatures.rows }) {
            throw .indexOutOfRange(
                what: "item feature", position: bad, index: Int(features.columns[bad]), count: model.itemFeatures.rows)
        }
        self.settings = settings
        (users, own, itemFeatures) = (model.users, model.items, model.itemFeatures)
        pull = features.map { PullRows($0) }
        func isLike(_ entry: Int) -> Bool { (likes.values?[entry] ?? 1) > 0 }
        func isPresent(_ entry: Int) -> Bool {
            (likes.presentUsers?[Int(likes.users[entry])] ?? true) && (likes.presentItems?[Int(likes.items[entry])] ?? true)
        }
        pairs = likes.users.indices.filter { isLike($0) && isPresent($0) }.map { (likes.users[$0], likes.items[$0]) }
        liked = LikeLists(
            keys: likes.users, others: likes.items, weights: nil, keeps: { isLike($0) && isPresent($0) }, rows: model.users.rows)
        let userScale = Self.scale(model.userGram, count: model.terms.users, components: model.users.components)
        let itemScale = Self.scale(model.itemGram, count: model.terms.items, components: model.items.components)
        func squares(_ rows: Int) -> FactorMatrix {
            var matrix = FactorMatrix(rows: rows, components: model.users.components)
            matrix.values = AlignedFloats(repeating: settings.accumulatorStart, count: matrix.rows * matrix.stride)
            return matrix
        }
        (userSquares, ownSquares) = (squares(users.rows), squares(own.rows))
        featureSquares = squares(itemFeatures.rows)
        Self.scale(&users, by: userScale)
        Self.scale(&own, by: itemScale)
        Self.scale(&itemFeatures, by: itemScale)
        removeFeatures()
    }

    /// 1 / the root of the mean squared length.
    private static func scale(_ gram: [Double], count: Int, components: Int) -> Float {
        let total = (0..<components).reduce(0) { $0 + gram[$1 * (components + 1)] }
        return total > 0 ? Float((Double(count) / total).squareRoot()) : 1
    }

    private static func scale(_ matrix: inout FactorMatrix, by factor: Float) {
        unsafe matrix.values.withUnsafeMutableBuffer { values in
            for place in values.indices { unsafe values[place] *= factor }
        }
    }

    /// e = y − F T.
    private mutating func removeFeatures() {
        guard let pull else { return }
        let (stride, rows) = (own.stride, own.rows)
        let scratch = AlignedBuffer(count: stride)
        let start = unsafe own.values.uniqueStart()
        unsafe itemFeatures.values.withUnsafeBuffer { table in
            guard let table = table.baseAddress else { return }
            for row in 0..<rows {
                unsafe pull.sum(row, of: table, stride: stride, into: scratch.start)
                for lane in 0..<stride { unsafe start[row * stride + lane] -= scratch.start[lane] }
            }
        }
    }

    /// y = e + F T of every item.
    /// - Complexity: O((items + feature entries) × d).
    package func items() -> FactorMatrix {
        var items = own
        guard let pull else { return items }
        let stride = own.stride
        let scratch = AlignedBuffer(count: stride)
        let start = unsafe items.values.uniqueStart()
        unsafe itemFeatures.values.withUnsafeBuffer { table in
            guard let table = table.baseAddress else { return }
            for row in 0..<items.rows {
                unsafe pull.sum(row, of: table, stride: stride, into: scratch.start)
                for lane in 0..<stride { unsafe start[row * stride + lane] += scratch.start[lane] }
            }
        }
        return items
    }

    /// Trains epochs.
    /// - Parameter progress: called after each epoch with its number and mean loss; may ask to stop.
    /// - Throws: ``TrainingError/diverged(epoch:kind:row:)`` or ``TrainingError/scoresOverflowed(epoch:)``.
    /// - Complexity: an epoch takes O(likes × (negatives × d + feature entries of an item × d)).
    package mutating func run(
        epochs: Int? = nil, progress: (_ epoch: Int, _ meanLoss: Double) -> TrainingDecision = { _, _ in .carryOn }
    ) throws(TrainingError) {
        let last = epochsDone + (epochs ?? settings.epochs)
        guard !pairs.isEmpty, own.rows > 0 else { return }
        let memory = SoftmaxMemory(self)
        while epochsDone < last {
            let epoch = epochsDone + 1
            var random = SplitMix64(seed: SplitMix64.mix(settings.seed, UInt64(epoch)))
            var order = pairs
            unsafe order.withUnsafeMutableBufferPointer { unsafe random.shuffle(&$0) }
            var loss = 0.0
            for first in stride(from: 0, to: order.count, by: settings.batch) {
                let batch = order[first..<min(first + settings.batch, order.count)]
                let bound = UInt64(own.rows)
                let negatives = (0..<settings.negatives).map { _ in UInt32(truncatingIfNeeded: random.next(below: bound)) }
                loss += gradients(batch, negatives, memory)
                step(batch, negatives, memory)
            }
            guard loss.isFinite else { throw .scoresOverflowed(epoch: epoch) }
            epochsDone = epoch
            if progress(epoch, loss / Double(order.count)) == .stop { return }
        }
    }
}
