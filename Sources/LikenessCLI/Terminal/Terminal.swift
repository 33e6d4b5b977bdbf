import PlainText
import Platform
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the program writes: results to standard output, everything about how it goes to standard error.
enum Terminal {
    /// Whether standard error is a terminal that can redraw a line.
    static let canRedraw =
        StandardStream.isTerminal(StandardStream.error) && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// The columns of the terminal at standard error; 80 if they are unknown.
    static var columns: Int { StandardStream.columns(of: StandardStream.error) ?? 80 }

    /// What the system said to the first line of results that it refused.
    private static let outputFailure = Mutex<SystemError?>(nil)

    /// Whether a line of results could not be written.
    static var hasFailed: Bool { outputFailure.withLock { $0 != nil } }

    /// Writes text to standard error at once. Where that cannot be written, there is nowhere to say so.
    ///
    /// What would steer the terminal, but for line feeds, is written as an escape.
    static func writeError(_ text: String) {
        try? write(text.printableLines, to: StandardStream.error)
    }

    /// Writes text to standard error as it is, what steers the terminal included.
    static func draw(_ text: String) {
        try? write(text, to: StandardStream.error)
    }

    /// Writes a line to standard output at once. A failure is kept for ``checkOutput()``.
    ///
    /// What would steer a terminal, but for line feeds, is written as an escape.
    static func writeLine(_ text: String) {
        if hasFailed { return }
        do throws(SystemError) {
            try write(text.printableLines + "\n", to: StandardStream.output)
        } catch {
            outputFailure.withLock { $0 = error }
        }
    }

    /// - Throws: `CommandError` if a line of results could not be written.
    static func checkOutput() throws {
        guard let failure = outputFailure.withLock({ $0 }) else { return }
        throw CommandError("the results could not be written to standard output: \(failure). What the command did is done")
    }

    private static func write(_ text: String, to stream: Int32) throws(SystemError) {
        try unsafe Array(text.utf8).span.bytes.withUnsafeBytes { bytes throws(SystemError) in
            unsafe try FileDescriptor.writeAll(stream, bytes)
        }
    }
}
