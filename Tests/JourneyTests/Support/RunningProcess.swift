import Foundation

/// A process that runs beside the tests. Its output goes to files, so that it never waits for a reader.
final class RunningProcess: Sendable {
    /// The system's number of the process.
    let identifier: pid_t
    private let outputFile: String
    private let errorFile: String

    /// - Parameter terminal: where standard error goes in place of a file.
    init(
        executable: String, arguments: [String], environment: [String: String], folder: String, input: Data?, terminal: String? = nil
    ) throws {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("likeness-run-\(UUID().uuidString)")
            .path
        outputFile = scratch + ".out"
        errorFile = scratch + ".err"
        let inputFile = scratch + ".in"
        defer { unlink(inputFile) }
        if let input { try input.write(to: URL(fileURLWithPath: inputFile)) }

        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input == nil ? "/dev/null" : inputFile, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, terminal ?? errorFile, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0o600)

        // Threads of the test runner block signals, and a new process would inherit that.
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
        #else
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        // A shell changes the folder and then becomes the program, which keeps its number and its name.
        let command = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder, executable] + arguments
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, command[0], &actions, &attributes, &words, &variables)
        guard code == 0 else {
            throw LikenessProcess.Unexpected("\(executable) cannot be started: \(String(cString: strerror(code)))")
        }
        self.identifier = identifier
    }

    /// Sends a signal to the process.
    func send(_ signal: Int32) {
        kill(identifier, signal)
    }

    /// Waits until the process has been stopped by SIGSTOP.
    ///
    /// - Throws: `Unexpected` if it ends instead.
    func waitUntilStopped() throws {
        var status: Int32 = 0
        while waitpid(identifier, &status, WUNTRACED) < 0 {
            guard errno == EINTR else { throw LikenessProcess.Unexpected("the process was lost") }
        }
        guard status & 0xFF == 0x7F else { throw LikenessProcess.Unexpected("the process ended: \(errorsSoFar)") }
    }

    /// What the process has written to standard output so far.
    var outputSoFar: String {
        (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? ""
    }

    /// What the process has written to standard error so far.
    var errorsSoFar: String {
        (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? ""
    }

    /// Waits for the end of the process; to be called once.
    func wait() throws -> LikenessProcess.Result {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 {
            guard errno == EINTR else { throw LikenessProcess.Unexpected("the process was lost") }
        }
        defer {
            unlink(outputFile)
            unlink(errorFile)
        }
        // A status word holds the signal in its low 7 bits, or else the exit status in the next 8.
        let signal = status & 0x7F
        return LikenessProcess.Result(
            status: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
            output: try text(of: outputFile),
            errors: access(errorFile, F_OK) == 0 ? try text(of: errorFile) : "")
    }

    private func text(of file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
    }
}
