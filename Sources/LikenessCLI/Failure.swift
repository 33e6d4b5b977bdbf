import ArgumentParser
import Platform

/// How a command ends when it does not end well.
enum Failure {
    /// Done, but some rows were rejected.
    static let rejectedRows = ExitCode(3)

    /// Says what went wrong and ends the process: 64 for a command that was not understood, 1 for one that failed, and for one
    /// that was stopped by a signal what a shell reports for it.
    static func end(with error: any Error) -> Never {
        if let signal = Interruption.caught {
            Terminal.writeError("\(error)\n")
            LikenessCommand.exit(withError: ExitCode(128 + signal))
        }
        if error is ExitCode {
            do { try Terminal.checkOutput() } catch {
                Terminal.writeError("error: \(error)\n")
                LikenessCommand.exit(withError: ExitCode.failure)
            }
        }
        if isAboutArguments(error) { LikenessCommand.exit(withError: error) }
        Terminal.writeError("error: \(error)\n")
        LikenessCommand.exit(withError: ExitCode.failure)
    }

    /// Says what went wrong and goes on.
    ///
    /// - Returns: whether nothing did, as where a help text was asked for.
    static func tell(_ error: any Error) -> Bool {
        if let code = error as? ExitCode { return code == .success }
        guard isAboutArguments(error) else {
            Terminal.writeError("\(Interruption.caught == nil ? "error: " : "")\(error)\n")
            return false
        }
        let text = LikenessCommand.fullMessage(for: error)
        let isFine = LikenessCommand.exitCode(for: error) == .success
        if isFine { Terminal.writeLine(text) } else { Terminal.writeError(text + "\n") }
        return isFine
    }

    /// Whether the parser made the error, and so has the best words for it.
    private static func isAboutArguments(_ error: any Error) -> Bool {
        if error is ExitCode || error is CleanExit || error is ValidationError { return true }
        return LikenessCommand.exitCode(for: error) != .failure
    }
}
