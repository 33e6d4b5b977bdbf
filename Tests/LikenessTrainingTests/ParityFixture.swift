import Foundation
import LikenessFormat

@testable import LikenessTraining

/// What LightFM computed on a small problem; written by `tools/parity/make_fixtures.py`.
struct ParityFixture: Decodable, Sendable, CustomStringConvertible {
    struct Features: Decodable, Sendable {
        var identity: [Float]
        var named: [[[Float]]]

        func rows() throws -> FeatureRows {
            try FeatureRows(
                named.map { $0.map { (feature: UInt32($0[0]), weight: $0[1]) } }, identityWeights: identity)
        }
    }

    struct Epoch: Decodable, Sendable {
        var order: [Int]
        var start: UInt32
    }

    var kind: String
    var loss: Hyperparameters.Loss
    var schedule: Hyperparameters.Schedule
    var alpha: Float
    var components, users, items, itemFeatureCount, userFeatureCount: Int
    var itemFeatures, userFeatures: Features
    var userIds, itemIds: [UInt32]
    var values: [Float]
    var weights: [Float]?
    var epochs: [Epoch]
    var before, after: [String: [Float]]

    var description: String { "\(kind) \(loss.rawValue) \(schedule.rawValue) alpha \(alpha)" }

    static func load(_ kind: String) throws -> [ParityFixture] {
        guard let file = Bundle.module.url(forResource: kind, withExtension: "json", subdirectory: "Fixtures") else {
            throw CocoaError(.fileNoSuchFile)
        }
        return try JSONDecoder().decode([ParityFixture].self, from: Data(contentsOf: file))
    }

    private static let names: [(part: ParameterPart, name: String)] = [
        (.embeddings, "embeddings"), (.embeddingAccumulators, "embedding_gradients"),
        (.embeddingMomenta, "embedding_momentum"), (.biases, "biases"), (.biasAccumulators, "bias_gradients"),
        (.biasMomenta, "bias_momentum"),
    ]

    private static var tables: [(path: WritableKeyPath<Model, ParameterTable>, side: String, isNamed: Bool)] {
        [
            (\.items, "item", false), (\.itemFeatures, "item", true), (\.users, "user", false),
            (\.userFeatures, "user", true),
        ]
    }

    /// The model before training.
    func model() -> Model {
        var model = Model(components: components, schedule: schedule)
        model.items.addRows(upTo: items)
        model.itemFeatures.addRows(upTo: itemFeatureCount)
        model.users.addRows(upTo: users)
        model.userFeatures.addRows(upTo: userFeatureCount)
        visit(model) { path, part, index, reference in
            let old = before[reference.name]?[reference.index] ?? .nan
            unsafe model[keyPath: path].withUnsafeMutableBytes(of: part) { memory in
                unsafe memory.storeBytes(of: old, toByteOffset: 4 * index, as: Float.self)
            }
        }
        return model
    }

    /// The largest difference between a trained model and LightFM's, relative where numbers are larger than 1.
    func largestDifference(from model: Model) -> Float {
        var worst: Float = 0
        visit(model) { path, part, index, reference in
            let found = unsafe model[keyPath: path].withUnsafeBytes(of: part) { memory in
                unsafe memory.load(fromByteOffset: 4 * index, as: Float.self)
            }
            let expected = after[reference.name]?[reference.index] ?? .nan
            // Accumulators grow far past 1, where floats themselves are further apart than the tolerance.
            let difference = abs(found - expected) / max(1, abs(expected))
            worst = difference <= worst ? worst : difference
        }
        return worst
    }

    /// Calls `body` with each number's place in our tables and in LightFM's arrays, where identity rows come before named ones.
    private func visit(
        _ model: Model,
        _ body: (WritableKeyPath<Model, ParameterTable>, ParameterPart, Int, (name: String, index: Int)) -> Void
    ) {
        for (path, side, isNamed) in Self.tables {
            let table = model[keyPath: path]
            let first = isNamed ? (side == "item" ? items : users) : 0
            for (part, name) in Self.names where table.count(of: part) > 0 {
                for row in 0..<table.rows {
                    for component in 0..<(part.isWide ? components : 1) {
                        let ours = part.isWide ? row * table.stride + component : row
                        let theirs = part.isWide ? (first + row) * components + component : first + row
                        body(path, part, ours, ("\(side)_\(name)", theirs))
                    }
                }
            }
        }
    }
}

/// LightFM's in-kernel generator: a linear congruence whose output is tempered as that of a Mersenne twister.
struct LightFMSampler: Sampler {
    static var drawsAhead: Bool { false }
    var state: UInt32

    mutating func draw(below bound: Int) -> Int {
        state = state &* 1_103_515_245 &+ 12345
        var y = state
        y ^= y >> 11
        y ^= (y << 7) & 0x9d2c_5680
        y ^= (y << 15) & 0xefc6_0000
        y ^= y >> 18
        return Int(y >> 1) % bound
    }
}
