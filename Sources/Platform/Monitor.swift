#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value that one thread at a time may look at and change, and for whose changes threads can wait.
///
/// It is a mutex with a condition variable (Hoare's monitor with the later rule that a woken thread looks again).
@safe package final class Monitor<Value>: @unchecked Sendable {
    nonisolated(unsafe) private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    nonisolated(unsafe) private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        _ = unsafe pthread_mutex_init(mutex, nil)
        _ = unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        _ = unsafe pthread_cond_destroy(condition)
        _ = unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` alone with the value, then wakes the threads that wait for a change of it.
    package func withLock<R, Failure: Error>(_ body: (inout Value) throws(Failure) -> R) throws(Failure) -> R {
        _ = unsafe pthread_mutex_lock(mutex)
        defer {
            _ = unsafe pthread_cond_broadcast(condition)
            _ = unsafe pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Waits until `isReady` holds for the value, then runs `body` as `withLock` does.
    ///
    /// - Parameter milliseconds: the longest wait, by the system's clock; forever if it is nil.
    /// - Returns: what `body` gives; nil if the time was over first.
    package func wait<R>(
        until isReady: (Value) -> Bool, atMost milliseconds: Int? = nil, then body: (inout Value) -> R
    ) -> R? {
        let end = milliseconds.map { Monitor.time(after: $0) }
        _ = unsafe pthread_mutex_lock(mutex)
        defer {
            _ = unsafe pthread_cond_broadcast(condition)
            _ = unsafe pthread_mutex_unlock(mutex)
        }
        while !isReady(value) {
            if var end {
                guard unsafe pthread_cond_timedwait(condition, mutex, &end) == 0 else { return isReady(value) ? body(&value) : nil }
            } else {
                _ = unsafe pthread_cond_wait(condition, mutex)
            }
        }
        return body(&value)
    }

    private static func time(after milliseconds: Int) -> timespec {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        let nanoseconds = now.tv_nsec + milliseconds % 1_000 * 1_000_000
        now.tv_sec += milliseconds / 1_000 + nanoseconds / 1_000_000_000
        now.tv_nsec = nanoseconds % 1_000_000_000
        return now
    }
}
