import CVectorKernels

/// WARP and k-OS WARP candidate by candidate, each judged by its exact representation: the definition, and what LightFM does.
extension Pass {
    /// WARP on one example.
    mutating func stepByWARP(_ example: Example) {
        guard example.isLike, example.weight > 0 else { return }
        findViolatorAndStep(
            exactContest(user: Int(example.user), positive: Int(example.item), weight: example.weight))
    }

    /// k-OS WARP: WARP on the k-th best of a sample of the user's likes, whichever example led to the user.
    mutating func stepByKOS(_ example: Example) {
        guard example.isLike || context.compatibility.contains(.dislikesAreLikesInKOS), example.weight > 0 else {
            return
        }
        guard let sample = samplePositives(of: Int(example.user)) else { return }
        let user = userRepresentation(Int(example.user))
        for index in 0..<sample.count {
            let item = unsafe itemRepresentation(Int(scratch.candidates[index]), scratch: scratch.positive)
            unsafe scratch.scores[index] = training_dot(user.vector, item.vector, context.items.stride) + item.bias
        }
        let picked = kthBest(sample)
        let weight = unsafe context.positives.weights.map { unsafe $0[picked] } ?? 1
        guard weight > 0 else { return }
        findViolatorAndStep(
            exactContest(
                user: Int(example.user), positive: Int(unsafe context.positives.items[picked]), weight: weight))
    }

    /// Looks for an item that ranks within the margin of the liked one, in at most `maxSampled` tries, and steps if there is one.
    private mutating func findViolatorAndStep(_ contest: Contest) {
        for tries in 0..<context.choice.maxSampled {
            unsafe drawItems(1, into: scratch.candidates)
            if tries == 0, let dislike = drawDislike(of: contest.user) { unsafe scratch.candidates[0] = dislike }
            let item = unsafe scratch.candidates[0]
            let negative = unsafe itemRepresentation(Int(item), scratch: scratch.negative)
            let score = score(negative, contest)
            guard score > contest.score - context.choice.margin, mayBeNegative(item, user: contest.user) else { continue }
            return stepOnViolator(contest, item, negative, score: score, tries: tries)
        }
    }

    /// A sample of a user's likes, whose items become the candidates: where the user's entries start, and how many were sampled. Nil if
    /// there are no likes.
    @inline(__always)
    mutating func samplePositives(of user: Int) -> (start: Int, count: Int)? {
        let range = context.positives.entries(of: user)
        guard !range.isEmpty else { return nil }
        let count = min(context.choice.n, range.count)
        unsafe source.draw(count, below: range.count, into: scratch.sample)
        for index in 0..<count {
            unsafe scratch.candidates[index] = context.positives.items[range.lowerBound + Int(scratch.sample[index])]
        }
        return (range.lowerBound, count)
    }

    /// The entry of the k-th best of a sample by the scores, which are there already.
    @inline(__always)
    func kthBest(_ sample: (start: Int, count: Int)) -> Int {
        let best = unsafe KthBest.position(in: scratch.scores, sample.count, k: min(context.choice.k, sample.count))
        return unsafe sample.start + Int(scratch.sample[best])
    }

    /// One step of WARP.
    /// - Parameter tries: how many candidates were in vain.
    @inline(__always)
    mutating func stepOnViolator(
        _ contest: Contest, _ item: UInt32, _ negative: Side.Representation, score: Float, tries: Int
    ) {
        let loss = unsafe min(contest.weight * context.rankLosses[tries], TRAINING_MOST_LOSS)
        totals.loss += Double(loss * (context.choice.margin - contest.score + score))
        step(contest, negative: Int(item), negative, loss: loss)
    }
}
