import LikenessFormat
import Testing

@testable import LikenessTraining

@Suite struct ParameterTableTests {
    @Test("A fresh row starts the same however many others there are", arguments: [1, 15, 16, 17, 64])
    func growth(components: Int) {
        var slowly = ParameterTable(kind: .item, components: components, schedule: .adadelta)
        for rows in [3, 4, 9] { slowly.grow(to: rows, seed: 5) }
        var atOnce = ParameterTable(kind: .item, components: components, schedule: .adadelta)
        atOnce.grow(to: 9, seed: 5)
        #expect(slowly == atOnce)
        #expect(slowly.stride % 16 == 0 && slowly.stride >= components && slowly.stride < components + 16)
        #expect(Set(slowly.embedding(0)) != Set(slowly.embedding(1)))
        #expect(slowly.embedding(8).allSatisfy { abs($0) <= 0.5 / Float(components) })
        for padding in components..<slowly.stride { #expect(slowly.embeddings[padding] == 0) }
    }

    @Test("Embeddings start uniform in ±0.5/d, biases at 0, and sums of squares at 1 or running means at 0", arguments: [4, 64])
    func start(components: Int) {
        for schedule in Hyperparameters.Schedule.allCases {
            var table = ParameterTable(kind: .item, components: components, schedule: schedule)
            table.grow(to: 4_000, seed: 11)
            let values = (0..<4_000).flatMap { table.embedding($0) }.map { Double($0) * Double(components) + 0.5 }
            var tenths = [Int](repeating: 0, count: 10)
            for value in values { tenths[min(max(Int(value * 10), 0), 9)] += 1 }
            let expected = Double(values.count) / 10
            for tenth in tenths { #expect(abs(Double(tenth) - expected) < 5 * expected.squareRoot()) }
            #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 })
            let first: Float = schedule == .adagrad ? 1 : 0
            for row in [0, 1_999, 3_999] {
                #expect(table.biases[row] == 0 && table.biasAccumulators[row] == first)
                for component in 0..<components { #expect(table.embeddingAccumulators[row * table.stride + component] == first) }
                guard schedule == .adadelta else { continue }
                #expect(table.biasMomenta[row] == 0)
                for component in 0..<components { #expect(table.embeddingMomenta[row * table.stride + component] == 0) }
            }
        }
    }

    @Test("The four tables of a fresh model start apart, about 0 and as far out as they may, and another seed elsewhere")
    func apart() {
        let (rows, components) = (2_000, 10)
        func tables(seed: UInt64) -> [[Double]] {
            let model = Model(
                components: components, schedule: .adagrad, items: rows, itemFeatures: rows, users: rows, userFeatures: rows, seed: seed)
            return model.tables.map { table in
                (0..<rows).flatMap { table.embedding($0) }.map { Double($0) * 2 * Double(components) }
            }
        }
        // Uniform in ±1 now: the mean of n numbers is off by 1 / √(3n), and so is that of products by 1 / (3 √n).
        let (tables, count) = (tables(seed: 1) + tables(seed: 2), Double(rows * components))
        for (index, table) in tables.enumerated() {
            #expect(abs(table.reduce(0, +) / count) < 5 / (3 * count).squareRoot())
            #expect(abs(table.reduce(0) { $0 + $1 * $1 } / count - 1 / 3) < 5 * (4 / 45 / count).squareRoot())
            #expect(table.max().map { $0 > 0.999 && $0 <= 1 } == true && table.min().map { $0 < -0.999 && $0 >= -1 } == true)
            let others = tables[..<index] + [Array(table[components...] + table[..<components]), Array(table[1...] + table[..<1])]
            for other in others {
                let product = zip(table, other).reduce(0) { $0 + $1.0 * $1.1 } / count
                #expect(abs(product) < 5 / (3 * count.squareRoot()))
            }
        }
    }

    @Test(
        "A row that starts anew is as a fresh one, and others stay", arguments: Hyperparameters.Schedule.allCases, [5, 16])
    func restarting(schedule: Hyperparameters.Schedule, components: Int) {
        var fresh = ParameterTable(kind: .user, components: components, schedule: schedule)
        fresh.grow(to: 4, seed: 5)
        var used = fresh
        for part in ParameterPart.allCases where used.count(of: part) > 0 {
            let width = part.isWide ? used.stride : 1
            unsafe used.withUnsafeMutableBytes(of: part) { memory in
                let floats = unsafe memory.bindMemory(to: Float.self)
                for row in 0..<4 { unsafe floats[row * width] = 7 }
            }
        }
        let before = used
        used.restart([3, 1], seed: 5)
        for row in 0..<4 {
            let expected = row % 2 == 1 ? fresh : before
            for part in ParameterPart.allCases where used.count(of: part) > 0 {
                let bytes = (0..<4 * (part.isWide ? used.stride : 1)).map { $0 + row * 4 * (part.isWide ? used.stride : 1) }
                let found = unsafe used.withUnsafeBytes(of: part) { memory in bytes.map { unsafe memory[$0] } }
                let wanted = unsafe expected.withUnsafeBytes(of: part) { memory in bytes.map { unsafe memory[$0] } }
                #expect(found == wanted, "row \(row), \(part)")
            }
        }
    }

    @Test("A run of representations is that part of all of them, with features and without", arguments: [0..<4, 1..<3, 2..<2])
    func runs(rows: Range<Int>) throws {
        let features = try FeatureRows([[(feature: 1, weight: 0.5)], [], [(feature: 0, weight: -1)]], identityWeights: [1, 0.25, 0])
        var model = Model(components: 5, schedule: .adagrad, items: 4, itemFeatures: 2, users: 1, seed: 9)
        for row in 0..<4 { model.items.biases[row] = Float(row) + 1 }
        for features in [features, nil] {
            let (all, part) = (model.itemRepresentations(features), model.representations(of: .item, features, rows: rows))
            #expect(part.biases == Array(all.biases[rows]))
            #expect(rows.map { part.vector($0 - rows.lowerBound) } == rows.map { all.vector($0) })
        }
    }

    @Test("Every array can be read and filled as raw memory", arguments: ParameterPart.allCases)
    func rawMemory(part: ParameterPart) {
        var table = ParameterTable(kind: .user, components: 20, schedule: .adadelta)
        table.grow(to: 3, seed: 1)
        let copy = table
        let bytes = unsafe table.withUnsafeBytes(of: part) { unsafe Array($0) }
        #expect(bytes.count == 4 * (part.isWide ? 3 * 32 : 3))
        unsafe table.withUnsafeMutableBytes(of: part) { memory in unsafe memory.storeBytes(of: 7, as: Float.self) }
        #expect(table != copy)
        unsafe table.withUnsafeMutableBytes(of: part) { memory in unsafe memory.copyBytes(from: bytes) }
        #expect(table == copy)
    }

    @Test("Representations are the weighted sums of a row's parts")
    func representations() throws {
        let features = try FeatureRows(
            [[(feature: 1, weight: 0.5), (feature: 0, weight: 2)], [], [(feature: 0, weight: -1)]],
            identityWeights: [1, 0.25, 0])
        var model = Model(components: 5, schedule: .adagrad, items: 4, itemFeatures: 2, users: 1, seed: 9)
        for row in 0..<4 { model.items.biases[row] = Float(row) + 1 }
        model.itemFeatures.biases[0] = 10
        model.itemFeatures.biases[1] = 100
        let all = model.itemRepresentations(features)
        let (own, named) = (model.items, model.itemFeatures)
        for component in 0..<5 {
            let expected =
                own.embedding(0)[component] + 0.5 * named.embedding(1)[component] + 2 * named.embedding(0)[component]
            #expect(abs(all.vector(0)[component] - expected) < 1e-6)
        }
        #expect(all.vector(3) == own.embedding(3))
        #expect(all.biases == [1 + 50 + 20, 0.5, -10, 4])
        let some = model.itemRepresentations(features, rows: [2, 0])
        #expect(some.vector(0) == all.vector(2) && some.vector(1) == all.vector(0) && some.biases == [-10, 71])
    }

    @Test("TF-IDF features have length 1, L1 weights add up to 1, raw ones stay, equal ones add up")
    func weighting() throws {
        let lists: [[(feature: UInt32, weight: Float)]] = [[(0, 1), (1, 1)], [(0, 1), (0, 2)], []]
        let tfidf = try #require(try FeatureWeighting.tfidf.rows(of: lists))
        #expect(abs(tfidf.features(of: 0).reduce(0) { $0 + $1.weight * $1.weight } - 1) < 1e-6)
        #expect(tfidf.weights[1] > tfidf.weights[0])
        let l1 = try #require(try FeatureWeighting.l1.rows(of: lists))
        #expect(l1.identityWeights == [1 / 3, 1 / 4, 1] && l1.weights == [1 / 3, 1 / 3, 3 / 4])
        let raw = try #require(try FeatureWeighting.raw.rows(of: lists, identityScale: 0.5))
        #expect(raw.weights == [1, 1, 3] && raw.identityWeights == [0.5, 0.5, 0.5])
        #expect(try FeatureWeighting.none.rows(of: lists) == nil)
        for weighting in [FeatureWeighting.tfidf, .l1, .raw] {
            let alone = try #require(try weighting.rows(of: lists + [[(1, 0)]], identityScale: 0))
            #expect(alone.identityWeights == [0, 0, 1, 1], "rows of nothing keep their own embedding")
        }
    }
}
