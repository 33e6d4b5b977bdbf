import Foundation
import RemoteServer
import Testing

/// The commands that the README and the guides show are run as they stand there.
struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let pages = ["README.md", "Sources/Likeness/Likeness.docc/Tour.md"]

    /// The `sh` blocks of a section of a page, such as `## Tour`. A line that starts with `$ ` is a command; other lines show what it prints.
    /// In a block without such lines every line is a command.
    private static func commands(of section: String = "Tour", in page: String) throws -> [String] {
        let text = try String(contentsOf: root.appendingPathComponent(page), encoding: .utf8)
        var commands: [String] = []
        var isInTour = false
        var block: [String]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let lines = block {
                guard line.hasPrefix("```") else {
                    block = lines + [line]
                    continue
                }
                let prompted = lines.filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
                commands += prompted.isEmpty ? lines.filter { !$0.isEmpty } : prompted
                block = nil
            } else if line.hasPrefix("## ") {
                isInTour = line == "## " + section
            } else if isInTour && line == "```sh" {
                block = []
            }
        }
        return commands
    }

    @Test("Every command of the README's tour and of the guide's runs", arguments: pages)
    func tour(page: String) throws {
        try run(ReadmeTests.commands(in: page))
    }

    @Test("Every command of the guide to replicas runs")
    func replicas() throws {
        let commands = try ReadmeTests.commands(of: "A folder", in: "Sources/Likeness/Likeness.docc/Replicas.md")
        try #require(commands.contains { $0.contains("replica pull") })
        try run(commands)
    }

    @Test("Every command of the guide to standbys runs")
    func standbys() throws {
        let commands = try ReadmeTests.commands(of: "A standby", in: "Sources/Likeness/Likeness.docc/Replicas.md")
        try #require(commands.contains { $0.contains("replica promote") })
        try run(commands)
    }

    @Test("Likes come in from a database by a pipe", .enabled(if: ReadmeTests.hasDuckDB, "there is no duckdb on the PATH"))
    func database() throws {
        let commands = try ReadmeTests.commands(of: "From a database", in: "Sources/Likeness/Likeness.docc/FilesItReads.md")
        try #require(commands.contains { $0.hasPrefix("duckdb") })
        try run(commands)
    }

    private static var hasDuckDB: Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: $0 + "/duckdb")
        }
    }

    @Test("Every command of the guide to replicas runs, with a bucket")
    func replicasInBucket() throws {
        let server = try RemoteServer(key: "KEY")
        defer { server.stop() }
        let commands = try ReadmeTests.commands(of: "A bucket", in: "Sources/Likeness/Likeness.docc/Replicas.md")
        try #require(commands.contains { $0.contains("replica prune") })
        try run(commands, variables: WebReplicaTests.variables(server.url))
    }

    private func run(_ commands: [String], variables: [String: String] = [:]) throws {
        try #require(commands.contains { $0.contains("likeness fit") })
        let workspace = try Workspace()
        var shell = LikenessProcess(store: nil, folder: workspace.path)
        shell.variables = variables
        let folder = URL(fileURLWithPath: LikenessProcess.executable).deletingLastPathComponent().path
        shell.variables["PATH"] = folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        // One shell for all of them, so that a variable which one command sets is there for the next.
        let script = "set -e\n" + commands.map { "echo '+' \(quoted($0)) >&2\n\($0)" }.joined(separator: "\n") + "\n"
        try workspace.write(script, to: "tour.sh")
        let result = try shell.start(["tour.sh"], executable: "/bin/sh").wait()
        #expect(result.status == 0, "\(result.output)\n\(result.errors)")
    }

    private func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
