import Foundation
import Testing

/// Ctrl-C: the program stops where nothing is lost, and says how to go on.
@Suite(.enabled(if: FaultInjector.isAvailable, "a process is watched through /proc, which is Linux's"))
struct InterruptionTests {
    /// Waits until a process is the program, no longer the shell that becomes it, and has its own handler for SIGINT.
    private func waitUntilListening(_ process: RunningProcess) throws {
        while true {
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.identifier)/exe")
            guard program.hasSuffix("/likeness") else { continue }
            let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
            let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }?.split(separator: "\t").last
            if let caught, let mask = UInt64(caught, radix: 16), mask & 2 != 0 { return }
            usleep(1_000)
        }
    }

    @Test("A fit that is interrupted publishes nothing, says so, and has the status of Ctrl-C")
    func fit() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let fit = try likeness.start(["fit", "--epochs", "1000000", "--components", "16"])
        try waitUntilListening(fit)
        fit.send(SIGINT)
        let result = try fit.wait()
        #expect(result.status == 130, "\(result)")
        #expect(result.errors.contains("Nothing was published") && result.errors.contains("run the command again"), "\(result.errors)")
        #expect(try likeness.succeed("versions", "list", "--json").lines.count == 1)
        try likeness.succeed("versions", "verify")
    }

    @Test("A learning curve that is interrupted prints the points so far, and has the status of Ctrl-C")
    func learningCurve() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.makeData()
        try likeness.succeed("split", "data/likes.psv", "--train", "train.psv", "--test", "test.psv", "--held-out", "3")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "train.psv")
        let curve = try likeness.start([
            "learning-curve", "--test", "test.psv", "--epochs", "1000000", "--every", "1000", "--components", "16", "--json",
        ])
        try waitUntilListening(curve)
        curve.send(SIGINT)
        let result = try curve.wait()
        #expect(result.status == 130, "\(result)")
        #expect(result.errors.contains("stopped after") && result.errors.contains("run the command again"), "\(result.errors)")
        let report = try result.object
        #expect(report["isStopped"]?.boolean == true && report["points"]?.array != nil)
    }

    @Test("An ingest that is interrupted says what is durable, and the next one goes on from there")
    func ingest() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        let rows = (0..<600_000).map { "u\($0 % 5_003)|i\($0 % 997)" }
        try workspace.write("uid|mid\n" + rows.joined(separator: "\n") + "\n", to: "likes.psv")
        try likeness.succeed("init")
        let ingest = try likeness.start(["ingest", "likes", "likes.psv", "--batch-rows", "2000", "--json"])
        try waitUntilListening(ingest)
        ingest.send(SIGINT)
        let result = try ingest.wait()
        #expect(result.status == 130, "\(result)")
        #expect(result.errors.contains("Run the same command again"), "\(result.errors)")
        let accepted = try #require(try result.object["accepted"]?.integer)
        #expect(try likeness.succeed("stats", "--json").object["likes"]?.integer == accepted)
        try likeness.succeed("ingest", "likes", "likes.psv")
        let all = Set((0..<600_000).map { ($0 % 5_003) * 1_000 + $0 % 997 }).count
        #expect(try likeness.succeed("stats", "--json").object["likes"]?.integer == all)
    }
}
