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
        /// Without the user's bias.
        var score: Float
    }

    /// A liked item, by its exact representation.
    @inline(__always)
    func exactContest(user: Int, positive: Int, weight: Float) -> Contest {
        let userVector = userRepresentation(user)
        let positiveVector = unsafe itemRepresentation(positive, scratch: scratch.positive)
        let score = unsafe training_dot(userVector.vector, positiveVector.vector, context.items.stride)
        return Contest(
            user: user, positive: positive, weight: weight, userVector: userVector, positiveVector: positiveVector,
            score: score + positiveVector.bias)
    }

    /// Items drawn uniformly from those that may be drawn.
    @inline(__always)
    mutating func drawItems(_ count: Int, into places: UnsafeMutablePointer<UInt32>) {
        unsafe source.draw(count, below: context.drawableCount, into: places)
        guard let drawable = unsafe context.drawable else { return }
        for index in 0..<count { unsafe places[index] = drawable[Int(places[index])] }
    }

    /// The score of an item against the contest's user, without the user's bias.
    @inline(__always)
    func score(_ item: Side.Representation, _ contest: Contest) -> Float {
        unsafe training_dot(contest.userVector.vector, item.vector, context.items.stride) + item.bias
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
        if context.stepsPlainly, items.isOwn(contest.positive), items.isOwn(negative) {
            var rates = training_rates_t()
            unsafe training_step_pair(context.plainRows, contest.user, contest.positive, negative, loss, &rates)
            if context.compatibility.contains(.userBiasInPairwise) {
                rates.user += context.userStep.stepBias(users.identity, contest.user, gradient: loss)
            }
            guard context.isRegularized else { return }
            if let codes = items.codes {
                for item in [contest.positive, negative] { codes.noteDecay(itemDecay, of: item) }
            }
            decay(byRates: rates.item + rates.user, entries: 3)
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
