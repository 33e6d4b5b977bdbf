import Platform

/// Threads that work through many short phases, one after the other, and sleep in between: starting threads anew for each would take longer than
/// its work.
///
/// ```swift
/// WorkerCrew.run(threads: 2) { crew in
///     for step in 0..<steps {
///         crew.work(batches: 8) { worker, batch in … }
///     }
/// }
/// ```
/// What a batch computes must not depend on the other batches of its phase. Where the system starts fewer threads, the others do all the work.
package final class WorkerCrew: Sendable {
    private typealias Body = @Sendable (_ worker: Int, _ batch: Int) -> Void

    /// The phase that is worked on.
    private struct Phase {
        var body: Body = { _, _ in }
        var batches = 0
        /// The first batch that nobody has.
        var next = 0
        var unfinished = 0
        /// Whether no further phase comes.
        var isLast = false

        var hasWork: Bool { next < batches }

        /// The next batch and what to do with it; nil if there is none.
        mutating func take() -> (batch: Int, body: Body)? {
            guard hasWork else { return nil }
            defer { next += 1 }
            return (next, body)
        }
    }

    private let phase = Monitor(Phase())

    /// Calls `lead` on this thread, with threads that wait for its phases, this one among them.
    package static func run(threads: Int, lead: (WorkerCrew) -> Void) {
        let crew = WorkerCrew()
        WorkerThreads.run(threads) { worker in
            while let work = crew.phase.wait(until: { $0.hasWork || $0.isLast }, then: { $0.take() }) ?? nil { crew.perform(work, worker) }
        } caller: {
            lead(crew)
            crew.phase.withLock { $0.isLast = true }
        }
    }

    /// Calls `body` once for each batch of 0 ..< `batches`, with the number of the thread that has it, and returns when all have returned.
    package func work(batches: Int, _ body: @escaping @Sendable (_ worker: Int, _ batch: Int) -> Void) {
        phase.withLock { $0 = Phase(body: body, batches: batches, unfinished: batches) }
        while let work = phase.withLock({ $0.take() }) { perform(work, 0) }
        _ = phase.wait(until: { $0.unfinished == 0 }) { $0.body = { _, _ in } }
    }

    private func perform(_ work: (batch: Int, body: Body), _ worker: Int) {
        work.body(worker, work.batch)
        phase.withLock { $0.unfinished -= 1 }
    }
}
