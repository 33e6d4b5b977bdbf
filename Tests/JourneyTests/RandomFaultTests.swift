import Foundation
import Testing

/// One store on which one command after the other dies or finds the disk full, at moments drawn at random, and that goes on from where it was left.
///
/// `LIKENESS_HOSTILE` makes it 400 moments.
@Suite(.enabled(if: FaultInjector.isAvailable, "faults are injected with LD_PRELOAD, which is Linux's"))
struct RandomFaultTests {
    private let moments = ProcessInfo.processInfo.environment["LIKENESS_HOSTILE"] == nil ? 25 : 200

    /// A command, and what may become of the number of likes.
    private struct Change {
        let command: [String]
        let adds: Bool
        let removes: Bool

        init(_ command: String, adds: Bool = false, removes: Bool = false) {
            (self.command, self.adds, self.removes) = (command.split(separator: " ").map(String.init), adds, removes)
        }
    }

    private static let changes = [
        Change("ingest likes new.psv --batch-rows 40", adds: true), Change("ingest likes old.psv --unlike", removes: true),
        Change("ingest features data/feats.psv"), Change("forget --user-file leavers.txt --yes", removes: true), Change("fit-partial"),
        Change("fit-partial --index ivf"), Change("fit --components 8 --threads 1"), Change("fit --loss warp --components 8 --epochs 1"),
        Change("versions compact production"), Change("versions prune --keep-last 2 --keep-moves 1"),
        Change("versions import version.pack"), Change("versions promote v1 --to other"), Change("versions repair"),
        Change("index build production"),
    ]

    @Test("A store outlives every command that is killed at a random write, or finds no space there", arguments: [1, 2] as [UInt64])
    func commands(seed: UInt64) throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        try likeness.succeed("versions", "export", "v1", "version.pack")
        let rows = try workspace.rows(of: "data/likes.psv")
        var state = seed
        func random(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        func likes() throws -> Int { try #require(try likeness.succeed("stats", "--json").object["likes"]?.integer) }
        var before = try likes()
        var faults = 0
        for moment in 0..<moments {
            let change = Self.changes[random(below: Self.changes.count)]
            let new = (0..<60).map { _ in "\(rows[random(below: rows.count)][1])|u\(random(below: 500))\n" }
            try workspace.write("mid|uid\n" + new.joined(), to: "new.psv")
            let old = (0..<5).map { _ in rows[random(below: rows.count)] }
            try workspace.write("mid|uid\n" + old.map { "\($0[1])|\($0[2])\n" }.joined(), to: "old.psv")
            try workspace.write("u\(random(below: 500))\n", to: "leavers.txt")
            let fault = [FaultInjector.Fault.kill, .torn, .full][random(below: 3)]
            let call = 1 + random(below: 12)
            var failing = likeness
            failing.variables = try FaultInjector.variables(fault, at: call)
            let result = try failing.run(change.command)
            let name = "moment \(moment), \(fault) at call \(call) of \(change.command.joined(separator: " "))"
            if result.status != 0 { faults += 1 }
            #expect(result.signal == nil || result.signal == SIGKILL, "\(name): \(result)")
            let verified = try likeness.run("versions", "verify", "--json")
            #expect(verified.status == 0, "\(name): \(verified)")
            let now = try likes()
            #expect(change.adds || now <= before, "\(name)")
            #expect(change.removes || now >= before, "\(name)")
            before = now
            let answer = try likeness.run("recommend", "--user", workspace.someUser(), "--json")
            #expect(answer.status == 0, "\(name): \(answer)")
        }
        // Everything can be done again, and what was cut off is brought to its end.
        try likeness.succeed("forget", "--yes")
        for change in Self.changes.reversed() {
            let result = try likeness.run(change.command)
            #expect(
                result.status == 0 || result.errors.contains("none of these ids") || result.errors.contains("was pruned"),
                "\(change.command): \(result)")
        }
        try likeness.succeed("versions", "verify")
        #expect(faults > moments / 4)
    }
}
