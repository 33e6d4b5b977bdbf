import Foundation
import Testing

/// A primary, a folder and replicas, as processes of their own.
struct ReplicaTests {
    private static let pull = ["replica", "pull", "remote", "--store", "replica"]

    private func replica(_ workspace: Workspace) -> LikenessProcess {
        LikenessProcess(store: "replica", folder: workspace.path)
    }

    /// A primary with a published version, and likes for the next one.
    private func makePrimary() throws -> Workspace {
        let workspace = try Workspace()
        try workspace.makeData(newLikes: 400)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--components", "16")
        try likeness.succeed("replica", "publish", "remote")
        return workspace
    }

    private func makeNextVersion(_ workspace: Workspace) throws {
        try workspace.likeness.succeed("ingest", "likes", "data/newlikes.psv")
        try workspace.likeness.succeed("fit-partial")
    }

    private func answers(_ likeness: LikenessProcess, _ workspace: Workspace) throws -> [JSON] {
        try [
            ["nearest", "items", "--to", workspace.someTag(), "--json"],
            ["recommend", "--user", workspace.someUser(), "--json"],
        ].map { query in
            let result = try likeness.run(query)
            guard result.status == 0 else { throw LikenessProcess.Unexpected("\(query): \(result)") }
            return try result.object
        }
    }

    private func expectSound(_ likeness: LikenessProcess, _ moment: String) throws {
        let report = try likeness.run("versions", "verify", "--json")
        #expect(report.status == 0, "\(moment): \(report)")
    }

    @Test func `A replica answers as its primary, says how far it is, and refuses everything else by name`() throws {
        let workspace = try makePrimary()
        let (here, there) = (workspace.likeness, replica(workspace))
        let first = try here.run(ReplicaTests.pull + ["--json"]).object
        #expect(first["versions"]?.array?.count == 1 && first["packs"]?.integer == 1)
        #expect(try answers(there, workspace) == answers(here, workspace))
        #expect(try here.run(ReplicaTests.pull).output.contains("up to date"))
        try makeNextVersion(workspace)
        let published = try here.succeed("replica", "publish", "remote", "--json").object
        #expect(published["version"]?.integer == 2 && published["moved"]?.boolean == true)
        let behind = try there.succeed("replica", "status", "--json").object
        #expect(behind["packsBehind"]?.integer == 1 && behind["bytesBehind"]?.integer == published["bytes"]?.integer)
        #expect(try there.succeed("replica", "status").output.contains("behind by 1 pack"))
        #expect(try here.run(ReplicaTests.pull).output.contains("production points at v2, no longer at v1"))
        #expect(try answers(there, workspace) == answers(here, workspace))
        #expect(try there.succeed("replica", "status").output.contains("up to date"))
        try here.succeed("versions", "rollback")
        #expect(try here.succeed("replica", "publish", "remote").output.contains("no block was written"))
        #expect(try here.run(ReplicaTests.pull).output.contains("production points at v1, no longer at v2: no block"))
        #expect(try answers(there, workspace) == answers(here, workspace))
        #expect(try here.succeed("replica", "verify", "remote").output.contains("everything is as it was written"))
        #expect(try there.succeed("stats").output.contains("replica"))
        try expectSound(there, "at the end")
        for command in [
            ["ingest", "likes", "data/likes.psv"], ["ingest", "features", "data/feats.psv"], ["fit"], ["fit-partial"],
            ["versions", "promote", "v1", "--to", "other"], ["versions", "rollback"], ["versions", "annotate", "v1", "words"],
            ["versions", "prune"], ["versions", "import", "remote/remote"],
        ] {
            let result = try there.run(command)
            let says = result.errors.contains("the store at replica is a replica") && result.errors.contains(workspace.file("store"))
            #expect(result.status == 1 && says, "\(command): \(result)")
        }
        let chained = try there.run("replica", "publish", "elsewhere")
        #expect(chained.status == 1 && chained.errors.contains("is itself a replica"), "\(chained)")
        let mixed = try here.run("replica", "pull", "remote", "--store", "store")
        #expect(mixed.status == 1 && mixed.errors.contains("is no replica"), "\(mixed)")
    }

    @Test func `What cannot be published or pulled is refused with words`() throws {
        let workspace = try makePrimary()
        let likeness = workspace.likeness
        for (arguments, status, words) in [
            (["replica", "pull", "nowhere", "--store", "replica"], 1 as Int32, "there is no remote in nowhere"),
            (["replica", "pull", "ftp://host/x", "--store", "replica"], 1, "is no remote: name a folder"),
            (["replica", "pull", "remote", "--store", "replica", "--alias", "beta"], 1, "has no alias 'beta'; it has: production"),
            (["replica", "publish", "remote", "--alias", "beta"], 1, "there is no alias 'beta'"),
            (["replica", "publish", "data/likes.psv"], 1, "cannot be made"), (["replica", "status"], 1, "is no replica"),
            (["replica", "verify", "nowhere"], 1, "there is no remote"),
            (["replica", "pull", "remote", "--store", "replica", "--every", "0"], 64, "--every"),
            (["replica", "pull", "remote", "--store", "replica", "--keep-last", "0"], 64, "--keep-last"),
        ] {
            let result = try likeness.run(arguments)
            #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result)")
        }
        #expect(!FileManager.default.fileExists(atPath: workspace.file("replica")))
    }

    @Test func `A replica that follows takes over each version, and stops cleanly`() throws {
        let workspace = try makePrimary()
        let (here, there) = (workspace.likeness, replica(workspace))
        let follower = try here.start(ReplicaTests.pull + ["--follow", "--every", "0.05"])
        func wait(for version: Int) throws {
            // Each query is a process of its own, so this takes a while without waiting for a clock.
            for _ in 0..<2_000 {
                let result = try there.run("versions", "show", "--json")
                if result.status == 0, try result.object["version"]?.integer == version { return }
            }
            throw LikenessProcess.Unexpected("v\(version) did not come: \(follower.errorsSoFar)")
        }
        try wait(for: 1)
        try makeNextVersion(workspace)
        try here.succeed("replica", "publish", "remote")
        try wait(for: 2)
        #expect(try answers(there, workspace) == answers(here, workspace))
        try here.succeed("versions", "rollback")
        try here.succeed("replica", "publish", "remote")
        try wait(for: 1)
        // A remote that is away for a while is no reason to end.
        try FileManager.default.moveItem(atPath: workspace.file("remote"), toPath: workspace.file("away"))
        while !follower.errorsSoFar.contains("there is no remote") { _ = try there.run("versions", "list") }
        try FileManager.default.moveItem(atPath: workspace.file("away"), toPath: workspace.file("remote"))
        follower.send(SIGTERM)
        let result = try follower.wait()
        #expect(result.status == 0, "\(result)")
        #expect(result.lines.count == 3 && result.lines[1].contains("production points at v2, no longer at v1"), "\(result.output)")
        try expectSound(there, "after the follower")
    }

    @Test(.enabled(if: FaultInjector.isAvailable), arguments: [FaultInjector.Fault.kill, .torn])
    func `A pull that is killed at any write leaves the old version answering, and goes on when it is run again`(
        fault: FaultInjector.Fault
    ) throws {
        let workspace = try makePrimary()
        let (here, there) = (workspace.likeness, replica(workspace))
        _ = try here.run(ReplicaTests.pull)
        let old = try answers(there, workspace)
        try workspace.copy("replica", to: "before")
        try makeNextVersion(workspace)
        try here.succeed("replica", "publish", "remote")
        let calls = try FaultInjector.callCount(of: ReplicaTests.pull, in: workspace)
        let new = try answers(there, workspace)
        #expect(calls > 10 && new != old)
        for call in FaultInjector.spread(over: calls, most: 40) {
            try workspace.remove("replica")
            try workspace.copy("before", to: "replica")
            var dying = here
            dying.variables = try FaultInjector.variables(fault, at: call)
            #expect(try dying.run(ReplicaTests.pull).signal == SIGKILL, "call \(call)")
            try expectSound(there, "\(fault) at call \(call)")
            let now = try there.succeed("nearest", "items", "--to", workspace.someTag(), "--json").object
            #expect(now == old[0] || now == new[0], "\(fault) at call \(call)")
            #expect(try here.run(ReplicaTests.pull).status == 0)
            #expect(try answers(there, workspace) == new, "\(fault) at call \(call)")
            #expect(try there.succeed("versions", "verify", "--json").object["orphans"]?.integer == 0)
        }
    }

    @Test(.enabled(if: FaultInjector.isAvailable))
    func `A first pull that is killed at many writes goes on where it was`() throws {
        let workspace = try makePrimary()
        let here = workspace.likeness
        let calls = try FaultInjector.callCount(of: ReplicaTests.pull, in: workspace)
        let expected = try answers(here, workspace)
        for call in FaultInjector.spread(over: calls, most: 24) {
            try workspace.remove("replica")
            var dying = here
            dying.variables = try FaultInjector.variables(.kill, at: call)
            #expect(try dying.run(ReplicaTests.pull).signal == SIGKILL, "call \(call)")
            let again = try here.run(ReplicaTests.pull)
            #expect(again.status == 0, "call \(call): \(again)")
            #expect(try answers(replica(workspace), workspace) == expected, "call \(call)")
            try expectSound(replica(workspace), "call \(call)")
        }
    }

    @Test(.enabled(if: FaultInjector.isAvailable), arguments: [FaultInjector.Fault.kill, .torn])
    func `A publication that is killed at any write changes nothing for replicas, and can be done again`(
        fault: FaultInjector.Fault
    ) throws {
        let workspace = try makePrimary()
        let (here, there) = (workspace.likeness, replica(workspace))
        _ = try here.run(ReplicaTests.pull)
        let old = try answers(there, workspace)
        try makeNextVersion(workspace)
        try workspace.copy("remote", to: "before")
        let publish = ["replica", "publish", "remote"]
        let calls = try FaultInjector.callCount(of: publish, in: workspace, files: "/remote/")
        let expected = try answers(here, workspace)
        #expect(calls > 10)
        for call in FaultInjector.spread(over: calls, most: 40) {
            try workspace.remove("remote")
            try workspace.copy("before", to: "remote")
            var dying = here
            dying.variables = try FaultInjector.variables(fault, at: call, files: "/remote/")
            #expect(try dying.run(publish).signal == SIGKILL, "call \(call)")
            #expect(try here.run("replica", "verify", "remote").status == 0, "\(fault) at call \(call)")
            #expect(try here.run(ReplicaTests.pull).status == 0)
            if call < calls / 2 { #expect(try answers(there, workspace) == old, "\(fault) at call \(call)") }
            let again = try here.run(publish)
            #expect(again.status == 0, "\(fault) at call \(call): \(again)")
            #expect(try here.run(ReplicaTests.pull).status == 0)
            #expect(try answers(there, workspace) == expected, "\(fault) at call \(call)")
            try workspace.remove("replica")
            #expect(try here.run(ReplicaTests.pull).status == 0)
            // The old version, for the next round.
            try workspace.remove("replica")
            try workspace.remove("remote")
            try workspace.copy("before", to: "remote")
            #expect(try here.run(ReplicaTests.pull).status == 0)
        }
    }

    @Test(.enabled(if: FaultInjector.isAvailable))
    func `A disk that fills up on either side fails with words, and the old version answers`() throws {
        let workspace = try makePrimary()
        let (here, there) = (workspace.likeness, replica(workspace))
        _ = try here.run(ReplicaTests.pull)
        try workspace.copy("replica", to: "replica-before")
        try makeNextVersion(workspace)
        try workspace.copy("remote", to: "remote-before")
        let publish = ["replica", "publish", "remote"]
        for (command, files, copy) in [(publish, "/remote/", "remote"), (ReplicaTests.pull, "/data.mdb", "replica")] {
            let calls = try FaultInjector.callCount(of: command, in: workspace, files: files)
            for call in FaultInjector.spread(over: calls, most: 10) {
                try workspace.remove(copy)
                try workspace.copy(copy + "-before", to: copy)
                var failing = here
                failing.variables = try FaultInjector.variables(.full, at: call, files: files)
                let result = try failing.run(command)
                // The last calls are syncs, which a full disk does not fail.
                guard result.status != 0 else { continue }
                #expect(result.status == 1 && result.errors.contains("No space left on device"), "call \(call): \(result)")
                try expectSound(there, "call \(call)")
                #expect(try here.run("replica", "verify", "remote").status == 0, "call \(call)")
            }
            #expect(try here.run(command).status == 0)
        }
        #expect(try answers(there, workspace) == answers(here, workspace))
    }

    @Test(.enabled(if: FaultInjector.isAvailable))
    func `Queries answer while a pull is stopped half-way, and a second pull or publisher is told to wait`() throws {
        let workspace = try makePrimary()
        let (here, there) = (workspace.likeness, replica(workspace))
        _ = try here.run(ReplicaTests.pull)
        let old = try answers(there, workspace)
        try makeNextVersion(workspace)
        var stopping = here
        stopping.variables = try FaultInjector.variables(.stop, at: 4, files: "/remote/")
        let publisher = try stopping.start(["replica", "publish", "remote"])
        try publisher.waitUntilStopped()
        let second = try here.run("replica", "publish", "remote")
        #expect(second.status == 1 && second.errors.contains("another process holds"), "\(second)")
        #expect(try here.run(ReplicaTests.pull).output.contains("up to date"))
        publisher.send(SIGCONT)
        #expect(try publisher.wait().status == 0)
        stopping.variables = try FaultInjector.variables(.stop, at: 6)
        let puller = try stopping.start(ReplicaTests.pull)
        try puller.waitUntilStopped()
        let other = try here.run(ReplicaTests.pull)
        #expect(other.status == 1 && other.errors.contains("another process holds"), "\(other)")
        #expect(try there.succeed("nearest", "items", "--to", workspace.someTag(), "--json").object == old[0])
        puller.send(SIGCONT)
        #expect(try puller.wait().status == 0)
        #expect(try answers(there, workspace) == answers(here, workspace))
    }
}
