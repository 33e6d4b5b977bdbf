import CVectorKernels

/// One query on its way over the rows: the rows that may still be among its best.
///
/// The k-th best lower bound seen so far is a score that k rows are known to reach; a row whose upper bound is below it
/// is not among the best k and is dropped. What remains at the end is scored exactly.
struct ScanProgress: Sendable {
    /// A row that is not yet dropped.
    struct Candidate: Sendable {
        let row: UInt32
        let high: Double
    }

    let query: QueryVector
    let filter: RowFilter
    let bound: ScanBound
    /// The query's code of 8 bits, where the processor is faster with it, and what it says of scores.
    let bytes: QueryBytes?
    private let screen: ScanBound
    private(set) var test: scan_select_test
    private(set) var candidates: [Candidate] = []
    private var lowerBounds: TopK
    /// The score that `k` rows are known to reach.
    private(set) var threshold = -Double.infinity
    private var compactionCount: Int

    init(query: QueryVector, similarity: Similarity, k: Int, filter: RowFilter) {
        self.query = query
        self.filter = filter
        bound = ScanBound(query, similarity)
        let bytes = scan_panels_are_fast() ? QueryBytes(query) : nil
        self.bytes = bytes
        screen = bytes.map { ScanBound(query, $0, similarity) } ?? bound
        test = screen.test(threshold: -.infinity)
        lowerBounds = TopK(limit: k)
        compactionCount = max(4_096, 4 * k)
    }

    /// Whether as many rows as are wanted have been found.
    var hasEnough: Bool { lowerBounds.isFull }

    /// Looks at rows of one part that lie beside each other: by the query's code of 8 bits where that is faster, and at what passes by that of
    /// 16.
    ///
    /// - Parameters:
    ///   - strip: at most a strip of rows.
    ///   - room: for a strip of rows.
    ///   - row: the number of the row at a place of the strip; nil if it is to be left out.
    mutating func look(at strip: StripWalk.Strip, _ width: Int, _ room: inout StripRoom, row: (Int) -> UInt32?) {
        // In bounds: the query's codes are as wide as a row's, and the strip's rows fit in the room.
        let codes = unsafe strip.codes.assumingMemoryBound(to: Int8.self)
        let terms = unsafe strip.terms.assumingMemoryBound(to: scan_row_terms.self)
        if let bytes {
            unsafe scan_dot_bytes(codes, width, width, strip.count, bytes.codes, bytes.correction, &room.dots)
        } else {
            unsafe scan_dot_codes(codes, width, width, strip.count, query.codes, &room.dots)
        }
        let hits = unsafe scan_select(room.dots, terms, strip.count, &test, &room.selected)
        guard hits > 0 else { return }
        for position in room.selected[..<hits] {
            let place = Int(position)
            guard let row = row(place), filter.passes(row) else { continue }
            var dot = room.dots[place]
            if bytes != nil { unsafe scan_dot_codes(codes + place * width, width, width, 1, query.codes, &dot) }
            consider(
                row: row, dot: dot,
                terms: unsafe strip.terms.loadUnaligned(fromByteOffset: place * RowShape.termsBytes, as: scan_row_terms.self))
        }
        finishStrip()
    }

    /// Looks at one row that passed the test and the filter.
    mutating func consider(row: UInt32, dot: Int32, terms: scan_row_terms) {
        let (low, high) = bound.interval(dot: dot, terms)
        // Written so that a bound that is not a number keeps the row.
        if high < threshold { return }
        candidates.append(Candidate(row: row, high: high))
        lowerBounds.insert(Match(row: row, score: low))
        threshold = lowerBounds.threshold
    }

    /// Takes over what another scan of other rows has found for the same query.
    mutating func absorb(_ other: ScanProgress) {
        candidates += other.candidates
        for match in other.lowerBounds.heap { lowerBounds.insert(match) }
        threshold = max(lowerBounds.threshold, threshold, other.threshold)
    }

    /// Takes the threshold reached so far into the test, and forgets candidates if there are many.
    mutating func finishStrip() {
        test = screen.test(threshold: threshold)
        guard candidates.count > compactionCount else { return }
        dropCandidates()
        compactionCount = max(compactionCount, 2 * candidates.count)
    }

    /// Forgets the candidates that the final threshold rules out.
    mutating func dropCandidates() {
        candidates.removeAll { $0.high < threshold }
    }
}

/// Room for what is worked out of a strip of rows.
struct StripRoom {
    var dots = [Int32](repeating: 0, count: ExactScan.stripRows)
    var selected = [UInt32](repeating: 0, count: ExactScan.stripRows)
}
