import Foundation
import Testing

/// Old versions are removed by a policy, beside whatever else runs.
struct PruneTests {
    private func makeVersions(_ count: Int, in workspace: Workspace) throws {
        try workspace.makeModel()
        for seed in 2...count {
            try workspace.likeness.succeed("fit", "--components", "16", "--epochs", "1", "--threads", "1", "--seed", "\(seed)")
        }
    }

    private func versions(_ workspace: Workspace) throws -> [Int] {
        try workspace.likeness.succeed("versions", "list", "--json").json.compactMap { $0["version"]?.integer }
    }

    @Test func `A dry run foretells, a prune removes, and a rollback behind it is refused with words`() throws {
        let workspace = try Workspace()
        try makeVersions(5, in: workspace)
        let likeness = workspace.likeness
        let policy = ["versions", "prune", "--keep-last", "2", "--keep-moves", "1", "--json"]
        let foretold = try likeness.run(policy + ["--dry-run"]).object
        #expect(try versions(workspace) == [1, 2, 3, 4, 5])
        let result = try likeness.run(policy)
        #expect(result.status == 0, "\(result)")
        #expect(try result.object.without("dryRun") == foretold.without("dryRun"))
        #expect(try result.object["removed"]?.array?.compactMap(\.integer) == [1, 2, 3])
        #expect(try versions(workspace) == [4, 5])
        let verified = try likeness.succeed("versions", "verify", "--json").object
        #expect(verified["orphans"]?.integer == 0)
        try likeness.succeed("versions", "rollback")
        let refused = try likeness.run("versions", "rollback")
        #expect(refused.status == 1 && refused.errors.contains("v3 was pruned"), "\(refused)")
        #expect(try likeness.succeed("versions", "history", "--json").json.count == 6)
        let text = try likeness.succeed("versions", "prune", "--keep-last", "2").output
        #expect(text.contains("removed 0 versions and 0 blocks"), "\(text)")
    }

    @Test func `A count below zero is not understood`() throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run("versions", "prune", "--keep-daily=-1")
        #expect(result.status == 64 && result.errors.contains("--keep-daily"), "\(result)")
    }

    @Test func `History at a time says which version was in production then`() throws {
        let workspace = try Workspace()
        try makeVersions(2, in: workspace)
        let likeness = workspace.likeness
        let moves = try likeness.succeed("versions", "history", "--json").json
        for move in moves {
            let time = try #require(move["when"]?.integer)
            let then = try likeness.succeed("versions", "history", "--at", "\(time)", "--json").object
            #expect(then["to"] == move["to"] || then["when"] == move["when"])
        }
        #expect(try likeness.succeed("versions", "history", "--at", "2100-01-01", "--json").object["to"]?.integer == 2)
        let early = try likeness.run("versions", "history", "--at", "2001-09-09T01:46:40Z")
        #expect(early.status == 1 && early.errors.contains("before its first move"), "\(early)")
        #expect(try likeness.run("versions", "history", "--at", "soon").status == 64)
    }

    @Test(.enabled(if: FaultInjector.isAvailable))
    func `A prune beside a fit that is publishing takes no block of it`() throws {
        let workspace = try Workspace()
        try makeVersions(3, in: workspace)
        let likeness = workspace.likeness
        try workspace.copy("store", to: "before")
        // The same model as v2, whose blocks are found to be there already, and are garbage once v2 is pruned.
        let fit = ["fit", "--components", "16", "--epochs", "1", "--threads", "1", "--seed", "2"]
        let calls = try FaultInjector.callCount(of: fit, in: workspace)
        for call in FaultInjector.spread(over: calls, most: 12) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var stopping = likeness
            stopping.variables = try FaultInjector.variables(.stop, at: call)
            let publisher = try stopping.start(fit)
            try publisher.waitUntilStopped()
            // It may hold the writer's lock, so the prune may have to wait for it.
            let prune = try likeness.start(["versions", "prune", "--keep-last", "1", "--keep-moves", "0", "--json"])
            publisher.send(SIGCONT)
            #expect(try publisher.wait().status == 0, "call \(call)")
            #expect(try prune.wait().status == 0, "call \(call)")
            let report = try likeness.run("versions", "verify", "--json")
            #expect(report.status == 0, "call \(call): \(report)")
            try likeness.succeed("nearest", "items", "--to", workspace.someTag())
        }
    }

    @Test(.enabled(if: FaultInjector.isAvailable))
    func `A prune that is killed at any write leaves a sound store, and ends when it is run again`() throws {
        let workspace = try Workspace()
        try makeVersions(4, in: workspace)
        let likeness = workspace.likeness
        try workspace.copy("store", to: "before")
        let prune = ["versions", "prune", "--keep-last", "1", "--keep-moves", "0"]
        let calls = try FaultInjector.callCount(of: prune, in: workspace)
        let answer = try likeness.succeed("nearest", "items", "--to", workspace.someTag(), "--json").output
        for fault in [FaultInjector.Fault.kill, .torn] {
            for call in FaultInjector.spread(over: calls, most: 24) {
                try workspace.remove("store")
                try workspace.copy("before", to: "store")
                var dying = likeness
                dying.variables = try FaultInjector.variables(fault, at: call)
                #expect(try dying.run(prune).signal == SIGKILL)
                #expect(try likeness.run("versions", "verify").status == 0, "\(fault) at call \(call)")
                #expect(try likeness.succeed("nearest", "items", "--to", workspace.someTag(), "--json").output == answer)
                #expect(try likeness.run(prune).status == 0)
                let verified = try likeness.succeed("versions", "verify", "--json").object
                #expect(verified["orphans"]?.integer == 0 && verified["versions"]?.integer == 1, "\(fault) at call \(call): \(verified)")
            }
        }
    }
}
