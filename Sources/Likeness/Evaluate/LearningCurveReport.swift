import LikenessEvaluation

/// How metrics go on train and test likes as training goes on.
public struct LearningCurveReport: Sendable, Codable, Equatable {
    /// The metrics after so many epochs.
    public struct Point: Sendable, Codable, Equatable {
        /// Epochs trained so far.
        public let epoch: Int
        /// Metrics by name on likes that the model was trained on.
        public let train: [String: Double]
        /// Metrics by name on the test file's likes, train likes left out of the ranking.
        public let test: [String: Double]
    }

    /// The names of what was measured, in the order asked for.
    public let metrics: [String]
    /// The length of the list that metrics "at k" look at.
    public let k: Int
    /// The points in the order of their epochs.
    public let points: [Point]
    /// Users that the values on train likes are taken of.
    public let trainUsers: Int
    /// Users that the values on test likes are taken of.
    public let testUsers: Int
    /// Test likes of users that the training does not have: left out.
    public let unknownUserLikes: Int
    /// Test likes of items that the training does not have: they count as ranked last.
    public let unknownItemLikes: Int
    /// The epochs alone.
    public let trainingSeconds: Double
    /// From the first like read to the last point.
    public let totalSeconds: Double
    /// Whether it was stopped before the last epoch; then the points are those before.
    public let isStopped: Bool

    /// The points as lines of text: epoch, then each metric on train and test likes.
    public var table: String { curve.table }

    /// The points as an SVG document: train likes solid, test likes dashed.
    public func svg(title: String = "Learning curve") -> String { curve.svg(title: title) }

    private var curve: LearningCurve {
        var curve = LearningCurve(metrics: metrics)
        for point in points { curve.append(.init(epoch: point.epoch, train: point.train, test: point.test)) }
        return curve
    }
}
