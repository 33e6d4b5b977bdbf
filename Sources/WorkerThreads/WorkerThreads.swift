import Platform
import Synchronization

/// Runs work that is shared out as it goes on several system threads, the caller's among them.
package enum WorkerThreads {
    /// Calls `others` with 1 ..< `count` on threads of their own and `caller` on this one, and returns when all have returned.
    ///
    /// Where the system starts no more threads, some numbers are not called: whoever works takes work until there is none left.
    package static func run(_ count: Int, others: @escaping @Sendable (Int) -> Void, caller: () -> Void) {
        var started: [SystemThread] = []
        for number in 1..<max(count, 1) {
            guard let thread = SystemThread({ others(number) }) else { break }
            started.append(thread)
        }
        caller()
        for thread in started { thread.join() }
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
}

/// How much has been taken.
private final class Counter: Sendable {
    let value = Atomic<Int>(0)
}
