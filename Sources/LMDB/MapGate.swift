import Platform

/// Keeps the map of a file where it is while a transaction of this process uses it.
///
/// LMDB forbids `mdb_env_set_mapsize` while a transaction of the process is active. So every use of the map enters the gate and leaves
/// it, and whoever must change the map passes alone.
///
/// ```
/// outside ── enter ──► inside (any number of threads) ── leave ──► outside
/// outside ── passAlone: shut the gate, wait until nobody is inside, change the map, open the gate
/// ```
///
/// A thread that is inside may enter again while the gate is shut: otherwise it would wait for itself. A thread that is inside may also
/// wait for another one that has to enter, so the gate is never shut for longer than a moment at a time.
final class MapGate: Sendable {
    private struct State {
        /// Transactions inside, by thread.
        var inside: [UInt: Int] = [:]
        var isShut = false
    }

    private let state = Monitor(State())
    private static let momentMilliseconds = 100
    private static let attempts = 100

    /// Enters on behalf of the current thread.
    ///
    /// - Returns: the thread, for `leave`, which another thread may call.
    func enter() -> UInt {
        let thread = SystemThread.current
        return state.wait(until: { !$0.isShut || $0.inside[thread] != nil }) { state in
            state.inside[thread, default: 0] += 1
            return thread
        } ?? thread
    }

    func leave(_ thread: UInt) {
        state.withLock { state in
            let count = state.inside[thread, default: 1] - 1
            state.inside[thread] = count == 0 ? nil : count
        }
    }

    /// Runs `body` while nobody is inside.
    ///
    /// - Returns: nil, without having run it, if the current thread is inside itself, or if others were inside at every moment of the
    ///   ten seconds that it tries for.
    func passAlone<R>(_ body: () -> R) -> R? {
        let thread = SystemThread.current
        for _ in 0..<MapGate.attempts {
            let isInside = state.wait(until: { !$0.isShut || $0.inside[thread] != nil }) { state in
                if state.inside[thread] != nil { return true }
                state.isShut = true
                return false
            }
            if isInside != false { return nil }
            let result = state.wait(until: { $0.inside.isEmpty }, atMost: MapGate.momentMilliseconds) { _ in body() }
            state.withLock { $0.isShut = false }
            if let result { return result }
            SystemThread.pause(microseconds: 1_000)
        }
        return nil
    }
}
