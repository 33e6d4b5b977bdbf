import Platform

extension FeatureRows {
    /// A share below this falls to ``trace``.
    private static let leastShare: Float = 0.0025

    /// Rows whose features have the share exp(−likes / `shrinkage`) of their squared length, and their own embedding the rest: see
    /// ``FeatureOptions/shrinkage``.
    ///
    /// Rows without features stay as they are.
    /// - Parameter likes: of each row.
    /// - Complexity: O(rows + features).
    func shrunk(likes: [UInt32], by shrinkage: Float) throws(TrainingError) -> FeatureRows {
        guard likes.count == rows else { throw .sizeMismatch(what: "likes of the rows", expected: rows, found: likes.count) }
        guard shrinkage > 0 else { return self }
        var (weights, identities, shares) = (weights, identityWeights, shares)
        for row in 0..<rows {
            let entries = offsets[row]..<offsets[row + 1]
            guard weights[entries].contains(where: { $0 != 0 }) else { continue }
            let share = Mathematics.exponential(-Float(likes[row]) / shrinkage)
            let isTrace = share < Self.leastShare
            shares[row] = isTrace ? Self.trace : share
            for entry in entries { weights[entry] *= shares[row].squareRoot() }
            if !isTrace { identities[row] *= (1 - share).squareRoot() }
        }
        return try FeatureRows(
            offsets: offsets, columns: columns, weights: weights, identityWeights: identities, shares: shares)
    }
}

extension FeatureOptions {
    /// Feature rows from lists of (feature, raw weight), one a row.
    /// - Parameters:
    ///   - rowCount: how many rows there are for `tfidf`; nil for all.
    ///   - likes: how many each row has, if its features are to shrink.
    ///   - rowsWith: how many rows have a feature; nil to count those of the lists.
    /// - Returns: nil if each row is its own embedding alone.
    /// - Throws: ``TrainingError/nonFiniteInput(what:position:value:)`` if a weight is not finite.
    package func rows(
        of lists: [[(feature: UInt32, weight: Float)]], rowCount: Int? = nil, likes: [UInt32]? = nil,
        rowsWith: ((UInt32) -> Int)? = nil
    ) throws(TrainingError) -> FeatureRows? {
        let lists = minimumRows > 1 ? frequent(lists, rowsWith) : lists
        let rows = try weighting.rows(of: lists, identityScale: identityScale, rowCount: rowCount, rowsWith: rowsWith)
        guard let rows, let likes else { return rows }
        return try rows.shrunk(likes: likes, by: shrinkageInForce)
    }

    /// The lists without features that too few rows have: see ``minimumRows``.
    ///
    /// - Complexity: O(features of the lists).
    private func frequent(
        _ lists: [[(feature: UInt32, weight: Float)]], _ rowsWith: ((UInt32) -> Int)?
    ) -> [[(feature: UInt32, weight: Float)]] {
        if let rowsWith { return lists.map { list in list.filter { rowsWith($0.feature) >= minimumRows } } }
        var counts: [UInt32: Int] = [:]
        for list in lists { for feature in Set(list.map(\.feature)) { counts[feature, default: 0] += 1 } }
        return lists.map { list in list.filter { (counts[$0.feature] ?? 0) >= minimumRows } }
    }
}
