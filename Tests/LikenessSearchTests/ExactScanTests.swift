import Testing

@testable import LikenessSearch

@Suite("Exact search")
struct ExactScanTests {
    enum Rows: String, CaseIterable {
        case random, ties, duplicates, zeros, tiny, denormal, huge, mixedScales, negative, hugeBiases, absent
    }

    static func make(_ kind: Rows, components: Int, count: Int) throws -> SearchFixture {
        var random = SeededGenerator(UInt64(components) << 8 + UInt64(kind.rawValue.utf8.count))
        var biases = (0..<count).map { _ in random.gaussian() }
        var present = [Bool](repeating: true, count: count)
        let prototypes = (0..<7).map { _ in (0..<components).map { _ in random.gaussian() } }
        let vectors: [[Float]] = (0..<count).map { row in
            let vector = (0..<components).map { _ in random.gaussian() }
            switch kind {
            case .random, .hugeBiases, .absent: return vector
            case .ties: return vector.map { $0 < -0.5 ? -1 : $0 > 0.5 ? 1 : 0 }
            case .duplicates: return prototypes[row % prototypes.count]
            case .zeros: return row % 3 == 0 ? vector : [Float](repeating: 0, count: components)
            case .tiny: return vector.map { $0 * 1e-27 }
            case .denormal: return vector.map { $0 * 0x1p-140 }
            case .huge: return vector.map { $0 * 1e35 }
            case .mixedScales: return vector.map { $0 * [1e-38, 1e-28, 1e-10, 1, 1e10, 1e30][row % 6] }
            case .negative: return vector.map { -abs($0) }
            }
        }
        if kind == .hugeBiases { biases = (0..<count).map { [1e30, -1e30, 1e30][$0 % 3] } }
        if kind == .ties { biases = biases.map { $0.rounded() } }
        if kind == .absent { present = (0..<count).map { _ in Bool.random(using: &random) } }
        return try SearchFixture(vectors, components: components, biases: biases, present: present)
    }

    static func queries(_ fixture: SearchFixture) -> [[Float]] {
        var random = SeededGenerator(99)
        let gaussian = (0..<fixture.components).map { _ in random.gaussian() }
        // What coding lost of a row: the direction in which the bound on that row is tight.
        let width = fixture.table.codes.stride
        let lost = (0..<fixture.components).map {
            fixture.vectors[6][$0] - fixture.coded.terms[6 * 4] * Float(fixture.coded.codes[6 * width + $0])
        }
        return [
            gaussian, fixture.vectors[5], lost, gaussian.map { $0 < 0 ? -1 : 1 }, gaussian.map { $0 * 1e-20 },
            gaussian.map { $0 * 1e25 }, gaussian.map { $0 * 0x1p-133 }, gaussian.map { $0 * 1e35 },
            [Float](repeating: 0, count: fixture.components),
        ]
    }

    @Test(
        "A scan by codes, scoring all rows and the definition agree in rows, order and bits",
        arguments: Rows.allCases, [1, 10, 63, 64, 65, 128, 300])
    func agreement(kind: Rows, components: Int) throws {
        let count = components > 20 ? 301 : 601
        let fixture = try Self.make(kind, components: components, count: count)
        let scan = ExactScan(fixture.table)
        for vector in Self.queries(fixture) {
            let query = try QueryVector(vector)
            for similarity in Similarity.allCases {
                let all = fixture.oracle(vector, similarity, k: count + 1)
                #expect(try scan.nearestByScoringAll(to: query, by: similarity, k: count + 10) == all)
                for k in [0, 1, 10, 70, count + 10] {
                    let expected = Array(all.prefix(k))
                    #expect(try scan.nearest(to: query, by: similarity, k: k) == expected)
                }
            }
        }
    }

    @Test("Every true score lies in the interval of its bound", arguments: Rows.allCases, [1, 64, 65, 300])
    func bounds(kind: Rows, components: Int) throws {
        let fixture = try Self.make(kind, components: components, count: 200)
        let scan = ExactScan(fixture.table)
        for vector in Self.queries(fixture) {
            let query = try QueryVector(vector)
            guard query.isCoded else { continue }
            for similarity in Similarity.allCases {
                let bound = ScanBound(query, similarity)
                for row in fixture.vectors.indices where fixture.present[row] {
                    let (low, high) = fixture.interval(of: row, query, bound)
                    let score = try #require(scan.score(UInt32(row), query, similarity))
                    #expect(low <= score && score <= high)
                }
            }
        }
    }

    @Test("Filters give the same answer on every path", arguments: [0, 1, 20, 700, 1_500])
    func filters(allowedCount: Int) throws {
        let count = 1_500
        let fixture = try Self.make(.absent, components: 65, count: count)
        let scan = ExactScan(fixture.table)
        var random = SeededGenerator(UInt64(allowedCount))
        let allowed = (0..<UInt32(count)).shuffled(using: &random).prefix(allowedCount)
        let excluded = (0..<UInt32(count)).shuffled(using: &random).prefix(count / 3)
        let filters = [
            RowFilter(allowed: RowSet(allowed, below: count)), RowFilter(excluded: RowSet(excluded, below: count)),
            RowFilter(allowed: RowSet(allowed, below: count), excluded: RowSet(excluded, below: count)),
            RowFilter(excluded: RowSet(0..<UInt32(count), below: count)), RowFilter.none,
        ]
        let all = Set(0..<UInt32(count))
        let passing = [
            Set(allowed), all.subtracting(excluded), Set(allowed).subtracting(excluded), [], all,
        ]
        let vector = Self.queries(fixture)[0]
        let queries = try filters.map { _ in try QueryVector(vector) }
        for similarity in Similarity.allCases {
            let batch = try scan.nearest(to: queries, by: similarity, k: 10, filters: filters)
            for (index, filter) in filters.enumerated() {
                let expected = fixture.oracle(vector, similarity, k: 10) { passing[index].contains(UInt32($0)) }
                #expect(try scan.nearest(to: queries[index], by: similarity, k: 10, filter: filter) == expected)
                #expect(
                    try scan.nearestByScoringAll(to: queries[index], by: similarity, k: 10, filter: filter) == expected)
                #expect(batch[index] == expected)
            }
        }
    }

    @Test("A batch by panels agrees with the definition in rows, order and bits", arguments: Rows.allCases, [1, 16, 65, 128])
    func panels(kind: Rows, components: Int) throws {
        let count = 701
        let fixture = try Self.make(kind, components: components, count: count)
        let scan = ExactScan(fixture.table)
        let vectors = Self.queries(fixture) + (0..<12).map { fixture.vectors[$0 * 50 + 3] }
        let queries = try vectors.map { try QueryVector($0) }
        let filters = queries.indices.map { number in
            number % 2 == 0
                ? RowFilter.none
                : RowFilter(
                    allowed: RowSet((0..<UInt32(count)).filter { $0 % 3 != 1 }, below: count), excluded: RowSet([3, 4, 5], below: count))
        }
        for similarity in Similarity.allCases {
            for k in [1, 10, 90] {
                let found = try scan.nearest(to: queries, by: similarity, k: k, filters: filters)
                for (number, vector) in vectors.enumerated() {
                    let expected = fixture.oracle(vector, similarity, k: k) { number % 2 == 0 || ($0 % 3 != 1 && !(3...5).contains($0)) }
                    #expect(found[number] == expected, "\(number) \(similarity) \(k)")
                }
            }
        }
    }

    @Test("Few rows that pass are looked at by themselves, and answered the same", arguments: [63, 64, 65, 300, 420])
    func few(allowedCount: Int) throws {
        let count = 4_000
        for kind in [Rows.absent, .ties, .hugeBiases] {
            let fixture = try Self.make(kind, components: 20, count: count)
            var random = SeededGenerator(UInt64(allowedCount))
            let allowed = Set((0..<UInt32(count)).shuffled(using: &random).prefix(allowedCount))
            let filter = RowFilter(allowed: RowSet(allowed, below: count), excluded: RowSet(allowed.sorted().prefix(9), below: count))
            let passing = Set(allowed.sorted().dropFirst(9))
            for vector in Self.queries(fixture) {
                for similarity in Similarity.allCases {
                    for k in [1, 10, 200] {
                        let expected = fixture.oracle(vector, similarity, k: k) { passing.contains(UInt32($0)) }
                        let found = try ExactScan(fixture.table).nearest(to: QueryVector(vector), by: similarity, k: k, filter: filter)
                        #expect(found == expected)
                    }
                }
            }
        }
    }

    @Test("A batch answers as its queries do one by one")
    func batch() throws {
        let fixture = try Self.make(.random, components: 64, count: 3_000)
        let scan = ExactScan(fixture.table)
        let queries = try Self.queries(fixture).map { try QueryVector($0) }
        for similarity in Similarity.allCases {
            let single = try queries.map { try scan.nearest(to: $0, by: similarity, k: 20) }
            #expect(try scan.nearest(to: queries, by: similarity, k: 20) == single)
        }
        #expect(try scan.nearest(to: [], by: .cosine, k: 20).isEmpty)
    }

    @Test("Rows in ascending order of score, where nothing can be dropped early, are answered the same")
    func ascending() throws {
        let vectors = (0..<12_000).map { [Float($0), 1, 0] }
        let fixture = try SearchFixture(vectors, components: 3)
        let scan = ExactScan(fixture.table)
        let query: [Float] = [1, 0.5, 0.25]
        for similarity in Similarity.allCases {
            #expect(
                try scan.nearest(to: QueryVector(query), by: similarity, k: 5)
                    == fixture.oracle(query, similarity, k: 5))
        }
    }

    @Test("A row whose whole score lies in what its code lost is found", arguments: Similarity.allCases)
    func tightBound(similarity: Similarity) throws {
        // The code of the first kind is exact: 127 and 28 ones. That of the other is 127 and zeros, and its 63 · 0.45 =
        // 28.35 in the direction of the query equals its bound.
        let exact = [127] + [Float](repeating: 1, count: 28) + [Float](repeating: 0, count: 35)
        let hidden = [127] + [Float](repeating: 0.45, count: 63)
        var vectors = [[Float]](repeating: exact, count: 900)
        vectors[899] = hidden
        let fixture = try SearchFixture(vectors, components: 64)
        let query = [0] + [Float](repeating: 1, count: 63)
        let matches = try ExactScan(fixture.table).nearest(to: QueryVector(query), by: similarity, k: 3)
        #expect(matches.map(\.row) == [899, 0, 1])
        #expect(matches == fixture.oracle(query, similarity, k: 3))
    }

    @Test("Most rows are dropped unscored")
    func drops() throws {
        let fixture = try Self.make(.random, components: 64, count: 5_000)
        let query = try QueryVector(Self.queries(fixture)[0])
        let wanted = fixture.oracle(Self.queries(fixture)[0], .cosine, k: 10)[9].score
        let bound = ScanBound(query, .cosine)
        let kept = fixture.vectors.indices.filter { fixture.interval(of: $0, query, bound).high >= wanted }
        #expect(kept.count >= 10 && kept.count < 40)
    }

    @Test("A table without rows answers with nothing")
    func empty() throws {
        let fixture = try SearchFixture([], components: 4)
        #expect(try ExactScan(fixture.table).nearest(to: QueryVector([1, 2, 3, 4]), by: .cosine, k: 5).isEmpty)
    }

    @Test("What does not fit together is refused")
    func misfits() throws {
        let fixture = try SearchFixture([[1, 2]], components: 2)
        let query = try QueryVector([1, 2, 3])
        for k in [0, 1] {
            #expect(throws: ScanTableError.componentsDiffer(table: 2, query: 3)) {
                try ExactScan(fixture.table).nearest(to: query, by: .cosine, k: k)
            }
        }
        #expect(throws: ScanTableError.filtersDiffer(queries: 1, filters: 0)) {
            try ExactScan(fixture.table).nearest(to: [query], by: .cosine, k: 1, filters: [])
        }
        #expect(throws: ScanTableError.strideDiffers(matrix: "representations", expected: 128, found: 64)) {
            try ScanTable(
                representations: fixture.table.representations, codes: fixture.table.codes, terms: fixture.table.terms,
                components: 17)
        }
        #expect(throws: ScanTableError.rowsDiffer(representations: 1, codes: 0, terms: 1)) {
            try ScanTable(
                representations: fixture.table.representations, codes: RowSegments([], stride: 64),
                terms: fixture.table.terms, components: 2)
        }
        let segment = fixture.table.terms.segments[0]
        #expect(throws: ScanTableError.gap(expectedRow: 1, foundRow: 0)) {
            try RowSegments([segment, segment], stride: 16)
        }
    }
}
