extension ApproximateScan {
    /// How many of the ten best rows are found when so many lists are looked at, on average over some queries: for 1, 2, 4, … lists, up to
    /// where nothing is missed or all are looked at.
    ///
    /// - Complexity: O(queries × rows × components) for the exact answers.
    package static func curve(
        _ exact: ExactScan, _ lists: InvertedLists, queries: [QueryVector], by similarity: Similarity
    ) throws(ScanTableError) -> [(probes: Int, recall: Double)] {
        let k = 10
        let filters = queries.map { _ in RowFilter.none }
        let truth = try exact.nearest(to: queries, by: similarity, k: k, filters: filters).map { Set($0.map(\.row)) }
        let total = truth.reduce(0) { $0 + $1.count }
        var curve: [(probes: Int, recall: Double)] = []
        var probes = 1
        while true {
            let scan = ApproximateScan(exact: exact, lists: lists, probes: probes)
            var found = 0
            for (query, truth) in zip(queries, truth) {
                found += try scan.nearest(to: query, by: similarity, k: k).count { truth.contains($0.row) }
            }
            let recall = total > 0 ? Double(found) / Double(total) : 1
            curve.append((probes, recall))
            if recall >= 1 || probes >= lists.lists.count { return curve }
            // Halfway steps, so that little more is looked at than is needed.
            let next = probes & (probes - 1) == 0 && probes > 1 ? probes + probes / 2 : probes & (probes - 1) == 0 ? 2 : probes / 3 * 4
            probes = min(max(next, probes + 1), lists.lists.count)
        }
    }
}
