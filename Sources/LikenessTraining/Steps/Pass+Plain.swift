import CVectorKernels

/// WARP by the stages of ``Lookahead`` where nothing has features: the same outcome as ``trainByStages(_:_:)``, with less between the
/// kernels.
extension Pass {
    /// Whether examples can be trained so.
    var trainsPlainly: Bool {
        looksAhead && context.judgesPlainly && context.items.isIdentity && context.choice.loss == .warp
            && context.choice.maxSampled <= Lookahead.candidates
    }

    /// Trains examples in their order.
    mutating func trainPlainly(_ examples: UnsafeBufferPointer<Example>) {
        let (count, distance, tries) = (examples.count, Lookahead.distance, context.choice.maxSampled)
        let (plain, lookahead) = unsafe (context.plainRows, scratch.lookahead)
        for position in -2 * distance..<count {
            let (drawn, looked) = (position &+ 2 &* distance, position &+ distance)
            if drawn < count {
                let (example, candidates) = unsafe (examples[drawn], lookahead.candidates(drawn))
                unsafe drawItems(tries, into: candidates)
                unsafe training_ask_ahead(plain, Int(example.user), Int(example.item), candidates, tries)
            }
            if looked >= 0, looked < count {
                let example = unsafe examples[looked]
                unsafe lookahead.slot(looked).pointee.flagged =
                    example.isLike && example.weight > 0
                    ? training_look_ahead(
                        plain, Int(example.user), Int(example.item), lookahead.candidates(looked), tries) : 0
            }
            guard position >= 0 else { continue }
            let flagged = unsafe lookahead.slot(position).pointee.flagged
            guard flagged != 0 else { continue }
            let example = unsafe examples[position]
            let found = unsafe training_step_on_violator(
                plain, Int(example.user), Int(example.item), example.weight, lookahead.candidates(position), flagged)
            note(found)
        }
    }

    /// Counts a step that a kernel made.
    @inline(__always)
    mutating func note(_ found: training_violator_t) {
        guard found.place >= 0 else { return }
        totals.updates += 1
        totals.loss += Double(found.loss * found.excess)
    }
}
