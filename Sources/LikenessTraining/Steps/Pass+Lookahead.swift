import CVectorKernels

/// WARP and k-OS WARP by the stages of ``Lookahead``: the rank of a liked item is judged by how many tries it took to find one that
/// scores within the margin of it.
extension Pass {
    /// Whether the pass goes by stages, rather than candidate by candidate.
    var looksAhead: Bool { Source.drawsAhead && context.items.codes != nil }

    /// Trains examples in their order.
    mutating func trainByStages(_ examples: UnsafeBufferPointer<Example>, _ codes: CandidateCodes) {
        let (count, distance) = (examples.count, Lookahead.distance)
        let isKOS = context.choice.loss == .warpKOS
        // Before the first step the stages before it catch up, and behind the last there is nothing for them to do.
        for position in -2 * distance..<count {
            if position &+ 2 &* distance < count {
                unsafe draw(examples[position &+ 2 &* distance], position &+ 2 &* distance, codes, isKOS: isKOS)
            }
            if position &+ distance >= 0, position &+ distance < count { look(position &+ distance, codes, isKOS: isKOS) }
            if position >= 0 { step(position, codes) }
        }
    }

    /// Draws candidates, and asks for what the look at them reads.
    @inline(__always)
    private mutating func draw(_ example: Example, _ position: Int, _ codes: CandidateCodes, isKOS: Bool) {
        let slot = unsafe scratch.lookahead.slot(position)
        let user = Int(example.user)
        unsafe slot.pointee.user = user
        unsafe slot.pointee.positive = Int(example.item)
        let isTrained = example.isLike || isKOS && context.compatibility.contains(.dislikesAreLikesInKOS)
        unsafe slot.pointee.weight = isTrained ? example.weight : 0
        let candidates = unsafe scratch.lookahead.candidates(position)
        let count = min(context.choice.maxSampled, Lookahead.candidates)
        unsafe drawItems(count, into: candidates)
        if let dislike = drawDislike(of: user) { unsafe candidates[0] = dislike }
        unsafe training_ask_ahead(context.plainRows, user, Int(example.item), candidates, count)
        if isKOS { context.positives.prefetch(user: user) }
    }

    /// Looks at the liked item and the candidates, and asks for what a step would move.
    @inline(__always)
    private mutating func look(_ position: Int, _ codes: CandidateCodes, isKOS: Bool) {
        let slot = unsafe scratch.lookahead.slot(position)
        unsafe slot.pointee.flagged = 0
        guard unsafe slot.pointee.weight > 0 else { return }
        if isKOS {
            unsafe pickKthBest(for: slot, codes)
            guard unsafe slot.pointee.weight > 0 else { return }
        }
        let (user, positive) = unsafe (slot.pointee.user, slot.pointee.positive)
        let candidates = unsafe scratch.lookahead.candidates(position)
        let count = min(context.choice.maxSampled, Lookahead.candidates)
        if context.judgesPlainly, context.items.isOwn(positive) {
            unsafe slot.pointee.flagged = training_look_ahead(context.plainRows, user, positive, candidates, count)
            return
        }
        let vector = unsafe userRepresentation(user).vector
        if context.items.isOwn(positive) {
            let liked = unsafe itemRepresentation(positive, scratch: scratch.positive)
            unsafe slot.pointee.flagged = codes.screen(
                vector, against: liked, margin: context.choice.margin, candidates, count, decay: itemDecay, factors: scratch.factors)
        } else {
            var (index, score) = (UInt32(truncatingIfNeeded: positive), Float(0))
            unsafe codes.score(vector, &index, 1, decay: itemDecay, factors: scratch.factors, into: &score)
            unsafe slot.pointee.flagged = codes.screen(
                vector, candidates, count, isExact: false, limit: score - context.choice.margin, decay: itemDecay, factors: scratch.factors)
        }
        guard unsafe slot.pointee.flagged != 0 else { return }
        for item in unsafe [Int(candidates[slot.pointee.flagged.trailingZeroBitCount]), positive] {
            context.items.identity.prefetchToStep(item)
            codes.prefetchToWrite(item)
        }
        context.users.identity.prefetchToStep(user)
        context.seen.prefetch(user: user)
    }

    /// Samples likes of the user and picks the k-th best by codes; no weight if there is none.
    @inline(__always)
    private mutating func pickKthBest(
        for slot: UnsafeMutablePointer<Lookahead.Slot>, _ codes: CandidateCodes
    ) {
        unsafe slot.pointee.weight = 0
        guard let sample = unsafe samplePositives(of: slot.pointee.user) else { return }
        unsafe codes.score(
            userRepresentation(slot.pointee.user).vector, scratch.candidates, sample.count, decay: itemDecay, factors: scratch.factors,
            into: scratch.scores)
        let picked = kthBest(sample)
        unsafe slot.pointee.positive = Int(context.positives.items[picked])
        unsafe slot.pointee.weight = context.positives.weights.map { unsafe $0[picked] } ?? 1
    }

    /// Steps on the first candidate that ranks within the margin of the liked item, if there is one in `maxSampled` tries.
    @inline(__always)
    private mutating func step(_ position: Int, _ codes: CandidateCodes) {
        let slot = unsafe scratch.lookahead.slot(position).pointee
        guard slot.weight > 0 else { return }
        let most = context.choice.maxSampled
        let ahead = min(most, Lookahead.candidates)
        guard slot.flagged != 0 || most > ahead else { return }
        if most == ahead, context.judgesPlainly, unsafe stepPlainly(slot, scratch.lookahead.candidates(position)) { return }
        var contest = exactContest(user: slot.user, positive: slot.positive, weight: slot.weight)
        remember(slot.positive, contest.positiveVector, codes)
        var (left, tried, count) = (slot.flagged, 0, ahead)
        var candidates = unsafe scratch.lookahead.candidates(position)
        while true {
            while left != 0 {
                let index = left.trailingZeroBitCount
                left &= left &- 1
                if unsafe stepIfViolated(&contest, by: candidates[index], tries: tried + index, codes) { return }
            }
            tried += count
            guard tried < most else { return }
            count = min(Lookahead.candidates, most - tried)
            unsafe candidates = scratch.candidates
            unsafe drawItems(count, into: candidates)
            left = unsafe codes.screen(
                contest.userVector.vector, candidates, count, isExact: context.items.isOwn(slot.positive),
                limit: contest.score - context.choice.margin, decay: itemDecay, factors: scratch.factors)
        }
    }

    /// Judges and steps in one call, unless the liked item or a flagged candidate has features.
    /// - Returns: whether the example is done with.
    @inline(__always)
    private mutating func stepPlainly(_ slot: Lookahead.Slot, _ candidates: UnsafePointer<UInt32>) -> Bool {
        if !context.items.isIdentity {
            var left = slot.flagged
            while left != 0 {
                guard context.items.isOwn(Int(unsafe candidates[left.trailingZeroBitCount])) else { return false }
                left &= left &- 1
            }
            guard context.items.isOwn(slot.positive) else { return false }
        }
        let found = unsafe training_step_on_violator(
            context.plainRows, slot.user, slot.positive, slot.weight, candidates, slot.flagged)
        note(found)
        return true
    }

    /// Steps if an item ranks within the margin of the liked one and may be a negative.
    @inline(__always)
    private mutating func stepIfViolated(
        _ contest: inout Contest, by item: UInt32, tries: Int, _ codes: CandidateCodes
    ) -> Bool {
        guard mayBeNegative(item, user: contest.user) else { return false }
        let negative = unsafe itemRepresentation(Int(item), scratch: scratch.negative)
        remember(Int(item), negative, codes)
        let exact = score(negative, contest)
        guard exact > contest.score - context.choice.margin else { return false }
        stepOnViolator(contest, item, negative, score: exact, tries: tries)
        return true
    }

    /// Codes the exact representation of an item with features, which may differ from what was coded.
    @inline(__always)
    private func remember(_ item: Int, _ exact: Side.Representation, _ codes: CandidateCodes) {
        if !context.items.isOwn(item) { unsafe codes.encode(item, exact.vector, bias: exact.bias, decay: itemDecay) }
    }
}
