public import LikenessFormat

/// What can go wrong while a model is trained. Every text says what happened, where, and what to do about it.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A hyper-parameter lies outside the values that it may take.
    case badHyperparameter(name: String, value: String, rule: String)
    /// Two inputs that describe the same rows disagree about how many there are.
    case sizeMismatch(what: String, expected: Int, found: Int)
    /// An index points past the end of what it indexes.
    case indexOutOfRange(what: String, position: Int, index: Int, count: Int)
    /// An input number is infinite or not a number.
    case nonFiniteInput(what: String, position: Int, value: Float)
    /// A feature's weight is too large to compute with.
    case featureTooHeavy(row: Int, feature: UInt32, weight: Float)
    /// A row that takes part in training is made of nothing: no identity and no named feature.
    case emptyRow(kind: RowKind, row: Int)
    /// A parameter became infinite or not a number.
    case diverged(epoch: Int, kind: RowKind, row: Int)
    /// Parameters are so large that scores are infinite or no numbers, though they themselves are finite.
    case scoresOverflowed(epoch: Int)
    /// A row's least squares have no finite solution.
    case notSolvable(iteration: Int, kind: RowKind, row: Int)

    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .badHyperparameter(let name, let value, let rule):
            "\(name) is \(value), but \(rule)"
        case .sizeMismatch(let what, let expected, let found):
            "\(what): expected \(expected), found \(found); pass inputs that describe the same rows"
        case .indexOutOfRange(let what, let position, let index, let count):
            "\(what) at position \(position) is \(index), but there are only \(count); "
                + "grow the model to cover every index first"
        case .nonFiniteInput(let what, let position, let value):
            "\(what) at position \(position) is \(value); training needs finite numbers, so remove or replace it"
        case .featureTooHeavy(let row, let feature, let weight):
            "feature \(feature) of row \(row) weighs \(weight), and training can use weights up to \(FeatureWeighting.mostWeight); "
                + "use a smaller one"
        case .emptyRow(let kind, let row):
            "\(kind) \(row) has neither an identity nor any named feature, so there is nothing to train; "
                + "give it a feature, keep its identity, or leave it out"
        case .diverged(let epoch, let kind, let row):
            "training diverged in epoch \(epoch): \(kind) \(row) is no longer finite; nothing of this fit should be kept. "
                + "Lower the learning rate, and check sample weights and feature weights for very large values"
        case .scoresOverflowed(let epoch):
            "training diverged in epoch \(epoch): scores are no longer finite; nothing of this fit should be kept. "
                + "Lower the learning rate, and check sample weights and feature weights for very large values"
        case .notSolvable(let iteration, let kind, let row):
            "\(kind) \(row) has no finite solution in iteration \(iteration); nothing of this fit should be kept. "
                + "Check the likes' and features' weights for very large values, and raise the regularisation"
        }
    }
}
