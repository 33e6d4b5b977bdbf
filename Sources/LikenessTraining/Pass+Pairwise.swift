import CVectorKernels

/// Negatives and steps that the pairwise losses share.
extension Pass {
    /// A liked item and what it takes to compare others with it.
    struct Contest {
        var user: Int
        var positive: Int
        var weight: Float
        var userVector: Side.Representation
        var positiveVector: Side.Representation
        var score: Float
        /// Whether the liked item's vector is exact rather than remembered.
        var isExact: Bool
    }

    /// - Parameter exactly: whether the liked item's vector must be exact from the start.
    @inline(__always)
    func contest(user: Int, positive: Int, weight: Float, exactly: Bool) -> Contest {
        let userVector = userRepresentation(user)
        let isExact = exactly || context.items.isIdentity || context.compatibility.contains(.exactCandidates)
        let positiveVector =
            unsafe isExact
            ? itemRepresentation(positive, scratch: scratch.positive)
            : context.items.rememberedRepresentation(of: positive)
        let score = unsafe training_dot(userVector.vector, positiveVector.vector, context.items.stride)
        return Contest(
            user: user, positive: positive, weight: weight, userVector: userVector, positiveVector: positiveVector,
            score: score + positiveVector.bias, isExact: isExact)
    }

    /// Replaces a remembered vector of the liked item by the exact one, which is remembered in its turn.
    @inline(__always)
    func makeExact(_ contest: inout Contest) {
        guard !contest.isExact else { return }
        contest.positiveVector = unsafe exactRepresentation(contest.positive, scratch: unsafe scratch.positive)
        contest.score = score(contest.positiveVector, contest)
        contest.isExact = true
    }

    /// The exact vector of an item with features, which is remembered.
    @inline(__always)
    private func exactRepresentation(_ item: Int, scratch: UnsafeMutablePointer<Float>) -> Side.Representation {
        let exact = unsafe itemRepresentation(item, scratch: scratch)
        unsafe context.items.remember(item, exact.vector, bias: exact.bias, decay: itemDecay)
        return exact
    }

    /// An item drawn uniformly from those that may be drawn.
    @inline(__always)
    mutating func drawItem() -> UInt32 {
        let index = source.draw(below: context.drawableCount)
        if let drawable = unsafe context.drawable { return unsafe drawable[index] }
        return UInt32(truncatingIfNeeded: index)
    }

    /// The score of an item against the contest's user, without the user's bias.
    @inline(__always)
    func score(_ item: Side.Representation, _ contest: Contest) -> Float {
        unsafe training_dot(contest.userVector.vector, item.vector, context.items.stride) + item.bias
    }

    /// Scores the first `count` candidates from where candidates are kept, which may be behind a little when items have features.
    @inline(__always)
    func scoreCandidates(_ first: Int, _ count: Int, user: Side.Representation) {
        let items = context.items
        unsafe training_scores(
            user.vector, items.candidateVectors, items.candidateBiases, items.stride, scratch.candidates + first, count,
            scratch.scores + first)
        guard context.isRegularized, let decays = unsafe items.candidateDecays else { return }
        for index in first..<first + count {
            let missed = Float(itemDecay - Double(unsafe decays[Int(scratch.candidates[index])]))
            if missed > 0 { unsafe scratch.scores[index] *= exponential(-missed) }
        }
    }

    /// Looks for an item that ranks within 1 of the liked one, in at most `maxSampled` tries, and steps if there is one.
    @inline(__always)
    mutating func findViolatorAndStep(_ start: Contest) {
        var contest = start
        let most = context.choice.maxSampled
        let isExact = context.compatibility.contains(.exactCandidates)
        let ahead = Source.drawsAhead && !isExact
        var drawn = 0
        while drawn < most {
            let count = ahead ? min(drawn == 0 ? 2 : 4, most - drawn) : 1
            for index in drawn..<drawn + count { unsafe scratch.candidates[index] = drawItem() }
            if drawn == 0, let dislike = drawDislike(of: contest.user) { unsafe scratch.candidates[0] = dislike }
            if isExact {
                let candidate = unsafe itemRepresentation(Int(scratch.candidates[drawn]), scratch: scratch.negative)
                unsafe scratch.scores[drawn] = score(candidate, contest)
            } else {
                scoreCandidates(drawn, count, user: contest.userVector)
            }
            for index in drawn..<drawn + count where unsafe scratch.scores[index] > contest.score - 1 {
                let item = unsafe scratch.candidates[index]
                guard mayBeNegative(item, user: contest.user) else { continue }
                makeExact(&contest)
                let negative = unsafe exactRepresentation(Int(item), scratch: scratch.negative)
                let exact =
                    isExact || context.items.isIdentity ? unsafe scratch.scores[index] : score(negative, contest)
                guard exact > contest.score - 1 else { continue }
                let loss = unsafe min(contest.weight * context.rankLosses[index], 10)
                totals.loss += Double(loss * (1 - contest.score + exact))
                step(contest, negative: Int(item), negative, loss: loss)
                return
            }
            drawn += count
        }
    }

    /// One of the user's dislikes, if they are preferred as negatives and there are any.
    @inline(__always)
    mutating func drawDislike(of user: Int) -> UInt32? {
        guard let dislikes = context.dislikes else { return nil }
        let range = dislikes.entries(of: user)
        guard !range.isEmpty else { return nil }
        return unsafe dislikes.items[range.lowerBound + source.draw(below: range.count)]
    }

    /// Whether an item may be the negative of a user.
    @inline(__always)
    func mayBeNegative(_ item: UInt32, user: Int) -> Bool {
        if let dislikes = context.dislikes, dislikes.contains(item, user: user) { return true }
        return !context.seen.contains(item, user: user)
    }

    /// One pairwise step: the liked item up, the other down, the user towards the difference.
    @inline(__always)
    mutating func step(_ contest: Contest, negative: Int, _ negativeVector: Side.Representation, loss: Float) {
        totals.updates += 1
        let (items, users) = (context.items, context.users)
        if context.isPlain {
            var rates = training_rates_t()
            unsafe withUnsafePointer(to: context.step.adagrad) { rule in
                unsafe training_pairwise_adagrad(
                    contest.userVector.vector, users.identity.accumulator(contest.user), contest.positiveVector.vector,
                    items.identity.accumulator(contest.positive), negativeVector.vector,
                    items.identity.accumulator(negative),
                    loss, rule, &rates)
            }
            rates.item += context.step.stepBias(items.identity, contest.positive, gradient: -loss)
            rates.item += context.step.stepBias(items.identity, negative, gradient: loss)
            if context.compatibility.contains(.userBiasInPairwise) {
                rates.user += context.userStep.stepBias(users.identity, contest.user, gradient: loss)
            }
            if context.isRegularized { decay(byRates: rates.item + rates.user, entries: 3) }
            return
        }
        let user = unsafe contest.userVector.vector
        unsafe training_difference(
            scratch.difference, negativeVector.vector, contest.positiveVector.vector, items.stride)
        let up = unsafe items.step(
            contest.positive, by: context.step, direction: user, scale: -loss, biasGradient: -loss,
            scratch: scratch.refreshed, decay: itemDecay)
        let down = unsafe items.step(
            negative, by: context.step, direction: user, scale: loss, biasGradient: loss, scratch: scratch.refreshed,
            decay: itemDecay)
        let across = unsafe users.step(
            contest.user, by: context.userStep, direction: scratch.difference, scale: loss,
            biasGradient: context.compatibility.contains(.userBiasInPairwise) ? loss : nil, scratch: scratch.refreshed,
            decay: userDecay)
        decay(byRates: up.rates + down.rates + across.rates, entries: up.entries + down.entries + across.entries)
    }
}
