import LikenessFormat
import LikenessStore
import LikenessTraining

extension Continuation {
    /// Feature rows as the weighting makes them now, but for rows whose features are those of the parent: they keep their weights,
    /// so that a new tag elsewhere does not move every item. As likes come in, all weights of a row's features shrink alike.
    /// - Returns: the rows, and what those were whose features have shrunk.
    static func rows(
        _ lists: [[(feature: UInt32, weight: Float)]], present: [Bool], _ options: FeatureOptions, likes: [UInt32]? = nil,
        old: FeatureRowsColumns?
    ) throws(FitError) -> (rows: FeatureRows?, former: [Model.FormerShare]) {
        do {
            guard let rows = try TrainingSet.rows(lists, present: present, options, likes: likes) else { return (nil, []) }
            guard let old else { return (rows, []) }
            var former: [Model.FormerShare] = []
            var lists: [[(feature: UInt32, weight: Float)]] = []
            var (identities, shares): ([Float], [Float]) = ([], [])
            for row in 0..<rows.rows {
                let share = old.share(of: row, now: rows)
                // What a row is made of now, or as the parent has it, with features that give way.
                let isKept = share != nil
                let (was, now) = (share ?? rows.shares[row], rows.shares[row])
                let shrinks = isKept && now < 0.999 * was
                let scale = shrinks ? (now / was).squareRoot() : 1
                lists.append(isKept ? old.features(of: row).map { ($0.feature, scale * $0.weight) } : rows.features(of: row))
                identities.append(isKept && !shrinks ? old.identityWeights[row] : rows.identityWeights[row])
                shares.append(shrinks ? now : was)
                if shrinks { former.append(.init(row: row, share: was, identityWeight: old.identityWeights[row])) }
            }
            return (try FeatureRows(lists, identityWeights: identities, shares: shares), former)
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

    /// The share that shrinkage had left to a row's features; nil if it is new or has other features now.
    ///
    /// It is not stored, but the features have the same length without shrinkage as those that the weighting makes of them now.
    fileprivate func share(of row: Int, now rows: FeatureRows) -> Float? {
        guard row < rowCount else { return nil }
        let own = features(of: row)
        guard own.map(\.feature) == rows.features(of: row).map(\.feature) else { return nil }
        let (before, now) = (own.reduce(Float(0)) { $0 + $1.weight * $1.weight }, rows.squaredLength(ofFeaturesIn: row))
        let share = rows.shares[row] * (before / now)
        return share.isFinite && share > 0 ? min(1, share) : 1
    }
}
