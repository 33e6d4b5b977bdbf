import Testing

@testable import LikenessSearch

@Suite("Approximate search")
struct ApproximateScanTests {
    /// Lists over a fixture, as an index lays them out.
    private static func lists(_ fixture: SearchFixture, _ count: Int, threads: Int = 1) throws -> (InvertedLists, ListBuilder.Built, Memory)
    {
        let built = try #require(ListBuilder(fixture.table, threads: threads).build(lists: count))
        let memory = Memory(fixture, built)
        return (
            try InvertedLists(
                components: fixture.components, centroids: built.centroids, lists: built.lists,
                numbers: memory.segments(0), codes: memory.segments(1), terms: memory.segments(2)), built, memory
        )
    }

    /// The three matrices of an index, in blocks of odd sizes.
    private final class Memory {
        private let parts: [(bytes: UnsafeMutableRawPointer, stride: Int, block: Int)]
        private let rows: Int

        init(_ fixture: SearchFixture, _ built: ListBuilder.Built) {
            let width = fixture.table.codes.stride
            rows = built.rows.count
            let numbers = built.rows
            let codes = built.rows.flatMap { Array(fixture.coded.codes[Int($0) * width..<(Int($0) + 1) * width]) }
            let terms = built.rows.flatMap { Array(fixture.coded.terms[Int($0) * 4..<Int($0) * 4 + 4]) }
            func copy<Element>(_ array: [Element]) -> UnsafeMutableRawPointer {
                array.withUnsafeBytes { bytes in
                    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 1, alignment: 64)
                    if let base = bytes.baseAddress { memory.copyMemory(from: base, byteCount: bytes.count) }
                    return memory
                }
            }
            parts = [(copy(numbers), 4, 90), (copy(codes), width, 37), (copy(terms), 16, 128)]
        }

        deinit { for part in parts { part.bytes.deallocate() } }

        func segments(_ index: Int) throws -> RowSegments {
            let part = parts[index]
            return try RowSegments(
                Swift.stride(from: 0, to: rows, by: part.block).map { first in
                    RowSegment(
                        base: UnsafeRawPointer(part.bytes + first * part.stride), firstRow: first, rows: min(part.block, rows - first))
                }, stride: part.stride)
        }
    }

    @Test("Looking at all lists finds what an exact scan finds, in rows, order and bits", arguments: ExactScanTests.Rows.allCases, [5, 65])
    func allLists(kind: ExactScanTests.Rows, components: Int) throws {
        let fixture = try ExactScanTests.make(kind, components: components, count: 401)
        let scan = ExactScan(fixture.table)
        let (lists, built, memory) = try Self.lists(fixture, 19)
        defer { withExtendedLifetime(memory) {} }
        #expect(Set(built.rows) == Set((0..<401).filter { fixture.present[$0] }.map(UInt32.init)) && lists.count == built.rows.count)
        let approximate = ApproximateScan(exact: scan, lists: lists, probes: 19)
        let some = RowFilter(allowed: RowSet((0..<401).filter { $0 % 2 == 0 }, below: 401), excluded: RowSet([4, 8], below: 401))
        for vector in ExactScanTests.queries(fixture) {
            let query = try QueryVector(vector)
            for similarity in Similarity.allCases {
                for k in [1, 7, 90, 1_000] {
                    for filter in [RowFilter.none, some] {
                        let found = try approximate.nearest(to: query, by: similarity, k: k, filter: filter)
                        #expect(
                            try found == (try scan.nearest(to: query, by: similarity, k: k, filter: filter)), "\(kind) \(similarity) \(k)")
                    }
                }
            }
        }
    }

    @Test("A few lists give true scores in order, most of the best rows, and k rows whenever k pass")
    func fewLists() throws {
        let fixture = try ExactScanTests.make(.random, components: 6, count: 2_000)
        let scan = ExactScan(fixture.table)
        let (lists, _, memory) = try Self.lists(fixture, 50)
        defer { withExtendedLifetime(memory) {} }
        var (hits, wanted) = (0, 0)
        let rare = RowFilter(allowed: RowSet((0..<2_000).filter { $0 % 12 == 5 }, below: 2_000))
        for row in stride(from: 0, to: 2_000, by: 67) {
            let query = try QueryVector(fixture.vectors[row])
            for similarity in Similarity.allCases {
                for (filter, k) in [(RowFilter.none, 10), (rare, 10), (rare, 160)] {
                    let found = try ApproximateScan(exact: scan, lists: lists, probes: 5).nearest(
                        to: query, by: similarity, k: k, filter: filter)
                    #expect(found.count == k && zip(found, found.dropFirst()).allSatisfy { $0.precedes($1) })
                    #expect(found.allSatisfy { filter.passes($0.row) && scan.score($0.row, query, similarity) == $0.score })
                    guard k == 10, filter.allowed == nil else { continue }
                    let truth = try scan.nearest(to: query, by: similarity, k: k)
                    hits += truth.count { found.contains($0) }
                    wanted += k
                }
            }
        }
        #expect(Double(hits) > 0.6 * Double(wanted), "\(hits) of \(wanted)")
    }

    @Test("Lists do not depend on threads, and a measured curve rises to 1")
    func building() throws {
        let fixture = try ExactScanTests.make(.random, components: 20, count: 1_501)
        let (lists, built, memory) = try Self.lists(fixture, 40)
        defer { withExtendedLifetime(memory) {} }
        let others = try #require(ListBuilder(fixture.table, threads: 3).build(lists: 40))
        #expect(others.rows == built.rows && others.lists == built.lists && others.centroids == built.centroids)
        let queries = try (0..<30).map { try QueryVector(fixture.vectors[$0 * 50]) }
        let curve = try ApproximateScan.curve(ExactScan(fixture.table), lists, queries: queries, by: .cosine)
        #expect(curve.first?.probes == 1 && curve.last?.recall == 1 && (curve.last?.probes ?? 99) <= 40)
        #expect(zip(curve, curve.dropFirst()).allSatisfy { $0.probes < $1.probes && $0.recall <= $1.recall })
        #expect(ListBuilder(fixture.table, threads: 1).build(lists: 40) { done, _ in done < 3 } == nil)
    }

    @Test("Lists are taken in order, however many are foreseen", arguments: [0, 1, 7, 60, 499, 900])
    func order(first: Int) {
        var random = SeededGenerator(5)
        let worths = (0..<500).map { $0 % 90 == 3 ? Float.nan : ($0 % 70 == 4 ? -.infinity : (random.gaussian() * 4).rounded()) }
        let whole = worths.map { $0.isNaN ? -.infinity : $0 }
        var order = ListOrder(worths, first: first)
        var taken: [Int] = []
        while let list = order.next() { taken.append(list) }
        #expect(taken == whole.indices.sorted { whole[$0] > whole[$1] || (whole[$0] == whole[$1] && $0 < $1) })
    }

    @Test("Few rows, and rows that are all the same, have lists too", arguments: [1, 2, 7])
    func fewRows(count: Int) throws {
        for kind in [ExactScanTests.Rows.random, .duplicates, .zeros] {
            let fixture = try ExactScanTests.make(kind, components: 3, count: count)
            let (lists, built, memory) = try Self.lists(fixture, 5)
            defer { withExtendedLifetime(memory) {} }
            #expect(built.lists.count == min(count, 5) && lists.count == count)
            let scan = ApproximateScan(exact: ExactScan(fixture.table), lists: lists, probes: 1)
            #expect(try scan.nearest(to: QueryVector([1, 2, 3]), by: .cosine, k: 10).count == count)
        }
    }

    @Test("Lists that do not fit their rows are refused")
    func refusals() throws {
        let fixture = try ExactScanTests.make(.random, components: 3, count: 50)
        let (_, built, memory) = try Self.lists(fixture, 4)
        defer { withExtendedLifetime(memory) {} }
        func make(_ lists: [InvertedLists.List], _ centroids: [Float]) throws -> InvertedLists {
            try InvertedLists(
                components: 3, centroids: centroids, lists: lists, numbers: memory.segments(0), codes: memory.segments(1),
                terms: memory.segments(2))
        }
        var lists = built.lists
        lists[1] = InvertedLists.List(first: lists[1].first, count: Int(UInt32.max), length: 1, bias: 0)
        #expect(throws: ScanTableError.self) { try make(lists, built.centroids) }
        lists[1] = InvertedLists.List(first: 0, count: built.lists[1].count, length: 1, bias: 0)
        #expect(throws: ScanTableError.self) { try make(lists, built.centroids) }
        #expect(throws: ScanTableError.self) { try make(built.lists.dropLast(), built.centroids) }
        #expect(throws: ScanTableError.self) { try make(built.lists, built.centroids.dropLast()) }
        #expect(throws: ScanTableError.self) { try make(built.lists, built.centroids.map { _ in .infinity }) }
    }
}
