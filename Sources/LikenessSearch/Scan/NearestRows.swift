/// What finds the rows that are nearest to a query, exactly or nearly so.
package protocol NearestRows: Sendable {
    /// All rows, to compare them with each other.
    var exact: ExactScan { get }
    func nearest(to query: QueryVector, by similarity: Similarity, k: Int, filter: RowFilter) throws(ScanTableError) -> [Match]
    /// The same for many queries.
    func nearest(to queries: [QueryVector], by similarity: Similarity, k: Int, filters: [RowFilter]) throws(ScanTableError) -> [[Match]]
}

extension ExactScan: NearestRows {
    package var exact: ExactScan { self }

    package func nearest(
        to queries: [QueryVector], by similarity: Similarity, k: Int, filters: [RowFilter]
    ) throws(ScanTableError) -> [[Match]] {
        try nearest(to: queries, by: similarity, k: k, filters: .some(filters))
    }
}

extension ApproximateScan: NearestRows {
    package func nearest(
        to queries: [QueryVector], by similarity: Similarity, k: Int, filters: [RowFilter]
    ) throws(ScanTableError) -> [[Match]] {
        guard filters.count == queries.count else { throw .filtersDiffer(queries: queries.count, filters: filters.count) }
        var answers: [[Match]] = []
        for (query, filter) in zip(queries, filters) { answers.append(try nearest(to: query, by: similarity, k: k, filter: filter)) }
        return answers
    }
}
