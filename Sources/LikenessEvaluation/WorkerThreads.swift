#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs work that is shared out as it goes on several system threads.
///
/// A dispatch queue's threads come up too late for work of a few milliseconds.
enum WorkerThreads {
    private final class Task: Sendable {
        let number: Int
        let body: @Sendable (Int) -> Void

        init(number: Int, body: @escaping @Sendable (Int) -> Void) {
            self.number = number
            self.body = body
        }
    }

    /// Calls `body` with 0 on this thread and with 1 ..< `count` on others, and returns when all have returned.
    ///
    /// Where the system starts no more threads, some numbers are not called: `body` takes work until there is none left.
    static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        var started: [pthread_t] = []
        for number in 1..<max(count, 1) {
            let task = unsafe Unmanaged.passRetained(Task(number: number, body: body))
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
            if failure != 0 {
                unsafe task.release()
                break
            }
            #if canImport(Darwin)
                if let thread { started.append(thread) }
            #else
                started.append(thread)
            #endif
        }
        body(0)
        for thread in started { pthread_join(thread, nil) }
    }
}
