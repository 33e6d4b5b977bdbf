/// How two models rank for the same users, metric by metric.
package struct PairedComparison: Equatable, Sendable {
    /// One metric of both models.
    package struct Figure: Equatable, Sendable {
        /// The metric's name.
        package var name: String
        /// The means over the users.
        package var first: Double
        package var second: Double
        /// The mean of second − first, and where it lies for the middle share of the bootstrap's draws.
        package var difference: Double
        package var interval: ClosedRange<Double>
        /// Users for whom the second is better, as good, and worse.
        package var won: Int
        package var tied: Int
        package var lost: Int
    }

    /// Users of both models.
    package let users: Int
    /// The metrics of users, in the order of tables.
    package let figures: [Figure]

    /// Compares the values of the same users, in the same order.
    ///
    /// - Complexity: that of the bootstrap.
    package init(first: [UserMetrics], second: [UserMetrics], bootstrap: PairedBootstrap = PairedBootstrap()) {
        precondition(first.count == second.count, "values of the same users")
        users = first.count
        let count = Double(max(first.count, 1))
        let pairs = UserMetrics.names.map { _, path in zip(first, second).map { ($0[keyPath: path], $1[keyPath: path]) } }
        let differences = pairs.map { $0.map { $1 - $0 } }
        let intervals = bootstrap.intervals(of: differences)
        figures = UserMetrics.names.indices.map { metric in
            Figure(
                name: UserMetrics.names[metric].name, first: pairs[metric].reduce(0) { $0 + $1.0 } / count,
                second: pairs[metric].reduce(0) { $0 + $1.1 } / count, difference: differences[metric].reduce(0, +) / count,
                interval: intervals[metric], won: differences[metric].count { $0 > 0 }, tied: differences[metric].count { $0 == 0 },
                lost: differences[metric].count { $0 < 0 })
        }
    }
}
