import LikenessFormat
import LikenessStore
import LikenessTraining

extension Continuation {
    /// Feature rows as the weighting makes them now, but for rows whose features are those of the parent: they keep their weights,
    /// so that a new tag elsewhere does not move every item. As likes come in, all weights of a row's features shrink alike.
    /// - Returns: the rows, and what those were whose features have shrunk.
    static func rows(
        _ lists: [[(feature: UInt32, weight: Float)]], of kind: RowKind, present: [Bool], _ options: FeatureOptions, likes: [UInt32]? = nil,
        old: FeatureRowsColumns?, tallies: [RowTally]? = nil, _ store: StoreReader
    ) throws(FitError) -> (rows: FeatureRows?, former: [Model.FormerShare]) {
        guard let rows = try TrainingSet.rows(lists, of: kind, present: present, options, likes: likes, store) else { return (nil, []) }
        guard let old else { return (rows, []) }
        do {
            var former: [Model.FormerShare] = []
            var kept: [[(feature: UInt32, weight: Float)]] = []
            var (identities, shares): ([Float], [Float]) = ([], [])
            for row in 0..<rows.rows {
                let share = old.share(of: row, now: rows, source: lists[row], tallies)
                // What a row is made of now, or as the parent has it, with features that give way.
                let isKept = share != nil
                let (was, now) = (share ?? rows.shares[row], rows.shares[row])
                let shrinks = isKept && now < 0.999 * was
                let scale = shrinks ? (now / was).squareRoot() : 1
                kept.append(isKept ? old.features(of: row).map { ($0.feature, scale * $0.weight) } : rows.features(of: row))
                identities.append(isKept && !shrinks ? old.identityWeights[row] : rows.identityWeights[row])
                shares.append(shrinks ? now : was)
                if shrinks { former.append(.init(row: row, share: was, identityWeight: old.identityWeights[row])) }
            }
            return (try FeatureRows(kept, identityWeights: identities, shares: shares), former)
        } catch {
            throw FitError(error)
        }
    }
}

extension FeatureRowsColumns {
    /// The features of a row, with their weights.
    fileprivate func features(of row: Int) -> [(feature: UInt32, weight: Float)] {
        (Int(offsets[row])..<Int(offsets[row + 1])).map { (columns[$0], weights[$0]) }
    }

    /// The share that shrinkage had left to a row's features; nil if it is new or has other features or weights now.
    ///
    /// A version of a build that did not write it down tells no more than which features a row has, and its share is taken from their
    /// length.
    fileprivate func share(
        of row: Int, now rows: FeatureRows, source: [(feature: UInt32, weight: Float)], _ tallies: [RowTally]?
    ) -> Float? {
        guard row < rowCount else { return nil }
        if let tallies {
            guard row < tallies.count, tallies[row].source == RowTally.source(of: source) else { return nil }
            return tallies[row].share
        }
        let own = features(of: row)
        guard own.map(\.feature) == rows.features(of: row).map(\.feature) else { return nil }
        let (before, now) = (own.reduce(Float(0)) { $0 + $1.weight * $1.weight }, rows.squaredLength(ofFeaturesIn: row))
        let share = rows.shares[row] * (before / now)
        return share.isFinite && share > 0 ? min(1, share) : 1
    }
}
