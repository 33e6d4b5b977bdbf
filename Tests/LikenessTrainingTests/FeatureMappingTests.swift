import Testing

@testable import LikenessTraining

/// What features learn of the items that have them, beside what their own steps teach them.
@Suite struct FeatureMappingTests {
    static let items = 40

    /// Items of two features each of five, of which every third has many likes.
    static func features(identityScale: Float = 1) throws -> FeatureRows {
        var lists: [[(feature: UInt32, weight: Float)]] = []
        for item in 0..<items {
            let (first, second) = (item % 5, (item * 2 + 1) % 5)
            lists.append([(UInt32(first), 1), (UInt32(second), Float(item % 4) - 0.5)])
        }
        let likes = (0..<items).map { UInt32($0 % 3 == 0 ? 100 : $0 % 12) }
        var options = FeatureOptions()
        options.identityScale = identityScale
        return try #require(try options.rows(of: lists, likes: likes))
    }

    static func model(_ components: Int) -> Model {
        var model = Model(components: components, schedule: .adagrad, items: items, itemFeatures: 5, users: 1, seed: 4)
        for item in 0..<items { unsafe model.items.biases.uniqueStart()[item] = Float(item) / 10 }
        return model
    }

    static func swept(_ model: Model, _ features: FeatureRows, rows: [Int], sweeps: Int = 1, threads: Int) -> Model {
        var model = model
        let (items, named) = (TableView(&model.items, decays: nil), TableView(&model.itemFeatures, decays: nil))
        let mapping = FeatureMapping(of: rows, features)
        for _ in 0..<sweeps { mapping.sweep(items, named, threads: threads) }
        return model
    }

    /// The embedding of a row, and its bias.
    static func numbers(of row: Int, _ table: ParameterTable) -> [Double] {
        table.embedding(row).map { Double($0) } + [Double(table.biases[row])]
    }

    @Test("A sweep equals its definition, on any number of threads", arguments: [1, 10, 16, 17, 64, 130], [Float(0.25), 1, 3])
    func equalsDefinition(components: Int, identityScale: Float) throws {
        let (features, start) = (try Self.features(identityScale: identityScale), Self.model(components))
        let rows = Array(2..<Self.items)
        var expected = (0..<5).map { Self.numbers(of: $0, start.itemFeatures) }
        for row in rows {
            let share = Double(features.shares[row])
            let entries = features.features(of: row)
            let columns = entries.map { Int($0.feature) }
            let alone = entries.map { Double($0.weight) / share.squareRoot() }
            let own = Self.numbers(of: row, start.items)
            var length = 0.0
            for weight in alone { length += weight * weight }
            for lane in 0...components {
                var sum = 0.0
                for (column, weight) in zip(columns, alone) { sum += weight * expected[column][lane] }
                let representation: Double = Double(features.identityWeights[row]) * own[lane] + share.squareRoot() * sum
                let step: Double = Double(FeatureMapping.rate) * (1 - share) * (representation - sum) / length
                for (column, weight) in zip(columns, alone) { expected[column][lane] += step * weight }
            }
        }
        let one = Self.swept(start, features, rows: rows, threads: 1)
        for feature in 0..<5 {
            for (found, expected) in zip(Self.numbers(of: feature, one.itemFeatures), expected[feature]) {
                #expect(abs(found - expected) < 1e-5)
            }
        }
        for threads in [2, 3, 9] { #expect(Self.swept(start, features, rows: rows, threads: threads) == one) }
        #expect(one.items == start.items)
    }

    @Test("Features come to say what the items are that they make up")
    func recovers() throws {
        var start = Self.model(8)
        let truth = Model(components: 8, schedule: .adagrad, items: 1, itemFeatures: 5, users: 1, seed: 9).itemFeatures
        let features = try Self.features()
        let rows = Array(stride(from: 0, to: Self.items, by: 3))
        for row in rows {
            for lane in 0..<8 {
                var sum: Float = 0
                for entry in features.features(of: row) {
                    sum += 1_000 * entry.weight * truth.embedding(Int(entry.feature))[lane]
                }
                unsafe start.items.embeddings.uniqueStart()[row * start.items.stride + lane] = sum
            }
        }
        let end = Self.swept(start, features, rows: rows, sweeps: 3_000, threads: 1)
        for feature in 0..<5 {
            let (learned, planted): ([Float], [Float]) = (end.itemFeatures.embedding(feature), truth.embedding(feature))
            for (found, wanted) in zip(learned, planted) {
                #expect(abs(found - wanted) < 1e-3)
            }
        }
    }
}
