import LikenessSearch

/// What looking at so many lists took and found.
struct ProbeReport: Encodable {
    let probes: Int
    /// Median seconds of one query, for each run.
    let medianSeconds: [Double]
    let ids: [[UInt32]]
}

extension SearchBenchmark {
    /// Builds lists, lays their rows out as an index in the map is, and times queries that look at some of them.
    ///
    /// - Returns: the seconds of the building, and a report for each number of lists looked at.
    func runApproximately(
        _ queries: [[Float]], k: Int, by similarity: Similarity, lists: Int, probes: [Int], runs: Int, threads: Int
    ) throws -> (buildSeconds: Double, reports: [ProbeReport]) {
        let clock = ContinuousClock()
        let start = clock.now
        guard let built = ListBuilder(scan.table, threads: threads).build(lists: lists) else { return (0, []) }
        let width = shape.codeBytes
        let numbers = UnsafeMutableRawPointer.allocate(byteCount: 4 * rows, alignment: 64)
        let codes = UnsafeMutableRawPointer.allocate(byteCount: width * rows, alignment: 64)
        let terms = UnsafeMutableRawPointer.allocate(byteCount: RowShape.termsBytes * rows, alignment: 64)
        for (place, row) in built.rows.enumerated() {
            unsafe (numbers + 4 * place).storeBytes(of: row.littleEndian, as: UInt32.self)
            unsafe (codes + width * place).copyMemory(from: scan.table.codes.address(of: Int(row)), byteCount: width)
            unsafe (terms + RowShape.termsBytes * place).copyMemory(
                from: scan.table.terms.address(of: Int(row)), byteCount: RowShape.termsBytes)
        }
        func segments(_ memory: UnsafeMutableRawPointer, _ stride: Int) throws -> RowSegments {
            try RowSegments([unsafe RowSegment(base: UnsafeRawPointer(memory), firstRow: 0, rows: rows)], stride: stride)
        }
        let index = try InvertedLists(
            components: shape.components, centroids: built.centroids, lists: built.lists, numbers: unsafe segments(numbers, 4),
            codes: unsafe segments(codes, width), terms: unsafe segments(terms, RowShape.termsBytes))
        let buildSeconds = start.duration(to: clock.now).seconds
        var reports: [ProbeReport] = []
        for probes in probes {
            let approximate = ApproximateScan(exact: scan, lists: index, probes: probes)
            var (medians, ids) = ([Double](), [[UInt32]]())
            for _ in 0..<runs {
                var seconds: [Double] = []
                ids = []
                for query in queries {
                    let start = clock.now
                    let found = try approximate.nearest(to: try QueryVector(query), by: similarity, k: k)
                    seconds.append(start.duration(to: clock.now).seconds)
                    ids.append(found.map(\.row))
                }
                medians.append(seconds.median)
            }
            reports.append(ProbeReport(probes: probes, medianSeconds: medians, ids: ids))
        }
        return (buildSeconds, reports)
    }
}
