import Interchange
import LikenessFormat
import LikenessModels

/// How a learning curve is measured.
public struct LearningCurveOptions: Sendable {
    /// What is trained. Alias, note and creator mean nothing here: no version is published.
    public var fit = FitOptions()
    /// What is trained in the place of ``fit``, if it is given: iterations of least squares, or epochs of the softmax of cosines after them.
    public var leastSquares: LeastSquaresFitOptions?
    /// Epochs from one point to the next; the last epoch is a point too.
    public var every = 1
    /// The length of the list that metrics "at k" look at.
    public var k = 5
    /// What is measured.
    public var metrics: [EvaluationMetric] = [.precision]
    /// How many users, chosen at random, the values on train likes are taken of.
    public var trainUsers = 1_000
    /// Which columns of the test file hold users and items.
    public var columns = LikesColumns()
    /// The test file's format; nil goes by its name.
    public var format: TextFormat?

    /// The defaults.
    public init() {}
}

/// Why there is no learning curve.
public enum LearningCurveError: Error, Sendable {
    /// The training.
    case fit(FitError)
    /// The test file or the measuring.
    case evaluation(EvaluationFailure)
    /// No like of the test file is of a user and an item that the training has.
    case nothingToRank
}

extension LearningCurveError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .fit(let error): error.description
        case .evaluation(let error): error.description
        case .nothingToRank:
            "no like of the test file is of a user that the training knows. Check the file, or lower --min-user-likes"
        }
    }
}
