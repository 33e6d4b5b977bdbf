#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs one piece of work on several system threads at once, the caller's among them.
enum WorkerTeam {
    private final class Task: @unchecked Sendable {
        let number: Int
        let body: @Sendable (Int) -> Void

        init(number: Int, body: @escaping @Sendable (Int) -> Void) {
            self.number = number
            self.body = body
        }
    }

    /// Calls `others` with 1 ..< `threads` on threads of their own and `caller` on this one, and returns when all have returned.
    static func run(
        threads: Int, others: @escaping @Sendable (Int) -> Void, caller: () -> Void
    ) throws(TrainingError) {
        var started: [pthread_t] = []
        var failure: Int32 = 0
        for number in 1..<max(threads, 1) {
            let task = unsafe Unmanaged.passRetained(Task(number: number, body: others))
            #if canImport(Darwin)
                var thread: pthread_t?
            #else
                var thread = pthread_t()
            #endif
            failure = unsafe pthread_create(
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
                break
            }
            #if canImport(Darwin)
                if let thread { started.append(thread) }
            #else
                started.append(thread)
            #endif
        }
        if failure == 0 { caller() }
        for thread in started { pthread_join(thread, nil) }
        if failure != 0 { throw .threadNotStarted(code: Int(failure)) }
    }

    /// Calls `body` with parts of 0 ..< `count`, one a thread, and returns when all have returned. Few rows are not worth a thread.
    /// - Parameter body: may be called again with what it was called with, which must not matter.
    static func share(_ count: Int, threads: Int, _ body: @escaping @Sendable (Range<Int>) -> Void) {
        let parts = min(threads, count / 4096)
        guard parts > 1 else { return body(0..<count) }
        @Sendable func part(_ number: Int) { body(count * number / parts..<count * (number + 1) / parts) }
        do {
            try run(threads: parts, others: part) { part(0) }
        } catch {
            body(0..<count)
        }
    }
}
