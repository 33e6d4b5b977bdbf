import Foundation
import Testing

/// A stream of likes that becomes versions while it comes in.
struct FollowTests {
    private let workspace: Workspace
    private var likeness: LikenessProcess { workspace.likeness }

    init() throws {
        workspace = try Workspace()
        try workspace.likeness.succeed(
            "demo-data", "data", "--users", "60", "--items", "40", "--likes", "900", "--tags", "8", "--new-likes", "200")
        try workspace.likeness.succeed("init")
        try workspace.likeness.succeed("ingest", "likes", "data/likes.psv")
        try workspace.likeness.succeed("ingest", "features", "data/feats.psv")
        try workspace.likeness.succeed("fit", "--components", "4")
    }

    /// New likes of users who are there and of users who are not.
    private func likes(_ round: Int, _ count: Int) -> String {
        "modelname|mid|uid\n" + (0..<count).map { "x|new\(round)-\($0 % 7)|new\(round)-\($0)\n" }.joined()
    }

    /// Looks again and again until something holds.
    private func expectSoon(_ what: String, _ holds: () throws -> Bool) throws {
        for _ in 0..<30_000 {
            if try holds() { return }
            usleep(1_000)
        }
        throw LikenessProcess.Unexpected("\(what) did not come")
    }

    @Test("Each time that enough likes wait there is a version, whichever process brought them, and old ones are pruned")
    func stream() throws {
        let following = try likeness.start([
            "follow", "--likes", "50", "--seconds", "1000000", "--versions", "6", "--json", "--keep-last", "1", "--keep-moves", "1",
            "--prune-every", "3",
        ])
        var versions = 1
        for round in 0..<6 {
            try likeness.succeed("ingest", "likes", "-", input: likes(round, 60))
            versions += 1
            try expectSoon("version \(versions)") { try likeness.run("versions", "show", "v\(versions)").status == 0 }
        }
        let result = try following.wait()
        #expect(result.status == 0, "\(result)")
        let reports = try result.json
        #expect(reports.map { $0["version"]?.integer } == [2, 3, 4, 5, 6, 7])
        #expect(reports.map { $0["parent"]?.integer } == [1, 2, 3, 4, 5, 6])
        #expect(reports.allSatisfy { $0["newUsers"]?.integer ?? 0 > 0 })
        // The newest, and what one rollback leads to.
        #expect(try likeness.succeed("versions", "list", "--json").lines.count == 2)
        try likeness.succeed("versions", "verify")
        try likeness.succeed("versions", "rollback")
    }

    @Test("Few likes become a version when the first has waited long enough, and likes of nobody are said once")
    func late() throws {
        try likeness.succeed("ingest", "likes", "-", input: likes(0, 3))
        let result = try likeness.run("follow", "--likes", "1000", "--seconds", "0.01", "--versions", "1")
        #expect(result.status == 0 && result.output.hasPrefix("v2, production: 3 new likes"), "\(result)")
    }

    @Test("Each version goes to a folder for replicas at once, and a folder that cannot be written does not stop the stream")
    func replicated() throws {
        try likeness.succeed("ingest", "likes", "-", input: likes(0, 20))
        let result = try likeness.run("follow", "--likes", "10", "--versions", "1", "--replicate", "remote")
        #expect(result.status == 0 && result.errors.contains("production points at v2 in remote"), "\(result)")
        try likeness.succeed("replica", "pull", "remote", "--store", "replica")
        #expect(try likeness.succeed("recommend", "--user", "new0-1", "--store", "replica", "--json").object["version"]?.integer == 2)
        try likeness.succeed("ingest", "likes", "-", input: likes(1, 20))
        try workspace.write("no folder", to: "file")
        let refused = try likeness.run("follow", "--likes", "10", "--versions", "1", "--replicate", "file")
        #expect(refused.status == 0 && refused.errors.contains("likeness replica publish file"), "\(refused)")
        let fit = try likeness.run("fit", "--components", "4", "--replicate", "file")
        #expect(fit.status == 1 && fit.output.contains("published v4"), "\(fit)")
        #expect(try likeness.run("fit", "--replicate", "remote", "--no-alias").status == 64)
        #expect(try likeness.run("fit-partial", "--replicate", "remote").status == 0)
    }

    @Test("Signals stop it where nothing is lost", .enabled(if: FaultInjector.isAvailable), arguments: [SIGINT, SIGTERM])
    func signals(signal: Int32) throws {
        let following = try likeness.start(["follow", "--likes", "10", "--seconds", "1000000"])
        try likeness.succeed("ingest", "likes", "-", input: likes(0, 20))
        try expectSoon("the version") { following.outputSoFar.contains("v2") }
        following.send(signal)
        let result = try following.wait()
        #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
        try likeness.succeed("versions", "verify")
    }

    @Test("Killed at any write it leaves a sound store, and goes on when it is started again", .enabled(if: FaultInjector.isAvailable))
    func killed() throws {
        try likeness.succeed("ingest", "likes", "-", input: likes(0, 40))
        let command = [
            "follow", "--likes", "10", "--seconds", "0.01", "--versions", "1", "--keep-last", "1", "--keep-moves", "0", "--prune-every",
            "1",
        ]
        try workspace.copy("store", to: "before")
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        for call in FaultInjector.spread(over: calls, most: 16) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var killed = likeness
            killed.variables = try FaultInjector.variables(.kill, at: call)
            #expect(try killed.run(command).signal == SIGKILL)
            try likeness.succeed("versions", "verify")
            let versions = try likeness.succeed("versions", "list", "--json").lines.count
            // Where the version was there already, only new likes make another one.
            if try likeness.run("versions", "show", "v2").status != 0 {
                #expect(versions == 1)
                try likeness.succeed("follow", "--likes", "10", "--versions", "1")
            }
            #expect(try likeness.succeed("recommend", "--user", "new0-1", "--json").object["version"]?.integer == 2)
        }
    }

    @Test(
        "What cannot be is said at once",
        arguments: [
            (["--likes", "0"], "at least 1"), (["--seconds", "0"], "more than 0"), (["--seconds", "nan"], "more than 0"),
            (["--versions", "0"], "at least 1"), (["--prune-every", "-1"], "at least 0"), (["--keep-last", "-1"], "less than 0"),
            (["--from", "staging"], "staging"), (["--from", "v9"], "v9"),
        ])
    func badOptions(arguments: [String], words: String) throws {
        let result = try likeness.run(["follow"] + arguments)
        #expect(result.status != 0 && result.errors.contains(words), "\(result)")
    }
}
