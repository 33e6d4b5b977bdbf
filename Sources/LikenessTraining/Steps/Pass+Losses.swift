import CVectorKernels
import Platform

/// BPR and logistic loss, one example at a time.
extension Pass {
    /// BPR on examples in their order. The entry of a negative is drawn first, then its item is read and the rows of a step are asked
    /// for, then the step is made.
    mutating func trainByBPR(_ examples: UnsafeBufferPointer<Example>) {
        let (count, distance) = (examples.count, Lookahead.distance)
        guard Source.drawsAhead else {
            for position in 0..<count { unsafe stepByBPR(examples[position], position: position) }
            return
        }
        for position in -2 * distance..<count {
            if position &+ 2 &* distance < count {
                let entry = source.draw(below: context.negativeCount)
                unsafe scratch.lookahead.slot(position &+ 2 &* distance).pointee.entry = entry
                unsafe training_prefetch(context.negatives + entry, 4)
            }
            if position &+ distance >= 0, position &+ distance < count {
                let next = unsafe examples[position &+ distance]
                prefetchRows(user: Int(next.user), item: Int(next.item))
                context.seen.prefetch(user: Int(next.user))
                let entry = unsafe scratch.lookahead.slot(position &+ distance).pointee.entry
                let negative = unsafe Int(context.negatives[entry])
                context.items.identity.prefetchToStep(negative)
            }
            if position >= 0 { unsafe stepByBPR(examples[position], position: position) }
        }
    }

    /// Logistic loss on examples in their order.
    mutating func trainByLogistic(_ examples: UnsafeBufferPointer<Example>) {
        let (count, distance) = (examples.count, Lookahead.distance)
        for position in 0..<count {
            if position &+ distance < count {
                let next = unsafe examples[position &+ distance]
                prefetchRows(user: Int(next.user), item: Int(next.item))
            }
            unsafe stepByLogistic(examples[position])
        }
    }

    /// Asks for the rows of a user and an item that will be stepped.
    @inline(__always)
    private func prefetchRows(user: Int, item: Int) {
        context.users.identity.prefetchToStep(user)
        context.items.identity.prefetchToStep(item)
    }

    /// BPR: against an item drawn in proportion to how often it is in the entries.
    @inline(__always)
    mutating func stepByBPR(_ example: Example, position: Int) {
        guard example.isLike, example.weight > 0 else { return }
        let user = Int(example.user)
        guard let negative = drawBPRNegative(user: user, position: position) else { return }
        let contest = exactContest(user: user, positive: Int(example.item), weight: example.weight)
        let negativeVector = unsafe itemRepresentation(Int(negative), scratch: scratch.negative)
        let probability = Mathematics.sigmoid(contest.score - score(negativeVector, contest))
        addSurprise(ofProbability: probability)
        step(contest, negative: Int(negative), negativeVector, loss: example.weight * (1 - probability))
    }

    /// The item of a uniformly drawn entry that the user has not seen; after very many tries there is hardly one, and nil is
    /// returned.
    @inline(__always)
    private mutating func drawBPRNegative(user: Int, position: Int) -> UInt32? {
        if context.dislikes != nil, source.draw(below: 2) == 0, let dislike = drawDislike(of: user) { return dislike }
        for attempt in 0..<1000 {
            let entry =
                unsafe attempt == 0 && Source.drawsAhead
                ? scratch.lookahead.slot(position).pointee.entry : source.draw(below: context.negativeCount)
            let item = unsafe context.negatives[entry]
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
        let probability = Mathematics.sigmoid(score)
        addSurprise(ofProbability: example.isLike ? probability : 1 - probability)
        let loss = example.weight * (probability - (example.isLike ? 1 : 0))
        totals.updates += 1
        if context.stepsPlainly, items.isOwn(item) {
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
