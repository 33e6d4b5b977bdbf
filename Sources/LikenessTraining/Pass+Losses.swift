import CVectorKernels

/// The four losses, one example at a time.
extension Pass {
    /// WARP: the rank of the liked item is judged by how many tries it took to find one that scores within 1 of it.
    @inline(__always)
    mutating func stepByWARP(_ example: Example) {
        guard example.isLike, example.weight > 0 else { return }
        findViolatorAndStep(
            contest(user: Int(example.user), positive: Int(example.item), weight: example.weight, exactly: false))
    }

    /// k-OS WARP: WARP on the k-th best of a sample of the user's likes, whichever example led to the user.
    mutating func stepByKOS(_ example: Example) {
        guard example.isLike || context.compatibility.contains(.dislikesAreLikesInKOS), example.weight > 0 else {
            return
        }
        let user = Int(example.user)
        let range = context.positives.entries(of: user)
        guard !range.isEmpty else { return }
        let count = min(context.choice.n, range.count)
        let userVector = userRepresentation(user)
        // The position of each sampled like is kept, since its weight is needed if it is picked.
        let picked = unsafe withUnsafeTemporaryAllocation(of: (score: Float, entry: Int).self, capacity: count) {
            memory in
            var sample = unsafe memory
            let exact = context.compatibility.contains(.exactCandidates)
            for index in 0..<count {
                let entry = range.lowerBound + source.draw(below: range.count)
                unsafe scratch.candidates[index] = context.positives.items[entry]
                unsafe sample[index] = (0, entry)
                if exact {
                    let item = unsafe itemRepresentation(Int(scratch.candidates[index]), scratch: scratch.positive)
                    unsafe scratch.scores[index] =
                        training_dot(userVector.vector, item.vector, context.items.stride) + item.bias
                }
            }
            if !exact { scoreCandidates(0, count, user: userVector) }
            for index in 0..<count { unsafe sample[index].score = scratch.scores[index] }
            unsafe sample.sort { $0.score > $1.score }
            return unsafe sample[min(context.choice.k, count) - 1].entry
        }
        let weight = if let weights = unsafe context.positives.weights { unsafe weights[picked] } else { Float(1) }
        guard weight > 0 else { return }
        findViolatorAndStep(
            contest(user: user, positive: Int(unsafe context.positives.items[picked]), weight: weight, exactly: false))
    }

    /// BPR: against an item drawn in proportion to how often it is in the entries.
    @inline(__always)
    mutating func stepByBPR(_ example: Example) {
        guard example.isLike, example.weight > 0 else { return }
        let user = Int(example.user)
        guard let negative = drawBPRNegative(user: user) else { return }
        let contest = contest(user: user, positive: Int(example.item), weight: example.weight, exactly: true)
        let negativeVector = unsafe itemRepresentation(Int(negative), scratch: scratch.negative)
        let probability = sigmoid(contest.score - score(negativeVector, contest))
        addSurprise(ofProbability: probability)
        step(contest, negative: Int(negative), negativeVector, loss: example.weight * (1 - probability))
    }

    /// The item of a uniformly drawn entry that the user has not seen; after very many tries there is hardly one, and nil is
    /// returned.
    @inline(__always)
    private mutating func drawBPRNegative(user: Int) -> UInt32? {
        if context.dislikes != nil, source.draw(below: 2) == 0, let dislike = drawDislike(of: user) { return dislike }
        for _ in 0..<1000 {
            let item = unsafe context.seen.items[source.draw(below: context.seen.count)]
            if mayBeNegative(item, user: user) { return item }
        }
        return nil
    }

    /// Logistic: a like towards probability 1, a dislike towards 0.
    @inline(__always)
    mutating func stepByLogistic(_ example: Example) {
        guard example.weight > 0 else { return }
        let (user, item) = (Int(example.user), Int(example.item))
        let (users, items) = (context.users, context.items)
        let userVector = userRepresentation(user)
        let itemVector = unsafe itemRepresentation(item, scratch: scratch.positive)
        let score =
            unsafe training_dot(userVector.vector, itemVector.vector, items.stride) + userVector.bias + itemVector.bias
        let probability = sigmoid(score)
        addSurprise(ofProbability: example.isLike ? probability : 1 - probability)
        let loss = example.weight * (probability - (example.isLike ? 1 : 0))
        totals.updates += 1
        if context.isPlain {
            var rates = training_rates_t()
            unsafe withUnsafePointer(to: context.step.adagrad) { rule in
                unsafe training_pointwise_adagrad(
                    userVector.vector, users.identity.accumulator(user), itemVector.vector,
                    items.identity.accumulator(item), loss, rule, &rates)
            }
            rates.item += context.step.stepBias(items.identity, item, gradient: loss)
            rates.user += context.userStep.stepBias(users.identity, user, gradient: loss)
            if context.isRegularized { decay(byRates: rates.item + rates.user, entries: 2) }
            return
        }
        // The user's vector may be the stored row itself, so the item's must be kept before either moves.
        unsafe scratch.difference.update(from: itemVector.vector, count: items.stride)
        let across = unsafe items.step(
            item, by: context.step, direction: userVector.vector, scale: loss, biasGradient: loss,
            scratch: scratch.refreshed, decay: itemDecay)
        let along = unsafe users.step(
            user, by: context.userStep, direction: scratch.difference, scale: loss, biasGradient: loss,
            scratch: scratch.refreshed, decay: userDecay)
        decay(byRates: across.rates + along.rates, entries: across.entries + along.entries)
    }
}
