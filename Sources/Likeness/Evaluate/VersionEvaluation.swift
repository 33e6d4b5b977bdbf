import DelimitedText
import Interchange

/// How well a version ranks held-out likes.
public struct VersionEvaluation: Sendable, Codable, Equatable {
    /// The version that was evaluated.
    public let version: UInt64
    /// The length of the list that metrics "at k" look at.
    public let k: Int
    /// Whether likes that the store knows were left out of the rankings.
    public let excludesTrain: Bool
    /// Which items were ranked.
    public let among: EvaluatedItems
    /// Users over whom the means are taken, and their held-out likes.
    public let users: Int
    /// Held-out likes of these users.
    public let likes: Int
    /// Held-out likes of users that are not part of the version: left out.
    public let unknownUserLikes: Int
    /// Held-out likes of items that are not part of the version: they count as ranked last.
    public let unknownItemLikes: Int
    /// Held-out likes that the version was made from.
    public let knownLikes: Int
    /// Whether these were left out; else they are among what was measured, and the metrics say how well the version remembers.
    public let skipsKnown: Bool
    /// Means over the users, and the metrics of the catalogue, by the names of ``EvaluationMetric``.
    public let metrics: [String: Double]
    /// Ranking and measuring alone.
    public let rankingSeconds: Double
    /// From the test file opened to the means.
    public let seconds: Double
    /// Each user's metrics, in the order of the test file; empty unless asked for, and no part of what is coded.
    public internal(set) var perUser: [UserEvaluation] = []
    /// What was read for it: no part of what is coded.
    var inputs: [String] = []

    private enum CodingKeys: String, CodingKey {
        case version, k, excludesTrain, among, users, likes, unknownUserLikes, unknownItemLikes, knownLikes, skipsKnown, metrics,
            rankingSeconds, seconds
    }

    /// Writes one row a user: the id and every metric. The file appears whole or not at all.
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard output.
    ///   - column: what the column of ids is called.
    ///   - format: nil goes by the file's name; psv for any other name.
    ///   - isOverwriting: take the place of a file of that name; never that of the test likes or the store.
    /// - Throws: `EvaluationFailure.output`.
    public func writePerUser(
        to path: String, column: String = "uid", format: TextFormat? = nil, overwriting isOverwriting: Bool = false
    ) throws(EvaluationFailure) {
        let metrics = EvaluationMetric.ofUsers.map(\.rawValue)
        do throws(DelimitedTextError) {
            let dialect = (format ?? TextFormat(ofFileNamed: path)).dialect
            var file = try DelimitedWriter(path: path, dialect: dialect, lineEnd: .lf, overwriting: isOverwriting, protecting: inputs)
            try file.write([column] + metrics)
            for user in perUser { try file.write([user.id] + metrics.map { "\(user.metrics[$0] ?? 0)" }) }
            try file.finish()
        } catch {
            throw .output(error.description)
        }
    }
}

/// How well one user's held-out likes are ranked.
public struct UserEvaluation: Sendable, Codable, Equatable {
    /// The user's id.
    public let id: String
    /// The user's metrics, by the names of ``EvaluationMetric/ofUsers``.
    public let metrics: [String: Double]
}

/// What an evaluation measures. With r₀ ≤ r₁ ≤ … the ranks of a user's held-out likes, from 0, and their number |T|:
public enum EvaluationMetric: String, Sendable, Codable, CaseIterable {
    /// How many r < k, divided by k.
    case precision
    /// How many r < k, divided by |T|.
    case recall
    /// The area under the ROC curve: the share of pairs of a held-out like and another item that are in the right order.
    case auc
    /// 1 / (r₀ + 1).
    case reciprocalRank
    /// Average precision at k.
    case averagePrecision
    /// Discounted gain at k, divided by that of a perfect ranking.
    case ndcg
    /// Whether r₀ < k.
    case hitRate
    /// The share of all items that is among the best k of at least one user.
    case catalogueCoverage
    /// Mean likes of the items among the best k, divided by mean likes of the items that these users like; missing if they like none.
    case popularityBias

    /// Those that each user has.
    public static let ofUsers = allCases.filter { !$0.isOfCatalogue }

    /// Whether it is about the lists of all users together.
    public var isOfCatalogue: Bool { self == .catalogueCoverage || self == .popularityBias }
}
