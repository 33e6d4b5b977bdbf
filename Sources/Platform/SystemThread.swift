#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A thread of the system's, which runs at once; a dispatch queue's threads come up too late for work of a few milliseconds.
package struct SystemThread: Sendable {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    #if canImport(Darwin)
        nonisolated(unsafe) private let thread: pthread_t
    #else
        private let thread: pthread_t
    #endif

    /// Starts a thread that calls `body`; nil if the system refuses.
    package init?(_ body: @escaping @Sendable () -> Void) {
        let work = unsafe Unmanaged.passRetained(Work(body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let failure = unsafe pthread_create(
            &thread, nil,
            { argument in
                #if canImport(Darwin)
                    let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                #else
                    guard let argument = unsafe argument else { return nil }
                    let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                #endif
                work.body()
                return nil
            }, work.toOpaque())
        guard failure == 0 else {
            unsafe work.release()
            return nil
        }
        #if canImport(Darwin)
            guard let thread = unsafe thread else { return nil }
            unsafe self.thread = thread
        #else
            self.thread = thread
        #endif
    }

    /// Waits until the thread's work is done. Call it exactly once.
    package func join() {
        #if canImport(Darwin)
            _ = unsafe pthread_join(thread, nil)
        #else
            pthread_join(thread, nil)
        #endif
    }

    /// The number of the thread that calls this; no other thread has it while this one lives.
    package static var current: UInt {
        #if canImport(Darwin)
            unsafe UInt(bitPattern: pthread_self())
        #else
            UInt(pthread_self())
        #endif
    }

    /// Lets another thread run.
    package static func yield() {
        sched_yield()
    }

    /// Stops this thread for a while.
    package static func pause(microseconds: UInt32) {
        usleep(microseconds)
    }
}
