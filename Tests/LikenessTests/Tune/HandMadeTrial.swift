import Foundation
import Likeness
import Testing

@testable import LikenessModels

/// What a trial trains on, in a store of its own, and what it is measured with, in a file: for fits and evaluations by hand.
struct HandMadeTrial {
    private let store: Store
    private let held: String

    /// - Parameters:
    ///   - folder: that of a planted store.
    ///   - data: all likes of that store.
    ///   - train: those of the trial.
    ///   - others: pairs of `data` that are in neither.
    init(_ folder: TemporaryFolder, _ data: TrainingSet, train: TrainingSet, others: Set<[UInt32]> = []) throws {
        // The ids of the planted store are not its indices: users come in order, items as they appear.
        var items: [UInt32: String] = [:]
        let lines = try String(contentsOfFile: folder.path + "/likes.psv", encoding: .utf8).split(separator: "\n").dropFirst()
        for (row, line) in lines.enumerated() { items[data.opinions.items[row]] = String(line.split(separator: "|")[1]) }
        func text(_ pairs: [[UInt32]]) -> String {
            "uid,mid\n" + pairs.map { "u\($0[0]),\(items[$0[1]] ?? "?")\n" }.joined()
        }
        store = try Store.create(at: folder.path + "/other")
        // Features first, item by item, so that items have the same numbers and the same random starts.
        var features = "mid,type,value\n"
        for index in 0..<UInt32(items.count) {
            let id = items[index] ?? "?"
            features += "\(id),tag,\((Int(id.dropFirst()) ?? 0) % 2 == 0 ? "Even" : "Odd")\n\(id),category,Things\n"
        }
        try store.ingestFeatures(from: folder.write(features, to: "other.csv"))
        try store.ingestLikes(
            from: folder.write(text(zip(train.opinions.users, train.opinions.items).map { [$0, $1] }), to: "train.csv"))
        held = try folder.write(
            text(Array(HandMadeTrial.pairs(data).subtracting(HandMadeTrial.pairs(train)).subtracting(others))), to: "held.csv")
    }

    static func pairs(_ set: TrainingSet) -> Set<[UInt32]> { Set(zip(set.opinions.users, set.opinions.items).map { [$0, $1] }) }

    /// NDCG of a fit at the length of a list.
    func ndcg(_ fit: LeastSquaresFitOptions, k: Int) throws -> Double {
        try store.fit(fit)
        var evaluation = EvaluationOptions()
        (evaluation.k, evaluation.excludesTrain) = (k, true)
        return try #require(try store.evaluate(test: held, options: evaluation).metrics["ndcg"])
    }
}
