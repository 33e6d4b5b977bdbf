/// What training by the softmax of cosines is told, beside the fit by alternating least squares that it starts from.
///
/// ```swift
/// var softmax = SoftmaxSettings()
/// softmax.epochs = 3
/// ```
public struct SoftmaxSettings: Codable, Sendable, Equatable {
    /// What cosines are divided by (τ).
    public var temperature: Float = 0.1
    /// Likes that share their negatives.
    public var batch = 128
    /// Uniform negatives of a batch; a multiple of 16.
    public var negatives = 128
    /// Batches whose gradients are taken before any of their steps is made, so that threads can share them.
    public var group = 8
    /// The rate of adagrad.
    public var learningRate: Float = 0.1
    /// Where its sums of squared gradients start.
    public var accumulatorStart: Float = 0.1
    /// Passes over the likes.
    public var epochs = 5
    /// Worker threads; the model is the same to the bit for any number.
    public var threads = 1
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
        try require(
            temperature.isFinite && temperature >= 1e-6 && temperature <= 1e6, "temperature", "\(temperature)",
            "it must be 1e-6 to 1e6; 0.1 is usual")
        try require((1...4096).contains(batch), "batch", "\(batch)", "it must be 1 to 4096; 128 is usual")
        try require(
            (16...4096).contains(negatives) && negatives % 16 == 0, "negatives", "\(negatives)",
            "it must be a multiple of 16 up to 4096; 128 is usual")
        try require((1...256).contains(group), "group", "\(group)", "it must be 1 to 256; 8 is usual")
        try require(
            learningRate.isFinite && learningRate > 0, "learningRate", "\(learningRate)", "it must be a positive number; 0.1 is usual")
        try require(
            accumulatorStart.isFinite && accumulatorStart > 0, "accumulatorStart", "\(accumulatorStart)", "it must be a positive number")
        try require(epochs >= 0, "epochs", "\(epochs)", "it must be 0 or more; 5 is usual")
        try require(threads > 0 && threads <= 1024, "threads", "\(threads)", "it must be 1 to 1024")
    }
}
