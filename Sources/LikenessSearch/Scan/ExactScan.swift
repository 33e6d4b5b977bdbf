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

    /// Rows that are looked at together: their dot products and terms stay in the first-level cache.
    private static let stripRows = 256
    /// Queries whose dot products with a strip are taken together.
    private static let groupQueries = 4

    /// Creates a scan over a table.
    package init(_ table: ScanTable) {
        self.table = table
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
        var answers = [[Match]](repeating: [], count: queries.count)
        var scanned: [(position: Int, progress: ScanProgress)] = []
        for (position, query) in queries.enumerated() {
            let filter = filters?[position] ?? .none
            if isScannedByCodes(query, k: k, filter: filter) {
                let progress = ScanProgress(query: query, similarity: similarity, k: k, filter: filter)
                scanned.append((position, progress))
            } else {
                answers[position] = try nearestByScoringAll(to: query, by: similarity, k: k, filter: filter)
            }
        }
        var progress = scanned.map(\.progress)
        for query in progress { try check(query.query) }
        scanCodes(&progress)
        for index in progress.indices { answers[scanned[index].position] = best(of: &progress[index], by: similarity, k: k) }
        return answers
    }

    /// The best of the rows that a scan of codes has left, scored in double.
    func best(of progress: inout ScanProgress, by similarity: Similarity, k: Int) -> [Match] {
        progress.dropCandidates()
        var best = TopK(limit: k)
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
            allowed.forEach { if $0 < table.rows { consider($0) } }
        } else {
            for row in 0..<UInt32(table.rows) { consider(row) }
        }
        return best.sorted()
    }

    /// The score of one row, which must be below `table.rows`; nil if it is not in the version.
    package func score(_ row: UInt32, _ query: QueryVector, _ similarity: Similarity) -> Double? {
        guard let place = table.place(of: row) else { return nil }
        let part = table.part(place.part)
        // In bounds: the segments cover every row of the part, and both rows are padded to the same length.
        let terms = unsafe part.terms.address(of: place.row).loadUnaligned(as: scan_row_terms.self)
        guard terms.norm >= 0 else { return nil }
        let vector = unsafe part.representations.address(of: place.row).assumingMemoryBound(to: Float.self)
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
        return filter.allowed.map { $0.count >= table.rows / 16 } ?? true
    }

    /// Walks the codes and the terms of the matrices and then of each layer, leaving out rows that a newer layer has.
    private func scanCodes(_ queries: inout [ScanProgress]) {
        guard !queries.isEmpty else { return }
        for part in 0...table.layers.count { scanCodes(ofPart: part, &queries) }
    }

    /// Walks one part's codes and terms strip by strip, and each strip for every query.
    private func scanCodes(ofPart number: Int, _ queries: inout [ScanProgress]) {
        let part = table.part(number)
        let hidden = table.hidden[number]
        let length = part.codes.stride
        var dots = [Int32](repeating: 0, count: Self.stripRows * Self.groupQueries)
        let codesOfQueries = queries.flatMap(\.query.codes)
        var selected = [UInt32](repeating: 0, count: Self.stripRows)
        var first = 0
        while first < part.terms.rows {
            let codes = part.codes.segments[part.codes.segmentPosition(of: first)]
            let terms = part.terms.segments[part.terms.segmentPosition(of: first)]
            let end = min(codes.firstRow + codes.rows, terms.firstRow + terms.rows)
            // In bounds: first..<end lies in both segments, and count rows fit in both buffers.
            let firstCode = unsafe codes.base + (first - codes.firstRow) * length
            let firstTerms = unsafe terms.base + (first - terms.firstRow) * RowShape.termsBytes
            for strip in stride(from: 0, to: end - first, by: Self.stripRows) {
                let count = min(Self.stripRows, end - first - strip)
                let stripCodes = unsafe (firstCode + strip * length).assumingMemoryBound(to: Int8.self)
                let stripTerms = unsafe firstTerms + strip * RowShape.termsBytes
                for index in queries.indices {
                    let place = index % Self.groupQueries
                    if place == 0 {
                        // In bounds: a query's codes are as long as a row's, and dots has room for a strip of each query of the group.
                        unsafe codesOfQueries.withUnsafeBufferPointer { all in
                            guard let codes = all.baseAddress else { return }
                            unsafe scan_dot_codes_many(
                                stripCodes, length, length, count, codes + index * length, length,
                                min(Self.groupQueries, queries.count - index), &dots, Self.stripRows)
                        }
                    }
                    let firstDot = place * Self.stripRows
                    var test = queries[index].test
                    let hits = unsafe dots.withUnsafeBufferPointer { all in
                        guard let base = all.baseAddress else { return 0 }
                        return unsafe scan_select(
                            base + firstDot, stripTerms.assumingMemoryBound(to: scan_row_terms.self), count, &test, &selected)
                    }
                    guard hits > 0 else { continue }
                    for position in selected[..<hits] {
                        let offset = Int(position)
                        let row = part.numbers?[first + strip + offset] ?? UInt32(first + strip + offset)
                        if let hidden, hidden.contains(row) { continue }
                        queries[index].consider(
                            row: row, dot: dots[firstDot + offset],
                            terms: unsafe stripTerms.loadUnaligned(
                                fromByteOffset: offset * RowShape.termsBytes, as: scan_row_terms.self))
                    }
                    queries[index].finishStrip()
                }
            }
            first = end
        }
    }
}
