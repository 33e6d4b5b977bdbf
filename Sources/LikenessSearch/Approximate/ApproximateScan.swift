import CVectorKernels

/// Nearest rows from the likeliest lists alone: true scores in the same order as an exact scan, less what lies in other lists.
///
///     let scan = ApproximateScan(exact: exact, lists: lists, probes: 16)
///     let matches = try scan.nearest(to: query, by: .cosine, k: 10)
///
/// It looks at `probes` lists, and at more as long as fewer than `k` rows that pass have been found: so `k` rows are found whenever `k`
/// pass. Where few rows pass, where `k` is large, and for queries of extreme lengths it scans exactly.
package struct ApproximateScan: Sendable {
    package let exact: ExactScan
    package let lists: InvertedLists
    /// How many lists are looked at.
    package let probes: Int
    /// Rows that are looked at together.
    private static let stripRows = 256

    package init(exact: ExactScan, lists: InvertedLists, probes: Int) {
        (self.exact, self.lists, self.probes) = (exact, lists, max(probes, 1))
    }

    /// The `k` rows nearest to a query of those in the lists that it looks at, best first.
    ///
    /// - Throws: `ScanTableError.componentsDiffer` if the query is not of the table's components.
    /// - Complexity: O((lists + rows of the lists looked at) × components).
    package func nearest(
        to query: QueryVector, by similarity: Similarity, k: Int, filter: RowFilter = .none
    ) throws(ScanTableError) -> [Match] {
        guard query.components == lists.components else {
            throw .componentsDiffer(table: lists.components, query: query.components)
        }
        guard exact.isScannedByCodes(query, k: k, filter: filter) else {
            return try exact.nearest(to: query, by: similarity, k: k, filter: filter)
        }
        var progress = ScanProgress(query: query, similarity: similarity, k: k, filter: filter)
        var order = lists.order(for: query, by: similarity, first: min(probes, lists.lists.count))
        var dots = [Int32](repeating: 0, count: Self.stripRows)
        var selected = [UInt32](repeating: 0, count: Self.stripRows)
        var probed = 0
        while probed < probes || !progress.hasEnough, let list = order.next() {
            scan(lists.lists[list], &progress, &dots, &selected)
            probed += 1
        }
        return exact.best(of: &progress, by: similarity, k: k)
    }

    private func scan(_ list: InvertedLists.List, _ progress: inout ScanProgress, _ dots: inout [Int32], _ selected: inout [UInt32]) {
        let width = lists.codes.stride
        var position = list.first
        let end = list.first + list.count
        while position < end {
            let codes = lists.codes.segments[lists.codes.segmentPosition(of: position)]
            let terms = lists.terms.segments[lists.terms.segmentPosition(of: position)]
            let numbers = lists.numbers.segments[lists.numbers.segmentPosition(of: position)]
            let count = min(
                Self.stripRows, end - position, codes.firstRow + codes.rows - position, terms.firstRow + terms.rows - position,
                numbers.firstRow + numbers.rows - position)
            // In bounds: position ..< position + count lies in all three segments, and count rows fit in both buffers.
            let stripCodes = unsafe (codes.base + (position - codes.firstRow) * width).assumingMemoryBound(to: Int8.self)
            let stripTerms = unsafe terms.base + (position - terms.firstRow) * RowShape.termsBytes
            let stripNumbers = unsafe numbers.base + (position - numbers.firstRow) * 4
            var test = progress.test
            unsafe scan_dot_codes(stripCodes, width, width, count, progress.query.codes, &dots)
            let hits = unsafe scan_select(dots, stripTerms.assumingMemoryBound(to: scan_row_terms.self), count, &test, &selected)
            for place in selected[..<hits] {
                progress.consider(
                    row: UInt32(littleEndian: unsafe stripNumbers.loadUnaligned(fromByteOffset: 4 * Int(place), as: UInt32.self)),
                    dot: dots[Int(place)],
                    terms: unsafe stripTerms.loadUnaligned(fromByteOffset: Int(place) * RowShape.termsBytes, as: scan_row_terms.self))
            }
            progress.finishStrip()
            position += count
        }
    }
}
