/// Nearest rows from the likeliest lists alone: true scores in the same order as an exact scan, less what lies in other lists.
///
///     let scan = ApproximateScan(exact: exact, lists: lists, probes: 16)
///     let matches = try scan.nearest(to: query, by: .cosine, k: 10)
///
/// A list's rows lie in the base and, where they came or changed since, in layers. It looks at `probes` lists, and at more as long as fewer than `k` rows that pass have been found: so `k` rows are found whenever `k`
/// pass. Where few rows pass, where `k` is large, and for queries of extreme lengths it scans exactly.
package struct ApproximateScan: Sendable {
    package let exact: ExactScan
    package let lists: InvertedLists
    /// How many lists are looked at.
    package let probes: Int
    /// The share of the rows below which those that pass a filter are all looked at.
    private static let fewShare = 16

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
        if let allowed = filter.allowed, allowed.count < exact.table.rows / Self.fewShare {
            return try exact.nearest(to: query, by: similarity, k: k, filter: filter)
        }
        var progress = ScanProgress(query: query, similarity: similarity, k: k, filter: filter)
        var order = lists.order(for: query, progress.bytes, by: similarity, first: min(probes, lists.lists.count))
        var room = StripRoom()
        var probed = 0
        while probed < probes || !progress.hasEnough, let list = order.next() {
            let own = lists.lists[list]
            look(at: lists.base, own.first..<own.first + own.count, &progress, &room)
            for layer in lists.layers { look(at: layer.part, layer.starts[list]..<layer.starts[list + 1], &progress, &room) }
            probed += 1
        }
        return exact.best(of: &progress, by: similarity, k: k)
    }

    private func look(at part: InvertedLists.Part, _ positions: Range<Int>, _ progress: inout ScanProgress, _ room: inout StripRoom) {
        var strips = StripWalk(codes: part.codes, terms: part.terms, positions)
        while let strip = strips.next() {
            progress.look(at: strip, part.codes.stride, &room) { place in
                // In bounds: a part has as many numbers as codes.
                let row = UInt32(
                    littleEndian: unsafe part.numbers.address(of: strip.first + place).loadUnaligned(as: UInt32.self))
                return part.hidden?.contains(row) == true ? nil : row
            }
        }
    }
}
