/// How well a model ranks held-out likes: means over users, and each user's values on request.
package struct EvaluationReport: Equatable, Sendable {
    /// The length of the list that metrics "at k" look at.
    package var k: Int
    /// Users over whom the means are taken.
    package var users: Int
    /// Test cells of these users.
    package var cells: Int
    /// Users with test cells that are not part of the model; they are left out.
    package var unknownUsers: Int
    /// Test cells whose item is not part of the model; they count as ranked last.
    package var unknownCells: Int
    /// Each metric's mean; 0 when there are no users.
    package var means: UserMetrics
    /// The share of the model's items that is in at least one user's best k; `nil` unless asked for.
    package var catalogueCoverage: Double?
    /// Mean train likes of the recommended items ÷ mean train likes of the items in these users' train rows: 1 when
    /// recommendations are as popular as what the users like; `nil` unless asked for with train rows.
    package var popularityBias: Double?
    /// The users of ``perUser``, ascending; empty unless asked for.
    package var userIndices: [UInt32] = []
    /// Each user's values; empty unless asked for.
    package var perUser: [UserMetrics] = []

    /// The metrics by the names that tables and JSON use, in their order.
    package var named: [(name: String, value: Double)] {
        UserMetrics.names.map { ($0.name, means[keyPath: $0.path]) }
            + (catalogueCoverage.map { [("catalogueCoverage", $0)] } ?? [])
            + (popularityBias.map { [("popularityBias", $0)] } ?? [])
    }
}
