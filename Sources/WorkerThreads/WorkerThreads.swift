import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs work that is shared out as it goes on several system threads, the caller's among them.
///
/// A dispatch queue's threads come up too late for work of a few milliseconds.
package enum WorkerThreads {
    private final class Task: Sendable {
        let number: Int
        let body: @Sendable (Int) -> Void

        init(number: Int, body: @escaping @Sendable (Int) -> Void) {
            self.number = number
            self.body = body
        }
    }

    /// Calls `others` with 1 ..< `count` on threads of their own and `caller` on this one, and returns when all have returned.
    ///
    /// Where the system starts no more threads, some numbers are not called: whoever works takes work until there is none left.
    package static func run(_ count: Int, others: @escaping @Sendable (Int) -> Void, caller: () -> Void) {
        var started: [pthread_t] = []
        for number in 1..<max(count, 1) {
            guard let thread = start(Task(number: number, body: others)) else { break }
            started.append(thread)
        }
        caller()
        for thread in started { pthread_join(thread, nil) }
    }

    /// The same work on all threads: calls `body` with 0 on this one.
    package static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        run(count, others: body) { body(0) }
    }

    /// Calls `body` with parts of 0 ..< `count` of `least` or more numbers, as many parts as threads, and returns when all have returned.
    package static func share(
        _ count: Int, threads: Int, least: Int = 4096, _ body: @escaping @Sendable (Range<Int>) -> Void
    ) {
        let parts = min(threads, count / least)
        guard parts > 1 else { return body(0..<count) }
        let taken = Counter()
        run(parts) { _ in
            while true {
                let part = taken.value.wrappingAdd(1, ordering: .relaxed).oldValue
                guard part < parts else { return }
                body(count * part / parts..<count * (part + 1) / parts)
            }
        }
    }

    /// Starts a thread; nil if the system refuses.
    private static func start(_ task: Task) -> pthread_t? {
        let task = unsafe Unmanaged.passRetained(task)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let failure = unsafe pthread_create(
            &thread, nil,
            { argument in
                #if canImport(Darwin)
                    let task = unsafe Unmanaged<Task>.fromOpaque(argument).takeRetainedValue()
                #else
                    guard let argument = unsafe argument else { return nil }
                    let task = unsafe Unmanaged<Task>.fromOpaque(argument).takeRetainedValue()
                #endif
                task.body(task.number)
                return nil
            }, task.toOpaque())
        guard failure == 0 else {
            unsafe task.release()
            return nil
        }
        return thread
    }
}

/// How much has been taken.
private final class Counter: Sendable {
    let value = Atomic<Int>(0)
}
