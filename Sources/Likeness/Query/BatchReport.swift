/// What a batch of queries did.
public struct BatchReport: Sendable, Codable, Equatable {
    /// The version that answered.
    public let version: UInt64
    /// Users or queries that were answered.
    public internal(set) var answered = 0
    /// Users or queries that were passed over: the version knows nothing to answer them from.
    public internal(set) var passedOver = 0
    /// Why the first of them were passed over, in words.
    public internal(set) var firstFaults: [String] = []
    /// Seconds that it took.
    public internal(set) var seconds = 0.0
    /// Users or queries done, those included that were skipped: what to skip to go on.
    public internal(set) var done = 0
    /// Whether it was stopped before the end.
    public internal(set) var isStopped = false

    /// How many faults are listed in words.
    static let faultLimit = 5

    init(version: UInt64) { self.version = version }

    /// Counts a query that has no answer; `reason` is made for the first few only.
    mutating func passOver(_ reason: () -> String) {
        passedOver += 1
        if firstFaults.count < BatchReport.faultLimit { firstFaults.append(reason()) }
    }
}
