import RandomNumbers
import Synchronization
import WorkerThreads

extension Trainer {
    /// Examples after which a worker reports, looks whether it is to stop, and perhaps goes on with another block: a fraction of a
    /// millisecond, or some with many features.
    private static let chunk = 1_024

    /// Trains epochs.
    /// - Parameters:
    ///   - epochs: how many more; nil for as many as the hyper-parameters say.
    ///   - progress: called on this thread, a few times a second and after each epoch; may ask to stop.
    /// - Throws: ``TrainingError/diverged(epoch:kind:row:)`` as soon as a parameter is not finite; the model is lost then.
    /// - Complexity: an epoch takes O(examples × (components × features of a row + `maxSampled` × components)).
    @discardableResult
    package mutating func run(
        epochs: Int? = nil, progress: (TrainingProgress) -> TrainingDecision = { _ in .carryOn }
    ) throws(TrainingError) -> TrainingOutcome {
        let last = state.epochsDone + (epochs ?? hyperparameters.epochs)
        guard state.epochsDone < last, examplesPerEpoch > 0 else { return .finished }
        let first = state.epochsDone + 1
        let memory = makeWorkspace()
        while state.epochsDone < last {
            let epoch = state.epochsDone + 1
            let clock = ContinuousClock()
            let start = clock.now
            let plan = EpochPlan(
                users: rows.activeUsers, rows: rows.examples, threads: hyperparameters.threads,
                seed: SplitMix64.mix(state.seed, UInt64(epoch)))
            let done = try train(plan, epoch: epoch, isFirst: epoch == first, memory, progress)
            guard let done else { return .stoppedWithin(epoch: epoch) }
            // What overflows the optimiser's state does so in the first epoch as a rule, since each has the same examples.
            try checkFinite(memory, epoch: epoch, all: epoch == first || epoch == last)
            let seconds = (clock.now - start) / .seconds(1)
            state.epochsDone = epoch
            let report = EpochReport(
                epoch: epoch, examples: done.examples, updates: done.updates,
                meanLoss: done.meanLoss, seconds: seconds)
            if progress(.epoch(report)) == .stop, epoch < last {
                try checkFinite(memory, epoch: epoch, all: true)
                return .stoppedAfter(epoch: epoch)
            }
        }
        return .finished
    }

    /// Trains one epoch on this thread, of examples in a given order and with given random numbers.
    package mutating func runEpoch<Source: Sampler>(
        _ examples: [Example], source: inout Source
    ) throws(TrainingError) {
        let memory = makeWorkspace()
        memory.beginEpoch(isFirst: true)
        var pass = Pass(context: memory.context, scratch: memory.scratch(), source: source)
        unsafe examples.withUnsafeBufferPointer { unsafe pass.train($0) }
        pass.foldRunningScales()
        memory.endEpoch(itemDecay: pass.itemDecay, userDecay: pass.userDecay)
        source = pass.source
        state.epochsDone += 1
        try checkFinite(memory, epoch: state.epochsDone, all: true)
    }

    /// Trains the blocks of an epoch on all threads; nil if it was stopped.
    private func train(
        _ plan: EpochPlan, epoch: Int, isFirst: Bool, _ memory: Workspace, _ progress: (TrainingProgress) -> TrainingDecision
    ) throws(TrainingError) -> PassTotals? {
        memory.beginEpoch(isFirst: isFirst)
        let (threads, total) = (min(hyperparameters.threads, plan.blocks), examplesPerEpoch)
        let shared = EpochWork(plan, of: rows.examples, threads: threads)
        // One worker takes blocks until there are no more; `between` is called after each chunk of one.
        @Sendable func work(_ between: () -> Void) {
            let scratch = memory.scratch()
            while let block = shared.take() {
                var pass = Pass(context: memory.context, scratch: scratch, source: block.random)
                let before = shared.decays
                (pass.itemDecay, pass.userDecay) = before
                let chunk = block.done..<min(block.done + Self.chunk, block.examples.count)
                unsafe block.examples[chunk].withUnsafeBufferPointer { unsafe pass.train($0) }
                pass.foldRunningScales()
                (block.random, block.done) = (pass.source, chunk.upperBound)
                shared.giveBack(
                    block, pass.totals, itemDecay: pass.itemDecay - before.items, userDecay: pass.userDecay - before.users)
                between()
            }
        }
        let clock = ContinuousClock()
        let start = clock.now
        var lastTick = start
        WorkerThreads.run(threads) { _ in
            work {}
        } caller: {
            func report() {
                let now = clock.now
                guard now - lastTick > .milliseconds(200) else { return }
                lastTick = now
                let done = shared.totals
                if !done.loss.isFinite { shared.isStopped.store(true, ordering: .relaxed) }
                let tick = TrainingProgress.tick(
                    epoch: epoch, examplesDone: done.examples, examplesInEpoch: total, meanLoss: done.meanLoss,
                    seconds: (now - start) / .seconds(1))
                if progress(tick) == .stop { shared.isStopped.store(true, ordering: .relaxed) }
            }
            work(report)
            shared.waitForOthers(report)
        }
        let decays = shared.decays
        memory.endEpoch(itemDecay: decays.items, userDecay: decays.users)
        let totals = shared.totals
        if !totals.loss.isFinite {
            try checkFinite(memory, epoch: epoch, all: true)
            throw .scoresOverflowed(epoch: epoch)
        }
        return shared.isStopped.load(ordering: .relaxed) ? nil : totals
    }

    /// - Parameter all: whether the optimiser's state is checked too, as it must be before a model is kept.
    private func checkFinite(_ memory: Workspace, epoch: Int, all: Bool) throws(TrainingError) {
        for (kind, table) in memory.tables {
            if let row = table.firstNonFiniteRow(all: all, threads: hyperparameters.threads) {
                throw .diverged(epoch: epoch, kind: kind, row: row)
            }
        }
    }
}
