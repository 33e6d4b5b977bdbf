/// L2 regularisation.
///
/// The penalty is α/2 · ‖Θ‖² for every step, of which a step of mean rate η̄ makes Θ ← (1 − α·η̄)·Θ for *all* parameters of a side,
/// touched or not. After steps with the mean rates η̄₁, η̄₂, … a parameter that no gradient touched is therefore multiplied by
/// ∏(1 − α·η̄ₜ) ≈ exp(−α·Σ η̄ₜ), so it is enough to keep the sum (the side's *decay*) and, for each row, the decay that it has seen.
/// A row is multiplied by exp(−what it missed) before it is read for a step and at the end of the epoch; the score of a
/// candidate is multiplied instead of its row. The cost is one exponential a row read, whatever the size of the model. The
/// decay has the same factor for all parameters rather than each its own rate (as in Loshchilov and Hutter, "Decoupled weight
/// decay", 2019), because otherwise frequent rows, whose rates fall fastest, would escape it.
extension Pass {
    /// Lets both sides decay by a step's mean rate.
    @inline(__always)
    mutating func decay(byRates rates: Float, entries: Int) {
        guard context.isRegularized else { return }
        let numbers = Float(context.choice.components + 1) * Float(entries)
        let mean = rates / numbers
        if context.hasRunningScale {
            itemScale *= 1 + context.items.regularization * mean
            userScale *= 1 + context.users.regularization * mean
            if itemScale > 1e6 || userScale > 1e6 { foldRunningScales() }
        } else {
            itemDecay += Double(context.items.regularization * mean)
            userDecay += Double(context.users.regularization * mean)
        }
    }

    /// Divides the parameters by the running scales, which return to 1.
    mutating func foldRunningScales() {
        guard context.hasRunningScale else { return }
        for table in [context.items.identity, context.items.named] { table.scale(by: 1 / itemScale) }
        for table in [context.users.identity, context.users.named] { table.scale(by: 1 / userScale) }
        (itemScale, userScale) = (1, 1)
    }
}
