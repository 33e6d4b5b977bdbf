/// Why a model was not evaluated.
package enum EvaluationError: Error, Equatable, Sendable {
    /// Users have one number of components, items another.
    case componentsDiffer(users: Int, items: Int)
    /// The likes are over more or fewer users or items than the model.
    case shapeDiffers(what: String, expected: Int, found: Int)
    /// Rows of likes do not hang together.
    case malformedRows(detail: String)
    /// A representation or bias is infinite or not a number; such scores would rank first.
    case notFinite(side: Side, row: Int)
    /// A score overflowed although both representations are finite.
    case scoreNotFinite(user: Int, item: UInt32)
    /// A like is in the test set and in the train set.
    case intersection(user: Int, item: UInt32)
    /// `k` is not at least 1.
    case invalidCutoff(Int)

    /// Whose row it is.
    package enum Side: String, Sendable { case user, item }
}

extension EvaluationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .componentsDiffer(let users, let items):
            "users have \(users) components and items \(items). Give representations of one model."
        case .shapeDiffers(let what, let expected, let found):
            "the model has \(expected) \(what) and the likes have \(found). Give likes in the model's vocabulary."
        case .malformedRows(let detail):
            "the likes do not hang together: \(detail)."
        case .notFinite(let side, let row):
            "the representation of \(side.rawValue) \(row) is not finite. The training diverged; train again with a lower "
                + "learning rate."
        case .scoreNotFinite(let user, let item):
            "the score of item \(item) for user \(user) is not finite. The training diverged; train again with a lower "
                + "learning rate."
        case .intersection(let user, let item):
            "user \(user)'s like of item \(item) is in the test set and in the train set. Split the likes so that none is "
                + "in both, or evaluate without this check."
        case .invalidCutoff(let k):
            "k is \(k), and must be at least 1."
        }
    }
}
