import CVectorKernels

/// What the vectors of items without likes, F T, are multiplied by so that they rank among the others.
///
/// A feature says less of an item than its likes. By least squares F T is shorter than the vectors of items with likes, and ranks below them
/// all; as a cosine it ranks as high as they do and takes their places, though it is known less well. So a tenth of the items with likes are
/// looked at as if they had none. The scale is the one at which these take half as many of the best ten places as they have of the likes.
///
/// Precision@5 of warm likes with a tenth of the items cold, before and after, and that of cold likes (WARP's in brackets), d = 128: Last.fm .187 →
/// .186, .023 (.048); ml-latest-small .152 → .147, .016 (.003); goodbooks .052 → .050, .0045 (.0012). Cold ones reach twice to ten times as
/// much where they rank as often as their likes would have it, and warm ones lose a fifth.
struct ColdItems {
    /// Items that are looked at as if they had no likes.
    let trial: [Int]

    /// Items of the trial, at most.
    private static let mostItems = 2_000
    /// Below so many there is nothing to go by.
    private static let fewestItems = 30
    /// Places of each user.
    private static let places = 10
    /// How many of the places the trial takes for each that its likes would take.
    private static let part = 0.5
    /// Products of users and items that are looked at, about.
    private static let products = 2e9

    /// - Parameter known: items with likes and features, ascending.
    /// - Returns: nil if they are too few.
    init?(_ known: [Int]) {
        trial = stride(from: 0, to: known.count, by: max(10, known.count / Self.mostItems)).map { known[$0] }
        if trial.count < Self.fewestItems { return nil }
    }

    /// The scale of the trial's vectors.
    ///
    /// With w₁ ≥ w₂ ≥ … the scores of a user's best items outside the trial and c₁ ≥ c₂ ≥ … those of the trial, the trial takes j of n places from
    /// the scale w₍ₙ₊₁₋ⱼ₎ ÷ cⱼ on. So the scale is a quantile of these ratios over some users.
    /// - Parameters:
    ///   - cold: what features say of the trial's items, one row an item.
    ///   - items: the vectors of all items; those without likes do not take part.
    ///   - likes: the likes of users, which are left out of their rankings unless they are of the trial.
    ///   - itemLikes: how many likes each item has.
    /// - Returns: nil if it takes no place at any scale.
    /// - Complexity: about 2e9 operations, or 32 × items × d if that is more.
    func scale(
        cold: FactorMatrix, users: FactorMatrix, items: FactorMatrix, likes: LikeLists, itemLikes: [Int], threads: Int
    ) -> Double? {
        let isTrial = Set(trial)
        let others = itemLikes.indices.filter { itemLikes[$0] > 0 && !isTrial.contains($0) }
        let active = (0..<users.rows).filter { likes.likes[$0] > 0 }
        let wanted = min(max(Int(Self.products / Double(max(others.count * items.stride, 1))), 32), 256)
        let chosen = stride(from: 0, to: active.count, by: max(1, active.count / wanted)).map { active[$0] }
        guard !others.isEmpty, !chosen.isEmpty else { return nil }
        let (stride, places, trialCount) = (items.stride, Self.places, trial.count)
        let ratios = FixedBuffer(repeating: Double.infinity, count: chosen.count * places)
        unsafe users.values.withUnsafeBuffer { x in
            unsafe items.values.withUnsafeBuffer { y in
                unsafe cold.values.withUnsafeBuffer { z in
                    guard let x = x.baseAddress, let y = y.baseAddress, let z = z.baseAddress else { return }
                    nonisolated(unsafe) let (users, items, cold) = unsafe (x, y, z)
                    BatchWork(batches: chosen.count).run(threads: threads) {
                    } body: { place, _ in
                        let user = unsafe users + chosen[place] * stride
                        let first = unsafe likes.offsets.start[chosen[place]]
                        let seen = Set(
                            (first..<(unsafe likes.offsets.start[chosen[place] + 1])).map { unsafe Int(likes.indices.start[$0]) })
                        var (warm, fresh) = (BestScores(places), BestScores(places))
                        for item in others where !seen.contains(item) {
                            warm.add(unsafe training_dot(user, items + item * stride, stride))
                        }
                        for item in 0..<trialCount { fresh.add(unsafe training_dot(user, cold + item * stride, stride)) }
                        for taken in 0..<min(places, fresh.scores.count) where fresh.scores[taken] > 0 {
                            let beaten = places - 1 - taken
                            let score = beaten < warm.scores.count ? max(warm.scores[beaten], 0) : 0
                            unsafe ratios.start[place * places + taken] = Double(score / fresh.scores[taken])
                        }
                    }
                }
            }
        }
        let all = itemLikes.reduce(0, +)
        let share = Self.part * Double(trial.reduce(0) { $0 + itemLikes[$1] }) / Double(max(all, 1))
        let sorted = (0..<ratios.count).map { ratios[$0] }.sorted()
        let scale = sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
        return scale.isFinite && scale > 0 ? min(max(scale, 0.1), 100) : nil
    }
}

/// The highest of some scores, from the highest down.
private struct BestScores {
    private(set) var scores: [Float] = []
    private let count: Int

    init(_ count: Int) { self.count = count }

    mutating func add(_ score: Float) {
        if scores.count == count, let last = scores.last, !(score > last) { return }
        let place = scores.firstIndex { $0 < score } ?? scores.count
        scores.insert(score, at: place)
        if scores.count > count { scores.removeLast() }
    }
}

extension AlternatingLeastSquares {
    /// The scale of items without likes: see ``ColdItems``. The features are solved without the items that are looked at.
    /// - Returns: nil if too few items have features.
    func coldItemScale() -> Double? {
        guard let pull = itemSide.pull,
            let cold = ColdItems(itemSide.active.map { Int($0) }.filter { pull.hasFeatures($0) })
        else { return nil }
        let (lists, mean, chosen) = (itemSide.lists, itemSide.meanWeight, Set(cold.trial))
        let scales = (0..<lists.rows).map { row -> Float in
            guard lists.likes[row] > 0, mean > 0, !chosen.contains(row), pull.hasFeatures(row) else { return 0 }
            return Float(Double(settings.featureStrength) * terms.itemWeight(likes: lists.likes[row], settings) / mean)
        }
        var table = itemSide.table
        FeatureSolver(pull: pull, scales: scales, priors: [Float](repeating: 1, count: table.rows))
            .solve(&table, rows: itemSide.vectors, steps: 10, threads: settings.threads)
        return cold.scale(
            cold: pull.sums(cold.trial, of: table), users: userSide.vectors, items: itemSide.vectors, likes: userSide.lists,
            itemLikes: lists.likes, threads: settings.threads)
    }
}

extension PullRows {
    /// What features say of some rows.
    func sums(_ rows: [Int], of table: FactorMatrix) -> FactorMatrix {
        var sums = FactorMatrix(rows: rows.count, components: table.components)
        let stride = table.stride
        let start = unsafe sums.values.uniqueStart()
        unsafe table.values.withUnsafeBuffer { table in
            guard let table = table.baseAddress else { return }
            for (place, row) in rows.enumerated() { unsafe sum(row, of: table, stride: stride, into: start + place * stride) }
        }
        return sums
    }
}
