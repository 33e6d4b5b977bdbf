import CVectorKernels

/// Exact nearest rows: one pass over the int8 codes, then the few rows that may be among the best scored in double.
///
/// Every method gives the same answer, in bits and order, as scoring every row (`nearestByScoringAll`), whatever the
/// codes' precision: see `ScanBound` for why no true match is ever dropped.
///
///     let scan = ExactScan(table)
///     let matches = try scan.nearest(to: query, by: .cosine, k: 10)
///
/// Nothing is copied from the map. Rows with a norm below zero are not in the version and are never returned.
package struct ExactScan: Sendable {
    /// The rows that are searched.
    package let table: ScanTable

    /// Threads that share the rows of a large table when one query is searched for.
    package let threads: Int

    /// Code bytes of a table from which on threads are worth their start.
    private static let sharedBytes = 1 << 22
    /// The share of the rows below which those that pass a filter are looked at one by one, where one query is searched for and where many
    /// are: a row by itself takes as long as so many in a row.
    private static let fewShare = 8
    private static let fewShareOfMany = 48

    /// Candidates whose rows are asked for ahead.
    private static let askedAhead = 64

    /// Creates a scan over a table.
    package init(_ table: ScanTable, threads: Int = 1) {
        self.table = table
        self.threads = max(threads, 1)
    }

    /// The `k` rows nearest to a query, best first; fewer if fewer pass.
    ///
    /// - Throws: `ScanTableError.componentsDiffer` if the query is not of the table's components.
    /// - Complexity: O(rows · components), reading about a quarter of the representations' bytes.
    package func nearest(
        to query: QueryVector, by similarity: Similarity, k: Int, filter: RowFilter = .none
    ) throws(ScanTableError) -> [Match] {
        try nearest(to: [query], by: similarity, k: k, filters: [filter])[0]
    }

    /// The `k` rows nearest to each of many queries; reads the rows once for all of them.
    ///
    /// - Parameter filters: One a query, or nil for none.
    /// - Throws: `ScanTableError` if a query or the filters do not fit.
    package func nearest(
        to queries: [QueryVector], by similarity: Similarity, k: Int, filters: [RowFilter]? = nil
    ) throws(ScanTableError) -> [[Match]] {
        if let filters, filters.count != queries.count {
            throw .filtersDiffer(queries: queries.count, filters: filters.count)
        }
        for query in queries { try check(query) }
        var answers = [[Match]](repeating: [], count: queries.count)
        var scanned: [(position: Int, progress: ScanProgress)] = []
        let isByPanels = queries.count >= ExactScan.leastPanelQueries && scan_panels_are_fast()
        let share = isByPanels ? ExactScan.fewShareOfMany : ExactScan.fewShare
        for (position, query) in queries.enumerated() {
            let filter = filters?[position] ?? .none
            guard isScannedByCodes(query, k: k, filter: filter) else {
                answers[position] = try nearestByScoringAll(to: query, by: similarity, k: k, filter: filter)
                continue
            }
            var progress = ScanProgress(query: query, similarity: similarity, k: k, filter: filter)
            if let allowed = filter.allowed, allowed.count < table.rows / share {
                scanCodes(of: allowed, &progress)
                answers[position] = best(of: &progress, by: similarity, k: k)
            } else {
                scanned.append((position, progress))
            }
        }
        var progress = scanned.map(\.progress)
        if isByPanels {
            scanPanels(&progress)
        } else if progress.count == 1, threads > 1, table.rows * table.codes.stride >= ExactScan.sharedBytes {
            scanCodes(&progress[0], threads: threads)
        } else {
            scanCodes(&progress)
        }
        for index in progress.indices { answers[scanned[index].position] = best(of: &progress[index], by: similarity, k: k) }
        return answers
    }

    /// The best of the rows that a scan of codes has left, scored in double.
    func best(of progress: inout ScanProgress, by similarity: Similarity, k: Int) -> [Match] {
        progress.dropCandidates()
        var best = TopK(limit: k)
        // Rows lie far from each other, so that all are asked for before the first is read. There are few, but for large k.
        for candidate in progress.candidates.prefix(ExactScan.askedAhead) {
            guard let place = table.place(of: candidate.row), place.part == 0 else { continue }
            let floats = table.representations
            unsafe scan_ask_ahead(table.terms.address(of: place.row), RowShape.termsBytes)
            unsafe scan_ask_ahead(floats.address(of: place.row), floats.stride)
        }
        for candidate in progress.candidates {
            score(candidate.row, progress.query, similarity).map { best.insert(Match(row: candidate.row, score: $0)) }
        }
        return best.sorted()
    }

    /// The same answer by scoring every row in double: the reference, and the faster way for few rows.
    ///
    /// - Throws: `ScanTableError.componentsDiffer` if the query is not of the table's components.
    package func nearestByScoringAll(
        to query: QueryVector, by similarity: Similarity, k: Int, filter: RowFilter = .none
    ) throws(ScanTableError) -> [Match] {
        try check(query)
        guard k > 0 else { return [] }
        var best = TopK(limit: min(k, table.rows))
        func consider(_ row: UInt32) {
            guard filter.passes(row), let score = score(row, query, similarity) else { return }
            best.insert(Match(row: row, score: score))
        }
        if let allowed = filter.allowed {
            for row in allowed.members where row < table.rows { consider(row) }
        } else {
            for row in 0..<UInt32(table.rows) { consider(row) }
        }
        return best.sorted()
    }

    /// The score of one row, which must be below `table.rows`; nil if it is not in the version.
    package func score(_ row: UInt32, _ query: QueryVector, _ similarity: Similarity) -> Double? {
        guard let place = table.place(of: row) else { return nil }
        let (ownTerms, ownVector): (UnsafeRawPointer, UnsafeRawPointer)
        if place.part == 0 {
            unsafe (ownTerms, ownVector) = (table.terms.address(of: place.row), table.representations.address(of: place.row))
        } else {
            let part = table.part(place.part)
            unsafe (ownTerms, ownVector) = (part.terms.address(of: place.row), part.representations.address(of: place.row))
        }
        // In bounds: the segments cover every row of the part, and both rows are padded to the same length.
        let terms = unsafe ownTerms.loadUnaligned(as: scan_row_terms.self)
        guard terms.norm >= 0 else { return nil }
        let vector = unsafe ownVector.assumingMemoryBound(to: Float.self)
        let dot = unsafe scan_dot_exact(vector, query.values, query.values.count)
        switch similarity {
        case .cosine:
            return terms.norm > 0 && query.norm > 0 ? dot / (Double(terms.norm) * query.norm) : 0
        case .innerProduct:
            return dot + Double(terms.bias)
        }
    }

    private func check(_ query: QueryVector) throws(ScanTableError) {
        guard query.components == table.components else {
            throw .componentsDiffer(table: table.components, query: query.components)
        }
    }

    /// Codes pay when most rows can be dropped unseen.
    func isScannedByCodes(_ query: QueryVector, k: Int, filter: RowFilter) -> Bool {
        guard query.isCoded, k > 0, k < table.rows / 4 else { return false }
        return filter.allowed.map { k < $0.count / 4 && $0.count >= ExactScan.leastGathered } ?? true
    }
}
