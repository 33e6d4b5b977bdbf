import Foundation
import Testing

/// Standbys, their promotion, and replicas without likes, as processes of their own.
struct StandbyTests {
    private static let pull = ["replica", "pull", "remote", "--full", "--store", "standby"]
    private static let promote = ["replica", "promote", "--store", "standby"]

    /// A primary with a published version and a standby of it, and likes for the next version.
    private func makePair() throws -> Workspace {
        let workspace = try Workspace()
        try workspace.makeData(newLikes: 400)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--components", "16")
        try likeness.succeed("replica", "publish", "remote", "--full")
        try #require(try likeness.run(StandbyTests.pull).status == 0)
        return workspace
    }

    private func answer(_ likeness: LikenessProcess, _ workspace: Workspace) throws -> JSON {
        try likeness.succeed("recommend", "--user", workspace.someUser(), "--json").object
    }

    @Test func `A standby takes the primary's place, takes likes in, fits and publishes, and the former primary is told`() throws {
        let workspace = try makePair()
        let (here, there) = (workspace.likeness, LikenessProcess(store: "standby", folder: workspace.path))
        try here.succeed("replica", "publish", "remote")
        #expect(try there.succeed("replica", "status").output.contains("holds     everything: it is a standby"))
        let early = try there.run("ingest", "likes", "data/newlikes.psv")
        #expect(early.status == 1 && early.errors.contains("is a replica"), "\(early)")
        for name in ["likes", "users", "items", "lastSequence"] {
            #expect(try there.succeed("stats", "--json").object[name] == here.succeed("stats", "--json").object[name], "\(name)")
        }
        #expect(try here.run("replica", "pull", "remote", "--store", "replica").status == 0)
        let plain = try here.run("replica", "promote", "--store", "replica")
        #expect(plain.status == 1 && plain.errors.contains("--full"), "\(plain)")
        let promoted = try there.run("replica", "promote", "--json")
        let isPromoted = try promoted.status == 0 && promoted.object["epoch"]?.integer == 2
        #expect(isPromoted, "\(promoted)")
        let again = try here.run(StandbyTests.promote)
        #expect(again.status == 1 && again.errors.contains("is no replica"), "\(again)")
        try there.succeed("ingest", "likes", "data/newlikes.psv")
        try there.succeed("fit-partial", "--replicate", "remote")
        #expect(try here.run("replica", "pull", "remote", "--store", "replica").output.contains("production points at v2"))
        let replica = LikenessProcess(store: "replica", folder: workspace.path)
        #expect(try answer(replica, workspace) == answer(there, workspace))
        try here.succeed("ingest", "likes", "data/newlikes.psv")
        try here.succeed("fit-partial")
        for command in [["replica", "publish", "remote"], ["replica", "prune", "remote"]] {
            let refused = try here.run(command)
            let says = refused.errors.contains("has taken over") && refused.errors.contains(workspace.file("standby"))
            #expect(refused.status == 1 && says, "\(refused)")
        }
        for name in ["standby", "replica", "store"] {
            #expect(try here.run("versions", "verify", "--store", name).status == 0, "\(name)")
        }
        #expect(try here.run("replica", "verify", "remote").status == 0)
    }

    @Test(.enabled(if: FaultInjector.isAvailable), arguments: ["/remote/", "/data.mdb"])
    func `A promotion that is killed at any write is done by the next one`(files: String) throws {
        let workspace = try makePair()
        let (here, there) = (workspace.likeness, LikenessProcess(store: "standby", folder: workspace.path))
        for name in ["standby", "remote"] { try workspace.copy(name, to: "\(name)-before") }
        let calls = try FaultInjector.callCount(of: StandbyTests.promote, in: workspace, files: files)
        let expected = try answer(here, workspace)
        #expect(calls > 1)
        for fault in [FaultInjector.Fault.kill, .torn] {
            for call in 1...calls {
                for name in ["standby", "remote"] {
                    try workspace.remove(name)
                    try workspace.copy("\(name)-before", to: name)
                }
                var dying = here
                dying.variables = try FaultInjector.variables(fault, at: call, files: files)
                #expect(try dying.run(StandbyTests.promote).signal == SIGKILL, "\(fault) at call \(call)")
                #expect(try there.run("versions", "verify").status == 0, "\(fault) at call \(call)")
                #expect(try answer(there, workspace) == expected)
                #expect(try here.run("replica", "verify", "remote").status == 0, "\(fault) at call \(call)")
                let again = try here.run(StandbyTests.promote)
                #expect(again.status == 0 || again.errors.contains("is no replica"), "\(fault) at call \(call): \(again)")
                try there.succeed("versions", "promote", "v1", "--to", "stable")
                #expect(try there.run("replica", "publish", "remote", "--alias", "stable").status == 0)
                let refused = try here.run("replica", "publish", "remote")
                #expect(refused.status == 1 && refused.errors.contains("has taken over"), "\(fault) at call \(call): \(refused)")
                #expect(try there.run("versions", "verify").status == 0)
            }
        }
    }

    @Test(.enabled(if: FaultInjector.isAvailable), arguments: [FaultInjector.Fault.kill, .torn])
    func `A standby's pull that is killed at any write goes on where it was`(fault: FaultInjector.Fault) throws {
        let workspace = try makePair()
        let (here, there) = (workspace.likeness, LikenessProcess(store: "standby", folder: workspace.path))
        try workspace.copy("standby", to: "before")
        try here.succeed("ingest", "likes", "data/newlikes.psv")
        try here.succeed("fit-partial", "--replicate", "remote")
        let calls = try FaultInjector.callCount(of: StandbyTests.pull, in: workspace)
        let expected = try there.succeed("stats", "--json").object.without("fileBytes", "created", "replicaOf", "blocks", "versions")
        for call in FaultInjector.spread(over: calls, most: 24) {
            try workspace.remove("standby")
            try workspace.copy("before", to: "standby")
            var dying = here
            dying.variables = try FaultInjector.variables(fault, at: call)
            #expect(try dying.run(StandbyTests.pull).signal == SIGKILL, "call \(call)")
            #expect(try there.run("versions", "verify").status == 0, "\(fault) at call \(call)")
            #expect(try here.run(StandbyTests.pull).status == 0)
            let now = try there.succeed("stats", "--json").object.without("fileBytes", "created", "replicaOf", "blocks", "versions")
            #expect(now == expected, "\(fault) at call \(call)")
            #expect(try there.run("versions", "verify").status == 0, "\(fault) at call \(call)")
        }
    }

    @Test func `A replica without likes answers with a note, and refuses what it cannot know`() throws {
        let workspace = try makePair()
        let here = workspace.likeness
        let there = LikenessProcess(store: "bare", folder: workspace.path)
        try here.succeed("replica", "publish", "bare-remote", "--without-likes")
        #expect(try here.run("replica", "pull", "bare-remote", "--store", "bare").status == 0)
        let user = try workspace.someUser()
        let found = try there.run("recommend", "--user", user)
        #expect(found.status == 0 && found.errors.contains("note: this replica holds no likes"), "\(found)")
        #expect(try answer(there, workspace)["includesLiked"]?.boolean == true)
        let all = try there.run("recommend", "--user", user, "--include-liked")
        #expect(all.status == 0 && !all.errors.contains("note"))
        #expect(try here.succeed("recommend", "--user", user, "--include-liked").output == all.output)
        #expect(try there.succeed("replica", "status").output.contains("holds     no likes"))
        for (arguments, status, words) in [
            (["nearest", "items", "--to", "item:\(try workspace.someItem())", "--not-liked-by", user], 1 as Int32, "holds no likes"),
            (["recommend", "--user", user, "--min-likes", "2"], 1, "holds no likes"),
            (["replica", "pull", "bare-remote", "--full", "--store", "x"], 1, "versions without likes"),
            (["replica", "pull", "bare-remote", "--full", "--without-likes", "--store", "x"], 64, "Leave one of them out"),
            (["replica", "promote"], 1, "Promote a standby"),
        ] {
            let result = try there.run(arguments)
            #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result)")
        }
        let changed = try here.run("replica", "publish", "bare-remote", "--full")
        #expect(changed.status == 1 && changed.errors.contains("--full"), "\(changed)")
        // From a remote that has likes a replica can leave them out.
        #expect(try here.run("replica", "pull", "remote", "--without-likes", "--store", "second").status == 0)
        #expect(try here.run("recommend", "--user", user, "--store", "second").errors.contains("note"))
        let other = try here.run("replica", "pull", "remote", "--full", "--store", "second")
        #expect(other.status == 1 && other.errors.contains("empty folder"), "\(other)")
    }
}
