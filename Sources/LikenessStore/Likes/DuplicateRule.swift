/// What happens to a pair that comes again with another weight: of a user and an item they like or dislike, or of an item or user and a feature.
public enum DuplicateRule: String, Sendable, CaseIterable, Codable {
    /// The first weight stays.
    case keep
    /// The last weight holds.
    case replace
    /// Weights are added up; a file that is taken in twice counts twice.
    case sum
    /// The greater weight holds.
    case max

    /// The weight of a pair after it came again.
    func weight(_ before: Float, again: Float) -> Float {
        switch self {
        case .keep: before
        case .replace: again
        case .sum: Swift.min(before + again, .greatestFiniteMagnitude)
        case .max: Swift.max(before, again)
        }
    }
}
