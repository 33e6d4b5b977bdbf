extension LeastSquaresUpdate {
    /// Rows of which only what is new is read: their vectors stand for their old opinions.
    package struct SteppedRows: Sendable {
        /// Something that a row hears: an opinion that came, or one that went.
        package struct Opinion: Sendable {
            /// The local number of the other side's row.
            package var other: UInt32
            /// Counts if the touched users' opinions have weights.
            package var weight: Float
            package var isLike: Bool
            /// Whether it was taken back rather than given.
            package var isGone: Bool

            package init(other: UInt32, weight: Float, isLike: Bool, isGone: Bool) {
                (self.other, self.weight, self.isLike, self.isGone) = (other, weight, isLike, isGone)
            }
        }

        /// Local numbers of the rows, each once and none that is solved.
        package var rows: [Int] = []
        /// What each hears: at least one opinion.
        package var opinions: [[Opinion]] = []
        /// How many opinions each has, those included.
        package var counts: [Int] = []
        /// How many of them are likes, and were before.
        package var likes: [(before: Int, now: Int)] = []

        /// No rows.
        package init() {}
    }

    /// Moves items by one step of Newton's method, as if they had been solved before the new opinions came:
    /// ```
    /// (a₀ G + λ ω I + (N / n) Σ_new c x xᵀ) (y′ − y) = Σ_new ± c (t − x·y) x − λ Δω (y − θ F T)
    /// ```
    /// t is 1 for a like and 0 for a dislike, + stands for what came and − for what went. The n users whose opinions are new stand for all N who
    /// have one, as a sample does in subsampled Newton methods (Byrd and others, 2011).
    /// - Returns: the first row without a finite solution.
    /// - Complexity: O(rows × d² + new opinions × d), however many opinions the items have.
    mutating func stepItems() -> Int? {
        let (stepped, d, stride) = (steppedItems, items.components, items.stride)
        if stepped.rows.isEmpty { return nil }
        let weighs = touchedUsers.weights != nil
        let before = items.selecting(stepped.rows)
        var rights = FactorMatrix(rows: before.rows, components: d)
        var (shifts, offsets, others, weights) = ([Float](), [0], [UInt32](), [Float]())
        for (place, opinions) in stepped.opinions.enumerated() {
            let likes = stepped.likes[place]
            let (now, then) = (terms.itemWeight(likes: likes.now, settings), terms.itemWeight(likes: likes.before, settings))
            // Where nothing else holds a row, a little does.
            let shift = max(settings.regularization * Float(now), 1e-6)
            let share = Float(max(stepped.counts[place], opinions.count)) / Float(opinions.count)
            var right = held(stepped.rows[place]).map { -settings.regularization * Float(now - then) * $0 }
            for opinion in opinions {
                let (other, confidence) = (Int(opinion.other), weighs ? settings.confidence(of: opinion.weight) : 1)
                others.append(opinion.other)
                // Entries below 0 are part of the matrix alone.
                weights.append(-share * confidence)
                let missed = confidence * Float((opinion.isLike ? 1 : 0) - before.dot(place, users, other)) * (opinion.isGone ? -1 : 1)
                for c in 0..<d { right[c] += missed * users.values[other * users.stride + c] }
            }
            offsets.append(others.count)
            shifts.append(shift)
            for c in 0..<d { rights.values[place * stride + c] = right[c] / shift }
        }
        let places = stepped.rows.indices.map { UInt32($0) }
        // The right side is what each row is pulled to.
        let right = PullRows(offsets: Array(0...places.count), columns: places, weights: places.map { _ in 1 })
        var moved = FactorMatrix(rows: before.rows, components: d)
        let lists = LikeLists(offsets: offsets, indices: others, weights: weights)
        if let place = solve(&moved, places, lists, users, gram: userGram, shifts: shifts, pull: (right, rights, 1)) {
            return stepped.rows[place]
        }
        for place in 0..<before.rows * stride { moved.values[place] += before.values[place] }
        let (gone, come) = (before.gram(threads: settings.threads), moved.gram(threads: settings.threads))
        for place in itemGram.indices { itemGram[place] += come[place] - gone[place] }
        for (place, row) in stepped.rows.enumerated() {
            for c in 0..<d { items.values[row * stride + c] = moved.values[place * stride + c] }
        }
        return nil
    }

    /// - Throws: ``TrainingError`` if lists do not fit together.
    func checkSteps() throws(TrainingError) {
        let stepped = steppedItems
        for (what, count) in [
            ("lists of new opinions", stepped.opinions.count), ("counts of opinions", stepped.counts.count),
            ("counts of likes", stepped.likes.count),
        ] where count != stepped.rows.count { throw .sizeMismatch(what: what, expected: stepped.rows.count, found: count) }
        for (place, row) in stepped.rows.enumerated() {
            if row < 0 || row >= items.rows { throw .indexOutOfRange(what: "stepped item", position: place, index: row, count: items.rows) }
            if stepped.opinions[place].isEmpty { throw .sizeMismatch(what: "new opinions of a stepped item", expected: 1, found: 0) }
            for opinion in stepped.opinions[place] where Int(opinion.other) >= users.rows {
                throw .indexOutOfRange(
                    what: "new opinion of a stepped item", position: place, index: Int(opinion.other), count: users.rows)
            }
        }
    }

    /// What λ ω pulls at in an item: y − θ F T.
    private func held(_ row: Int) -> [Float] {
        var held = items.vector(row)
        guard let itemFeatures, row < itemFeatures.rows else { return held }
        for entry in itemFeatures.offsets[row]..<itemFeatures.offsets[row + 1] {
            let (weight, start) = (itemFeatures.weights[entry], Int(itemFeatures.columns[entry]) * featureTable.stride)
            for c in held.indices { held[c] -= settings.featurePull * weight * featureTable.values[start + c] }
        }
        return held
    }
}
