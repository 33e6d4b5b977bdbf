import CVectorKernels

/// One query on its way over the rows: the rows that may still be among its best.
///
/// The k-th best lower bound seen so far is a score that k rows are known to reach; a row whose upper bound is below it
/// is not among the best k and is dropped. What remains at the end is scored exactly.
struct ScanProgress {
    /// A row that is not yet dropped.
    struct Candidate {
        let row: UInt32
        let high: Double
    }

    let query: QueryVector
    let filter: RowFilter
    let bound: ScanBound
    private(set) var test: scan_select_test
    private(set) var candidates: [Candidate] = []
    private var lowerBounds: TopK
    private var threshold = -Double.infinity
    private var compactionCount: Int

    init(query: QueryVector, similarity: Similarity, k: Int, filter: RowFilter) {
        self.query = query
        self.filter = filter
        bound = ScanBound(query, similarity)
        test = bound.test(threshold: -.infinity)
        lowerBounds = TopK(limit: k)
        compactionCount = max(4_096, 4 * k)
    }

    /// Whether as many rows as are wanted have been found.
    var hasEnough: Bool { lowerBounds.isFull }

    /// Looks at one row that passed the test.
    mutating func consider(row: UInt32, dot: Int32, terms: scan_row_terms) {
        let (low, high) = bound.interval(dot: dot, terms)
        // Written so that a bound that is not a number keeps the row.
        if high < threshold || !filter.passes(row) { return }
        candidates.append(Candidate(row: row, high: high))
        lowerBounds.insert(Match(row: row, score: low))
        threshold = lowerBounds.threshold
    }

    /// Takes the threshold reached so far into the test, and forgets candidates if there are many.
    mutating func finishStrip() {
        test = bound.test(threshold: threshold)
        guard candidates.count > compactionCount else { return }
        dropCandidates()
        compactionCount = max(compactionCount, 2 * candidates.count)
    }

    /// Forgets the candidates that the final threshold rules out.
    mutating func dropCandidates() {
        candidates.removeAll { $0.high < threshold }
    }
}
