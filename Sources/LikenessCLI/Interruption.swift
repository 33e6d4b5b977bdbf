import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ctrl-C and `kill`, noticed without dying of them, so that a long command can stop where nothing is lost.
///
/// The second signal ends the process at once.
enum Interruption {
    private static let signalNumber = Atomic<Int32>(0)

    /// The signal that came, if one came.
    static var caught: Int32? {
        let number = signalNumber.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// From now on the first SIGINT or SIGTERM is only noted.
    static func watch() {
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { number in
                Interruption.signalNumber.store(number, ordering: .relaxed)
                _ = signal(number, SIG_DFL)
            }
        }
    }
}
