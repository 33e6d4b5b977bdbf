#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ends the process with words when a memory map cannot be read: LMDB trusts the pages of its file, and a damaged one can send it to
/// an address that is not there (SIGSEGV), behind the end of a file that was cut short (SIGBUS), or to an assertion of its own (SIGABRT).
package enum DamageSignal {
    nonisolated(unsafe) private static var line: UnsafeMutablePointer<CChar>?
    nonisolated(unsafe) private static var byteCount = 0

    /// From now on SIGSEGV, SIGBUS and SIGABRT write `message` as one line to standard error and end the process with status 1.
    ///
    /// The line is prepared here; the handler calls only `write` and `_exit`. It runs on a stack of its own on the calling thread,
    /// and on the thread's own stack elsewhere. Call it once, from `main`.
    package static func install(message: String) {
        guard let copy = unsafe strdup(message + "\n") else { return }
        unsafe line = copy
        unsafe byteCount = strlen(copy)
        var stack = unsafe stack_t()
        unsafe stack.ss_size = 64 << 10
        unsafe stack.ss_sp = malloc(64 << 10)
        if unsafe stack.ss_sp != nil { unsafe sigaltstack(&stack, nil) }
        var action = sigaction()
        #if canImport(Glibc)
            unsafe action.__sigaction_handler.sa_handler = endWithLine
        #elseif canImport(Musl)
            unsafe action.__sa_handler.sa_handler = endWithLine
        #else
            unsafe action.__sigaction_u.__sa_handler = endWithLine
        #endif
        action.sa_flags = SA_ONSTACK
        for number in [SIGSEGV, SIGBUS, SIGABRT] { unsafe sigaction(number, &action, nil) }
    }

    fileprivate static func writeLine() {
        if let line = unsafe line { _ = unsafe write(STDERR_FILENO, line, byteCount) }
    }
}

private func endWithLine(_ number: Int32) {
    DamageSignal.writeLine()
    _exit(1)
}
