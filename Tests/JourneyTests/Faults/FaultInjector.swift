import Foundation

/// The library that stands between the program and the system's writes, built once from `fault.c` for a run of the tests.
///
/// It is loaded with LD_PRELOAD, so Linux only.
enum FaultInjector {
    /// What happens at the chosen call.
    enum Fault: String {
        /// Nothing; the calls are counted.
        case count
        /// SIGKILL in place of the call.
        case kill
        /// SIGKILL after the first half of what the call writes.
        case torn
        /// SIGSTOP before the call.
        case stop
        /// From that call on, no space is left.
        case full
        /// Nothing; what the calls do is written down: see `PowerCut`.
        case record
    }

    #if os(Linux)
        static let isAvailable = true
    #else
        static let isAvailable = false
    #endif

    /// The path of the built library.
    private static let library = Result<String, any Error> {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("fault.c").path
        let library = FileManager.default.temporaryDirectory
            .appendingPathComponent("likeness-fault-\(ProcessInfo.processInfo.processIdentifier).so").path
        let compilers = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .flatMap { folder in ["clang", "cc", "gcc"].map { "\(folder)/\($0)" } }
        guard let compiler = compilers.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw LikenessProcess.Unexpected("there is no C compiler on the PATH")
        }
        let result = try RunningProcess(
            executable: compiler, arguments: ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"],
            environment: ProcessInfo.processInfo.environment, folder: "/", input: nil
        ).wait()
        guard result.status == 0 else { throw LikenessProcess.Unexpected("fault.c: \(result.errors)") }
        return library
    }

    /// The variables that make a process meet a fault at its call number `call`, from 1.
    ///
    /// - Parameter files: what the paths have in them of the files that count.
    static func variables(
        _ fault: Fault, at call: Int = 0, countIn file: String? = nil, files: String = "/data.mdb"
    ) throws -> [String: String] {
        var variables = [
            "LD_PRELOAD": try library.get(), "FAULT_MODE": fault.rawValue, "FAULT_AT": "\(call)", "FAULT_FILES": files,
        ]
        if let file { variables["FAULT_COUNT"] = file }
        return variables
    }

    /// The variables that make a process take the time of day for another one.
    static func clock(shiftedBy seconds: Int) throws -> [String: String] {
        ["LD_PRELOAD": try library.get(), "FAULT_MODE": Fault.count.rawValue, "FAULT_CLOCK": "\(seconds)"]
    }

    /// How many calls on a store's file a command makes when nothing goes wrong.
    static func callCount(
        of arguments: [String], in workspace: Workspace, files: String = "/data.mdb"
    ) throws -> Int {
        var likeness = workspace.likeness
        likeness.variables = try variables(.count, countIn: workspace.file("calls"), files: files)
        let result = try likeness.run(arguments)
        guard result.status == 0,
            let count = Int(try workspace.read("calls").trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw LikenessProcess.Unexpected("the calls of \(arguments) were not counted: \(result)") }
        return count
    }

    /// At most `most` numbers spread over 1…count, the first and the last among them.
    static func spread(over count: Int, most: Int) -> [Int] {
        guard count > most else { return Array(1...max(count, 1)) }
        return (0..<most).map { 1 + $0 * (count - 1) / (most - 1) }
    }
}
