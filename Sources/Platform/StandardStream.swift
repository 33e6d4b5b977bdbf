#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The descriptors that every process starts with.
package enum StandardStream {
    package static let input: Int32 = 0
    package static let output: Int32 = 1
    package static let error: Int32 = 2

    /// Opens nothing in the place of streams that the process was started without. Otherwise the next file to be opened would have such a
    /// stream's number, and what is printed would go into it.
    package static func occupyClosed() {
        for (number, flags) in [(input, O_WRONLY), (output, O_RDONLY), (error, O_RDONLY)] where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is taken, so these come in order. A write to what is open for reading alone fails.
            _ = unsafe open("/dev/null", flags)
        }
    }

    /// Whether an open file is a terminal.
    package static func isTerminal(_ number: Int32) -> Bool {
        isatty(number) == 1
    }

    /// The columns of the terminal at an open file; nil if they are unknown.
    package static func columns(of number: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Ends the process.
    package static func end(status: Int32) -> Never {
        exit(status)
    }
}
