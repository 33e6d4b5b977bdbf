import Platform
import Synchronization

/// Several transfers at a time.
package enum Transfers {
    /// Runs jobs on threads of their own, and returns when all are done or one has failed.
    ///
    /// - Parameters:
    ///   - atOnce: how many run at the same time.
    ///   - progress: called on this thread with the sum of what jobs have given.
    ///   - job: gets its number, and gives the bytes that it has moved.
    package static func run(
        _ count: Int, atOnce: Int, progress: (Int) -> Void, _ job: @escaping @Sendable (Int) throws(TransferError) -> Int
    ) throws(TransferError) {
        if count == 0 { return }
        if count == 1 || atOnce <= 1 {
            var done = 0
            for number in 0..<count {
                done += try job(number)
                progress(done)
            }
            return
        }
        let state = State()
        @Sendable func work() {
            while let number = state.take(below: count) {
                do throws(TransferError) { state.add(try job(number)) } catch { state.fail(error) }
            }
            state.leave()
        }
        var threads: [SystemThread] = []
        for _ in 0..<min(atOnce, count) {
            state.enter()
            if let thread = SystemThread(work) { threads.append(thread) } else { state.leave() }
        }
        if threads.isEmpty {
            state.enter()
            work()
        }
        while !state.isOver {
            SystemThread.pause(microseconds: 2_000)
            progress(state.bytes)
        }
        for thread in threads { thread.join() }
        if let failure = state.failure { throw failure }
        progress(state.bytes)
    }

    private final class State: Sendable {
        private let next = Atomic<Int>(0)
        private let moved = Atomic<Int>(0)
        private let working = Atomic<Int>(0)
        private let problem = Mutex<TransferError?>(nil)

        var bytes: Int { moved.load(ordering: .relaxed) }
        var isOver: Bool { working.load(ordering: .acquiring) == 0 }
        var failure: TransferError? { problem.withLock { $0 } }

        func take(below count: Int) -> Int? {
            if failure != nil { return nil }
            let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
            return number < count ? number : nil
        }

        func add(_ bytes: Int) { moved.wrappingAdd(bytes, ordering: .relaxed) }
        func enter() { working.wrappingAdd(1, ordering: .relaxed) }
        func leave() { working.wrappingSubtract(1, ordering: .releasing) }
        func fail(_ error: TransferError) { problem.withLock { $0 = $0 ?? error } }
    }

    /// What jobs have found, by their numbers.
    final class Results: Sendable {
        private let values: Mutex<[String]>

        init(count: Int) {
            values = Mutex([String](repeating: "", count: count))
        }

        var all: [String] { values.withLock { $0 } }

        func set(_ number: Int, _ value: String) {
            values.withLock { $0[number] = value }
        }
    }
}

/// Keeps what all who share it move below a number of bytes in a second.
package final class TransferRate: Sendable {
    private let bytesPerSecond: Double
    /// When all that was moved would have been moved at that speed, in nanoseconds.
    private let free = Mutex<Int64>(0)

    package init(bytesPerSecond: Int) {
        self.bytesPerSecond = Double(max(1, bytesPerSecond))
    }

    /// Waits until bytes that were moved are paid for.
    package func take(_ bytes: Int) {
        let cost = Int64(Double(bytes) / bytesPerSecond * 1e9)
        let end = free.withLock { free in
            free = max(free, MonotonicClock.nanoseconds) + cost
            return free
        }
        while true {
            let left = end - MonotonicClock.nanoseconds
            if left <= 0 || Interruption.caught != nil { return }
            SystemThread.pause(microseconds: UInt32(min(left / 1_000 + 1, 100_000)))
        }
    }
}
