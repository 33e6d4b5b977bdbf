import Testing

@testable import LikenessSearch

/// A scan over matrices and layers is the scan over the rows as the newest layer has them.
@Suite struct LayeredScanTests {
    private struct Sample {
        var vectors: [[Float]]
        var biases: [Float]
        var present: [Bool]

        init(_ rows: Int, _ components: Int, _ random: inout SeededGenerator) {
            // Coarse numbers make ties.
            vectors = (0..<rows).map { _ in (0..<components).map { _ in (random.gaussian() * 2).rounded() / 2 } }
            biases = (0..<rows).map { _ in (random.gaussian() * 4).rounded() / 4 }
            present = (0..<rows).map { _ in random.next() % 8 != 0 }
        }
    }

    @Test("Layers, absent rows, ties and filters give bit for bit what scoring all rows gives", arguments: 0..<24)
    func oracle(seed: Int) throws {
        var random = SeededGenerator(UInt64(seed))
        let components = [3, 16, 64][seed % 3]
        let (baseRows, total) = (900, 900 + seed % 2 * 60)
        var rows = Sample(baseRows, components, &random)
        let base = try SearchFixture(rows.vectors, components: components, biases: rows.biases, present: rows.present)
        // Rows past the end that no layer has are not in the version.
        rows.vectors += Array(repeating: [Float](repeating: 0, count: components), count: total - baseRows)
        rows.biases += Array(repeating: 0, count: total - baseRows)
        rows.present += Array(repeating: false, count: total - baseRows)
        var layers: [ScanLayer] = []
        var fixtures = [base]
        for size in [200, 80, 30].prefix(seed % 4) {
            let numbers = Set((0..<size).map { _ in UInt32(random.next() % UInt64(total)) }).union([UInt32(total - 1)]).sorted()
            let changed = Sample(numbers.count, components, &random)
            for (place, number) in numbers.enumerated() {
                rows.vectors[Int(number)] = changed.vectors[place]
                rows.biases[Int(number)] = changed.biases[place]
                rows.present[Int(number)] = changed.present[place]
            }
            let fixture = try SearchFixture(
                changed.vectors, components: components, biases: changed.biases, present: changed.present, blockRows: (7, 40, 11))
            fixtures.append(fixture)
            layers.append(
                try ScanLayer(
                    numbers: numbers, representations: fixture.table.representations, codes: fixture.table.codes,
                    terms: fixture.table.terms))
        }
        let table = try ScanTable(
            representations: base.table.representations, codes: base.table.codes, terms: base.table.terms, components: components,
            layers: layers)
        let expected = try SearchFixture(rows.vectors, components: components, biases: rows.biases, present: rows.present)
        let (scan, oracle) = (ExactScan(table), ExactScan(expected.table))
        #expect(table.rows == (layers.isEmpty ? baseRows : total))
        for _ in 0..<6 {
            let query = try QueryVector((0..<components).map { _ in random.gaussian() })
            let excluded = RowSet((0..<50).map { _ in UInt32(random.next() % UInt64(total)) }, below: total)
            let allowed = RowSet((0..<400).map { _ in UInt32(random.next() % UInt64(total)) }, below: total)
            for filter in [RowFilter.none, RowFilter(excluded: excluded), RowFilter(allowed: allowed, excluded: excluded)] {
                for (similarity, k) in [(Similarity.cosine, 1), (.cosine, 10), (.innerProduct, 10), (.innerProduct, total)] {
                    let all = try oracle.nearestByScoringAll(to: query, by: similarity, k: k, filter: filter)
                    #expect(try scan.nearest(to: query, by: similarity, k: k, filter: filter) == all)
                    #expect(try scan.nearestByScoringAll(to: query, by: similarity, k: k, filter: filter) == all)
                }
            }
        }
        // In a batch the rows are laid out in panels.
        let batch = try (0..<19).map { _ in try QueryVector((0..<components).map { _ in random.gaussian() }) }
        let filters = batch.indices.map { number in
            let some = RowSet((0..<500).map { _ in UInt32(random.next() % UInt64(total)) }, below: total)
            return number % 3 == 0 ? RowFilter.none : number % 3 == 1 ? RowFilter(allowed: some) : RowFilter(excluded: some)
        }
        for similarity in Similarity.allCases {
            let alone = try zip(batch, filters).map { try oracle.nearestByScoringAll(to: $0, by: similarity, k: 12, filter: $1) }
            #expect(try scan.nearest(to: batch, by: similarity, k: 12, filters: filters) == alone)
        }
        withExtendedLifetime(fixtures) {}
    }

    @Test("Threads that share the rows give the answer of one", arguments: [2, 3, 5])
    func threads(count: Int) throws {
        var random = SeededGenerator(4)
        let rows = Sample(66_000, 3, &random)
        let base = try SearchFixture(rows.vectors, components: 3, biases: rows.biases, present: rows.present, blockRows: (900, 900, 4_000))
        let changed = Sample(3_000, 3, &random)
        let over = try SearchFixture(changed.vectors, components: 3, biases: changed.biases, present: changed.present)
        let table = try ScanTable(
            representations: base.table.representations, codes: base.table.codes, terms: base.table.terms, components: 3,
            layers: [
                ScanLayer(
                    numbers: (0..<3_000).map { UInt32(22 * $0 + 40) }, representations: over.table.representations, codes: over.table.codes,
                    terms: over.table.terms)
            ])
        let (one, many) = (ExactScan(table), ExactScan(table, threads: count))
        let odd = RowFilter(allowed: RowSet((0..<33_000).map { UInt32(2 * $0 + 1) }, below: 66_000))
        for query in [[1, 2, 3], [-1, 0.5, 0]] as [[Float]] {
            for similarity in Similarity.allCases {
                for filter in [RowFilter.none, odd] {
                    let expected = try one.nearestByScoringAll(to: QueryVector(query), by: similarity, k: 40, filter: filter)
                    #expect(try many.nearest(to: QueryVector(query), by: similarity, k: 40, filter: filter) == expected)
                }
            }
        }
        withExtendedLifetime((base, over)) {}
    }

    @Test("Numbers of a layer that do not ascend are refused")
    func order() throws {
        let fixture = try SearchFixture([[1, 2], [3, 4]], components: 2)
        for numbers: [UInt32] in [[3, 3], [4, 1]] {
            #expect(throws: ScanTableError.layerOutOfOrder) {
                try ScanLayer(
                    numbers: numbers, representations: fixture.table.representations, codes: fixture.table.codes,
                    terms: fixture.table.terms)
            }
        }
        #expect(throws: ScanTableError.self) {
            try ScanLayer(
                numbers: [1], representations: fixture.table.representations, codes: fixture.table.codes, terms: fixture.table.terms)
        }
    }
}
