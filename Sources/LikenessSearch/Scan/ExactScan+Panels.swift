import CVectorKernels

extension ExactScan {
    /// Queries from which on rows are laid out in panels.
    static let leastPanelQueries = scan_panel_queries

    /// Walks the codes of all parts for many queries at a time: each strip is laid out in panels once, eight queries take it together by
    /// codes of 8 bits, and what passes is judged by those of 16 bits.
    func scanPanels(_ queries: inout [ScanProgress]) {
        guard let first = queries.first else { return }
        let bytes = queries.map { QueryBytes($0.query) }
        var batch = PanelBatch(
            codes: bytes.flatMap(\.codes), corrections: bytes.map(\.correction),
            bounds: zip(queries, bytes).map { ScanBound($0.query, $1, first.bound.similarity) })
        for part in 0...table.layers.count { scanPanels(ofPart: part, &batch, &queries) }
    }

    private func scanPanels(ofPart number: Int, _ batch: inout PanelBatch, _ queries: inout [ScanProgress]) {
        let part = table.part(number)
        let hidden = table.hidden[number]
        let length = part.codes.stride
        var panels = [UInt8](repeating: 0, count: Self.stripRows * length)
        var columns = [Float](repeating: 0, count: Self.stripRows * 4)
        var selected = [UInt32](repeating: 0, count: Self.stripRows * Self.leastPanelQueries)
        var hits = [UInt32](repeating: 0, count: Self.leastPanelQueries)
        var strips = StripWalk(codes: part.codes, terms: part.terms, 0..<part.terms.rows)
        while let strip = strips.next() {
            // In bounds: the strip's rows lie in one segment of each matrix, and the buffers have room for a strip.
            let codes = unsafe strip.codes.assumingMemoryBound(to: Int8.self)
            let terms = unsafe strip.terms.assumingMemoryBound(to: scan_row_terms.self)
            unsafe scan_panels_lay(codes, length, length, terms, strip.count, &panels, &columns)
            for group in stride(from: 0, to: queries.count, by: Self.leastPanelQueries) {
                let size = min(Self.leastPanelQueries, queries.count - group)
                // In bounds: the batch has codes, corrections and tests of all queries.
                unsafe batch.withQueries(from: group, length) { codes, corrections, tests in
                    unsafe scan_panels_select(
                        panels, columns, length, strip.count, codes, corrections, tests, size, &selected, &hits)
                }
                for place in 0..<size where hits[place] > 0 {
                    let query = group + place
                    let found = place * Self.stripRows
                    for position in selected[found..<found + Int(hits[place])] {
                        let offset = Int(position)
                        let row = part.numbers?[strip.first + offset] ?? UInt32(strip.first + offset)
                        if let hidden, hidden.contains(row) { continue }
                        guard queries[query].filter.passes(row) else { continue }
                        var dot: Int32 = 0
                        // In bounds: the row lies in the strip, and its codes are as long as the query's.
                        unsafe scan_dot_codes(codes + offset * length, length, length, 1, queries[query].query.codes, &dot)
                        queries[query].consider(
                            row: row, dot: dot,
                            terms: unsafe strip.terms.loadUnaligned(
                                fromByteOffset: offset * RowShape.termsBytes, as: scan_row_terms.self))
                    }
                    queries[query].finishStrip()
                    batch.raise(query, to: queries[query].threshold)
                }
            }
        }
    }
}

/// Many queries as panels are tested for them.
private struct PanelBatch {
    private let codes: [Int8]
    private let corrections: [Int32]
    private let bounds: [ScanBound]
    private var tests: [scan_select_test]

    init(codes: [Int8], corrections: [Int32], bounds: [ScanBound]) {
        (self.codes, self.corrections, self.bounds) = (codes, corrections, bounds)
        tests = bounds.map { $0.test(threshold: -.infinity) }
    }

    /// Takes the threshold that a query has reached into its test.
    mutating func raise(_ query: Int, to threshold: Double) { tests[query] = bounds[query].test(threshold: threshold) }

    /// The codes, corrections and tests from a query on.
    @unsafe func withQueries(
        from query: Int, _ length: Int,
        _ body: (UnsafePointer<Int8>, UnsafePointer<Int32>, UnsafePointer<scan_select_test>) -> Void
    ) {
        unsafe codes.withUnsafeBufferPointer { codes in
            unsafe corrections.withUnsafeBufferPointer { corrections in
                unsafe tests.withUnsafeBufferPointer { tests in
                    guard let codes = codes.baseAddress, let corrections = corrections.baseAddress, let tests = tests.baseAddress else {
                        return
                    }
                    unsafe body(codes + query * length, corrections + query, tests + query)
                }
            }
        }
    }
}
