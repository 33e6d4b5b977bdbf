/// What each item (or user) is made of: a weight of its own embedding, and named features with weights, in compressed rows.
///
/// Row r has the named features `columns[offsets[r] ..< offsets[r + 1]]` with the `weights` at the same places.
package struct FeatureRows: Sendable, Equatable {
    /// Where each row starts; one more than there are rows.
    package let offsets: [Int]
    /// Indices of named features.
    package let columns: [UInt32]
    /// The weight of each named feature in its row.
    package let weights: [Float]
    /// The weight of each row's own embedding; 0 leaves it out.
    package let identityWeights: [Float]
    /// The share of their squared length that shrinkage has left to each row's features; 1 where they have given nothing up.
    package let shares: [Float]

    /// How many rows there are.
    package var rows: Int { identityWeights.count }

    /// Rows from compressed arrays.
    /// - Throws: ``TrainingError`` if the arrays do not fit together or a weight is not finite.
    package init(
        offsets: [Int], columns: [UInt32], weights: [Float], identityWeights: [Float], shares: [Float]? = nil
    ) throws(TrainingError) {
        guard offsets.count == identityWeights.count + 1 else {
            throw .sizeMismatch(what: "feature row offsets", expected: identityWeights.count + 1, found: offsets.count)
        }
        guard columns.count == weights.count, offsets.first == 0, offsets.last == columns.count else {
            throw .sizeMismatch(what: "feature weights", expected: columns.count, found: weights.count)
        }
        for row in 0..<identityWeights.count where offsets[row] > offsets[row + 1] {
            throw .sizeMismatch(what: "end of feature row \(row)", expected: offsets[row], found: offsets[row + 1])
        }
        if let bad = weights.firstIndex(where: { !$0.isFinite }) {
            throw .nonFiniteInput(what: "feature weight", position: bad, value: weights[bad])
        }
        if let bad = identityWeights.firstIndex(where: { !$0.isFinite }) {
            throw .nonFiniteInput(what: "identity weight", position: bad, value: identityWeights[bad])
        }
        let shares = shares ?? [Float](repeating: 1, count: identityWeights.count)
        guard shares.count == identityWeights.count else {
            throw .sizeMismatch(what: "shares of the feature rows", expected: identityWeights.count, found: shares.count)
        }
        if let bad = shares.firstIndex(where: { !($0 > 0 && $0 <= 1) }) {
            throw .nonFiniteInput(what: "share of a feature row", position: bad, value: shares[bad])
        }
        self.init(offsets, columns, weights, identityWeights, shares)
    }

    /// Rows from lists of (named feature, weight).
    package init(
        _ lists: [[(feature: UInt32, weight: Float)]], identityWeights: [Float], shares: [Float]? = nil
    ) throws(TrainingError) {
        var offsets = [0]
        offsets.reserveCapacity(lists.count + 1)
        for list in lists { offsets.append(offsets[offsets.count - 1] + list.count) }
        try self.init(
            offsets: offsets, columns: lists.flatMap { $0.map(\.feature) }, weights: lists.flatMap { $0.map(\.weight) },
            identityWeights: identityWeights, shares: shares)
    }

    /// The named features of a row.
    package func features(of row: Int) -> [(feature: UInt32, weight: Float)] {
        (offsets[row]..<offsets[row + 1]).map { (columns[$0], weights[$0]) }
    }

    /// Whether a row is its own embedding and nothing else.
    func isOwn(_ row: Int) -> Bool { offsets[row] == offsets[row + 1] && identityWeights[row] == 1 }

    /// Whether every row is its own embedding and nothing else.
    var isIdentity: Bool { columns.isEmpty && identityWeights.allSatisfy { $0 == 1 } }

    /// Chosen rows, in a given order.
    /// - Parameter scale: what the weights of a row's features are multiplied by, a finite number; nil leaves its features out.
    /// - Complexity: O(chosen + their features).
    func selecting(_ chosen: [Int], scale: (Int) -> Float?) -> FeatureRows {
        var (starts, kept, scaled) = ([0], [UInt32](), [Float]())
        starts.reserveCapacity(chosen.count + 1)
        kept.reserveCapacity(columns.count)
        scaled.reserveCapacity(columns.count)
        for row in chosen {
            if let scale = scale(row) {
                for entry in offsets[row]..<offsets[row + 1] {
                    kept.append(columns[entry])
                    scaled.append(scale * weights[entry])
                }
            }
            starts.append(kept.count)
        }
        return FeatureRows(starts, kept, scaled, chosen.map { identityWeights[$0] }, chosen.map { shares[$0] })
    }

    /// The rows without the named features below an index.
    func dropping(columnsBelow first: Int) -> FeatureRows {
        var (starts, kept, weighed) = ([0], [UInt32](), [Float]())
        for row in 0..<rows {
            for entry in offsets[row]..<offsets[row + 1] where Int(columns[entry]) >= first {
                kept.append(columns[entry])
                weighed.append(weights[entry])
            }
            starts.append(kept.count)
        }
        return FeatureRows(starts, kept, weighed, identityWeights, shares)
    }

    /// Rows from arrays that are known to fit together.
    private init(
        _ offsets: [Int], _ columns: [UInt32], _ weights: [Float], _ identityWeights: [Float], _ shares: [Float]
    ) {
        self.offsets = offsets
        self.columns = columns
        self.weights = weights
        self.identityWeights = identityWeights
        self.shares = shares
    }
}
