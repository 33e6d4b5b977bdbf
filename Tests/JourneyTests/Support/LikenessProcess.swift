import Foundation

/// The built `likeness` program, run as a user runs it: arguments, standard input and variables in; exit status and text out.
struct LikenessProcess {
    /// What a run came to.
    struct Result {
        /// The exit status; nil if a signal ended the process.
        let status: Int32?
        /// The signal that ended it; nil if it ended by itself.
        let signal: Int32?
        let output: String
        let errors: String

        /// The lines of standard output.
        var lines: [String] {
            output.split(separator: "\n").map(String.init)
        }

        /// Standard output as JSON, one value a line.
        var json: [JSON] {
            get throws { try lines.map { try JSON(parsing: $0) } }
        }

        /// The one JSON value on standard output.
        var object: JSON {
            get throws {
                let values = try json
                guard values.count == 1 else { throw Unexpected("one JSON object was expected: \(output)\(errors)") }
                return values[0]
            }
        }
    }

    /// What should have been otherwise.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// The program, beside the test bundle in the build folder.
    static let executable: String = {
        let arguments = CommandLine.arguments
        let places = [arguments[0]] + arguments.filter { $0.contains(".xctest") } + Bundle.allBundles.map(\.bundlePath)
        for place in places {
            var folder = URL(fileURLWithPath: place)
            while folder.path != "/" {
                folder.deleteLastPathComponent()
                let candidate = folder.appendingPathComponent("likeness").path
                if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            }
        }
        return "likeness"
    }()

    /// The store that is handed over in LIKENESS_STORE.
    var store: String?
    /// The folder that the program runs in.
    var folder: String
    /// Further variables.
    var variables: [String: String] = [:]

    /// Runs the program to its end.
    func run(_ arguments: String..., input: String? = nil) throws -> Result {
        try run(arguments, input: input.map { Data($0.utf8) })
    }

    /// Runs the program to its end.
    func run(_ arguments: [String], input: Data? = nil) throws -> Result {
        try start(arguments, input: input).wait()
    }

    /// Runs the program to its end.
    ///
    /// - Throws: `Unexpected` unless it ends with status 0.
    @discardableResult
    func succeed(_ arguments: String..., input: String? = nil) throws -> Result {
        try succeed(arguments, input: input)
    }

    /// The same with arguments in an array.
    @discardableResult
    func succeed(_ arguments: [String], input: String? = nil) throws -> Result {
        let result = try run(arguments, input: input.map { Data($0.utf8) })
        guard result.status == 0 else {
            throw Unexpected("likeness \(arguments.joined(separator: " ")): \(result)")
        }
        return result
    }

    /// Starts the program and lets it run.
    ///
    /// - Parameter terminal: where standard error goes; nil for a file.
    func start(
        _ arguments: [String], executable: String = executable, input: Data? = nil, terminal: PseudoTerminal? = nil
    ) throws -> RunningProcess {
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("LIKENESS_") { environment[name] = nil }
        // The help texts and tables do not depend on the terminal that the tests are started from.
        environment["COLUMNS"] = "80"
        environment["LIKENESS_STORE"] = store
        environment["USER"] = "tester"
        environment.merge(variables) { $1 }
        return try RunningProcess(
            executable: executable, arguments: arguments, environment: environment, folder: folder, input: input, terminal: terminal?.path)
    }
}
