import Platform
import RandomNumbers
import Synchronization

/// What the threads of one epoch share: the blocks under way, and what their training has come to.
///
/// As many blocks are under way as there are threads. A thread takes the one that is least far, trains a chunk of it and gives it back, so
/// that blocks go on together even where threads get their time in turns: one block after the other would be an order of worse
/// mixed likes. No two threads have a block, and so a user, at once.
final class EpochWork: Sendable {
    /// A block under way.
    final class Block: @unchecked Sendable {
        fileprivate(set) var examples: [Example] = []
        /// Where its random numbers go on.
        var random = SplitMix64(seed: 0)
        /// Examples that are done.
        var done = 0
        fileprivate var isDone: Bool { done >= examples.count }
    }

    private struct State {
        var next = 0
        var underWay = 0
        var waiting: [Block] = []
        var spare: [Block] = []
        var totals = PassTotals()
        var itemDecay = 0.0
        var userDecay = 0.0
    }

    /// Whether threads are to stop.
    let isStopped = Atomic<Bool>(false)
    private let plan: EpochPlan
    private let rows: UserRows
    private let threads: Int
    private let state = Mutex(State())

    init(_ plan: EpochPlan, of rows: UserRows, threads: Int) {
        (self.plan, self.rows, self.threads) = (plan, rows, threads)
    }

    /// What has been trained so far.
    var totals: PassTotals { state.withLock { $0.totals } }
    /// The decay that each side has seen.
    var decays: (items: Double, users: Double) { state.withLock { ($0.itemDecay, $0.userDecay) } }

    /// Takes a block; nil if others have all that are left, or if there is to be a stop.
    func take() -> Block? {
        if isStopped.load(ordering: .relaxed) { return nil }
        let taken: (block: Block, number: Int?)? = state.withLock { state in
            if state.underWay < threads, state.next < plan.blocks {
                state.underWay += 1
                state.next += 1
                return (state.spare.popLast() ?? Block(), state.next - 1)
            }
            guard let least = state.waiting.indices.min(by: { state.waiting[$0].done < state.waiting[$1].done }) else { return nil }
            return (state.waiting.remove(at: least), nil)
        }
        guard let taken else { return nil }
        if let number = taken.number {
            taken.block.random = SplitMix64(seed: plan.seed(ofBlock: number))
            taken.block.done = 0
            plan.fill(&taken.block.examples, block: number, from: rows, random: &taken.block.random)
        }
        return taken.block
    }

    /// Calls `between` from time to time until the blocks that others have are done.
    func waitForOthers(_ between: () -> Void) {
        let clock = ContinuousClock()
        let start = clock.now
        while !isStopped.load(ordering: .relaxed), state.withLock({ $0.underWay > 0 }) {
            // Nearly always it is a moment, shorter than a sleep.
            if clock.now - start < .milliseconds(1) { SystemThread.yield() } else { SystemThread.pause(microseconds: 500) }
            between()
        }
    }

    /// Gives a block back, with the totals of a trained chunk.
    func giveBack(_ block: Block, _ totals: PassTotals, itemDecay: Double, userDecay: Double) {
        state.withLock { state in
            state.totals.examples += totals.examples
            state.totals.updates += totals.updates
            state.totals.loss += totals.loss
            state.itemDecay += itemDecay
            state.userDecay += userDecay
            if block.isDone {
                state.underWay -= 1
                state.spare.append(block)
            } else {
                state.waiting.append(block)
            }
        }
    }
}
