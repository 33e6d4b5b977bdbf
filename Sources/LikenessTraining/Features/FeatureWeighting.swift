import Platform

/// How raw features, such as tags, become the weights of a representation.
public enum FeatureWeighting: String, Codable, Sendable, CaseIterable {
    /// Rare features weigh more (raw weight × ln((1 + rows) / (1 + rows that have it)) + 1), and a row's features have length 1
    /// together, beside its own embedding of weight 1.
    case tfidf
    /// A row's own embedding and all of its features weigh 1 before they are divided by their sum.
    case l1
    /// Every feature weighs what it was given, beside the row's own embedding.
    case raw
    /// No features at all: each row is its own embedding.
    case none

    /// The largest weight of a feature that can be computed with: squares of it, made larger for rarity, are finite.
    static let mostWeight: Float = 1e15

    /// Feature rows from lists of (feature, raw weight), one a row. Equal features of a row are added up.
    /// - Parameters:
    ///   - identityScale: the weight of each row's own embedding, before a division by the sum; 0 leaves it out, so that rows are made
    ///     of features alone. A row whose features weigh nothing then keeps its own embedding, of weight 1.
    ///   - rowCount: how many rows there are for ``tfidf``; nil for all, fewer where some stand for what is not part of the model.
    ///   - rowsWith: how many rows have a feature, for ``tfidf``; nil to count those of the lists.
    /// - Returns: nil if each row is its own embedding alone.
    /// - Throws: ``TrainingError/featureTooHeavy(row:feature:weight:)`` if a weight is not finite or more than ``mostWeight``.
    /// - Complexity: O(f log f) for f features in all.
    package func rows(
        of lists: [[(feature: UInt32, weight: Float)]], identityScale: Float = 1, rowCount: Int? = nil,
        rowsWith frequency: ((UInt32) -> Int)? = nil
    ) throws(TrainingError) -> FeatureRows? {
        if self == .none { return nil }
        let merged = lists.map { list -> [(feature: UInt32, weight: Float)] in
            var sums: [UInt32: Float] = [:]
            for (feature, weight) in list { sums[feature, default: 0] += weight }
            return sums.sorted { $0.key < $1.key }.map { (feature: $0.key, weight: $0.value) }
        }
        for (row, list) in merged.enumerated() {
            if let heavy = list.first(where: { !(abs($0.weight) <= FeatureWeighting.mostWeight) }) {
                throw .featureTooHeavy(row: row, feature: heavy.feature, weight: heavy.weight)
            }
        }
        var identities = [Float](repeating: identityScale, count: lists.count)
        let weighted: [[(feature: UInt32, weight: Float)]]
        switch self {
        case .none, .raw:
            weighted = merged
        case .l1:
            weighted = merged.enumerated().map { row, list in
                let sum = list.reduce(abs(identityScale)) { $0 + abs($1.weight) }
                guard sum > 0 else { return list }
                identities[row] = identityScale / sum
                return list.map { ($0.feature, $0.weight / sum) }
            }
        case .tfidf:
            var rowsWith: [UInt32: Int] = [:]
            if frequency == nil {
                for list in merged { for entry in list { rowsWith[entry.feature, default: 0] += 1 } }
            }
            let total = Double(rowCount ?? lists.count)
            weighted = merged.map { list in
                let scaled = list.map { entry -> (feature: UInt32, weight: Float) in
                    let rarity =
                        Mathematics.logarithm((1 + total) / (1 + Double(frequency?(entry.feature) ?? rowsWith[entry.feature] ?? 0))) + 1
                    return (entry.feature, entry.weight * Float(rarity))
                }
                let length = scaled.reduce(Float(0)) { $0 + $1.weight * $1.weight }.squareRoot()
                return length > 0 ? scaled.map { ($0.feature, $0.weight / length) } : scaled
            }
        }
        for row in identities.indices where identities[row] == 0 && weighted[row].allSatisfy({ $0.weight == 0 }) {
            identities[row] = 1
        }
        return try FeatureRows(weighted, identityWeights: identities)
    }
}
