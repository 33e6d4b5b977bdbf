/// How two versions are compared.
public struct ComparisonOptions: Sendable {
    /// How each of them is evaluated.
    public var evaluation = EvaluationOptions()
    /// How often the users are drawn anew for the intervals.
    public var resamples = 2_000
    /// The share of these draws whose difference lies within the interval.
    public var confidence = 0.95
    /// Where the random numbers start.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}
}

/// How two versions rank the same held-out likes.
public struct VersionComparison: Sendable, Codable, Equatable {
    /// The versions that were compared: differences are second − first.
    public let first: UInt64
    /// The other version.
    public let second: UInt64
    /// The length of the list that metrics "at k" look at.
    public let k: Int
    /// Whether likes that a version knew were left out of its rankings.
    public let excludesTrain: Bool
    /// Users that both versions know: what everything here is about.
    public let users: Int
    /// Held-out likes of these users.
    public let likes: Int
    /// Users of the test file that the first version alone knows: left out.
    public let usersOfFirstAlone: Int
    /// Users of the test file that the second version alone knows: left out.
    public let usersOfSecondAlone: Int
    /// Held-out likes of items that the first version does not know: it ranks them last.
    public let unknownItemLikesOfFirst: Int
    /// Held-out likes of items that the second version does not know: it ranks them last.
    public let unknownItemLikesOfSecond: Int
    /// The comparisons by the names of ``EvaluationMetric/ofUsers``.
    public let metrics: [String: MetricComparison]
    /// How often the users were drawn anew for the intervals.
    public let resamples: Int
    /// The share of these draws whose difference lies within the interval.
    public let confidence: Double
    /// Where the random numbers started.
    public let seed: UInt64
    /// From the test file opened to the intervals.
    public let seconds: Double
}

/// One metric of two versions, over the same users.
public struct MetricComparison: Sendable, Codable, Equatable {
    /// The mean of the first version.
    public let first: Double
    /// The mean of the second version.
    public let second: Double
    /// The mean of second − first.
    public let difference: Double
    /// Where the interval of the difference begins: a paired bootstrap over users, by percentiles.
    public let low: Double
    /// Where the interval ends.
    public let high: Double
    /// Users for whom the second version is better.
    public let won: Int
    /// Users for whom both are as good.
    public let tied: Int
    /// Users for whom the second version is worse.
    public let lost: Int

    /// Whether the interval leaves 0 out: other users would hardly have turned the difference around.
    public var isBeyondNoise: Bool { low > 0 || high < 0 }
}
