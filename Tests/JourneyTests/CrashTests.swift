import Foundation
import Testing

/// The writer dies at one call after the other. The store must open clean, hold everything that was acknowledged, answer from
/// the old version or the new one, and end as a clean run does when the command is run again.
@Suite(.enabled(if: FaultInjector.isAvailable, "faults are injected with LD_PRELOAD, which is Linux's"))
struct CrashTests {
    private static let mostMoments = 24

    /// What a store answers, whatever its file looks like.
    private struct State: Equatable {
        let statistics: JSON
        let answers: [JSON]

        init(_ workspace: Workspace) throws {
            statistics = try workspace.likeness.succeed("stats", "--json").object
                .without("fileBytes", "mapBytes", "created", "blocks", "versions")
            answers = try State.answers(workspace)
        }

        /// What queries say, without the version's number.
        static func answers(_ workspace: Workspace) throws -> [JSON] {
            try [
                ["nearest", "items", "--to", workspace.someTag(), "--json"],
                ["recommend", "--user", workspace.someUser(), "--json"],
            ].map { query in
                let result = try workspace.likeness.run(query)
                return try result.status == 0 ? result.object.without("version") : .null
            }
        }
    }

    /// Runs a command to a fault, from a copy of the store as it was.
    private func crash(
        _ fault: FaultInjector.Fault, at call: Int, _ arguments: [String], in workspace: Workspace
    ) throws {
        try workspace.remove("store")
        try workspace.copy("before", to: "store")
        var likeness = workspace.likeness
        likeness.variables = try FaultInjector.variables(fault, at: call)
        let result = try likeness.run(arguments)
        #expect(result.signal == SIGKILL, "call \(call): \(result)")
    }

    private func expectSound(_ likeness: LikenessProcess, _ moment: String) throws {
        let result = try likeness.run("versions", "verify", "--json")
        #expect(result.status == 0, "\(moment): \(result)")
    }

    @Test("An init that is killed at any write can be done again", arguments: [FaultInjector.Fault.kill, .torn])
    func initialisation(fault: FaultInjector.Fault) throws {
        let workspace = try Workspace()
        let calls = try FaultInjector.callCount(of: ["init"], in: workspace)
        for call in 1...calls {
            try workspace.remove("store")
            var likeness = workspace.likeness
            likeness.variables = try FaultInjector.variables(fault, at: call)
            #expect(try likeness.run("init").signal == SIGKILL)
            let again = try workspace.likeness.run("init")
            #expect(again.status == 0 || again.errors.contains("already"), "call \(call): \(again)")
            try expectSound(workspace.likeness, "call \(call)")
        }
    }

    @Test("An ingest that is killed at many writes keeps what was acknowledged, and ends as a clean one when run again")
    func ingest() throws {
        let workspace = try Workspace()
        try workspace.makeData(newLikes: 1_500)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let acknowledged = try #require(
            try likeness.succeed("ingest", "likes", "data/likes.psv", "--json").object["accepted"]?.integer)
        try workspace.copy("store", to: "before")

        let command = ["ingest", "likes", "data/newlikes.psv", "--batch-rows", "300", "--json"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        let clean = try State(workspace)
        #expect(calls > 10)
        for fault in [FaultInjector.Fault.kill, .torn] {
            var most = acknowledged
            for call in FaultInjector.spread(over: calls, most: CrashTests.mostMoments) {
                try crash(fault, at: call, command, in: workspace)
                try expectSound(likeness, "\(fault) at call \(call)")
                let present = try #require(try likeness.succeed("stats", "--json").object["likes"]?.integer)
                // A batch that was durable when the process died earlier is durable when it dies later.
                #expect(present >= most, "\(fault) at call \(call)")
                most = present
                try likeness.succeed("ingest", "likes", "data/newlikes.psv")
                #expect(try State(workspace) == clean, "\(fault) at call \(call)")
            }
        }
    }

    @Test(
        "A fit that is killed at many writes leaves the old version current, and ends as a clean one when run again",
        arguments: ["als", "softmax"])
    func fit(loss: String) throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        try workspace.copy("store", to: "before")
        let old = try State.answers(workspace)

        let command = ["fit", "--loss", loss, "--components", "16", "--epochs", "2", "--threads", "1", "--seed", "7"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        let clean = try State(workspace)
        #expect(clean.answers != old)
        for fault in [FaultInjector.Fault.kill, .torn] {
            for call in FaultInjector.spread(over: calls, most: CrashTests.mostMoments) {
                try crash(fault, at: call, command, in: workspace)
                try expectSound(likeness, "\(fault) at call \(call)")
                let answers = try State.answers(workspace)
                // After the last commit has reached the file, the new version is there, whole.
                #expect(answers == old || answers == clean.answers, "\(fault) at call \(call)")
                if call == 1 { #expect(answers == old) }
                let again = try likeness.run(command)
                #expect(again.status == 0, "\(fault) at call \(call): \(again)")
                #expect(try State(workspace) == clean, "\(fault) at call \(call)")
            }
        }
    }

    @Test("A continuation that is killed while it lays rows over its parent's index leaves a sound store, and its index can be built")
    func index() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        try likeness.succeed("fit", "--components", "8", "--index", "ivf")
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\nfresh|\(try workspace.someItem())\nfresh|another\n")
        try workspace.copy("store", to: "before")
        let calls = try FaultInjector.callCount(of: ["fit-partial"], in: workspace)
        #expect(try likeness.succeed("index", "list", "--json").lines.count == 2)
        let query = ["nearest", "items", "--to", try workspace.someTag()]
        for call in FaultInjector.spread(over: calls, most: CrashTests.mostMoments) {
            try crash(.kill, at: call, ["fit-partial"], in: workspace)
            try expectSound(likeness, "call \(call)")
            try likeness.succeed("fit-partial")
            try likeness.succeed("index", "build")
            try expectSound(likeness, "call \(call)")
            #expect(try workspace.identifiers(of: query + ["--nprobe", "1000"]) == workspace.identifiers(of: query), "call \(call)")
        }
    }

    @Test("A promotion that is killed at any write has happened or not")
    func promotion() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        try likeness.succeed("fit", "--components", "16", "--epochs", "1", "--threads", "1")
        try workspace.copy("store", to: "before")
        let command = ["versions", "rollback"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        for call in 1...calls {
            try crash(.kill, at: call, command, in: workspace)
            try expectSound(likeness, "call \(call)")
            let moves = try likeness.succeed("versions", "history", "--json").json
            let current = try likeness.succeed("versions", "show", "--json").object["version"]?.integer
            #expect(moves.count == 2 ? current == 2 : current == 1, "call \(call)")
        }
    }

    @Test("A disk that fills up fails the ingest with words, and loses nothing that was acknowledged")
    func fullDisk() throws {
        let workspace = try Workspace()
        try workspace.makeData(newLikes: 1_500)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        let before = try State(workspace)
        try workspace.copy("store", to: "before")
        let command = ["ingest", "likes", "data/newlikes.psv", "--batch-rows", "300"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        let clean = try State(workspace)
        for call in FaultInjector.spread(over: calls, most: 12) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var failing = likeness
            failing.variables = try FaultInjector.variables(.full, at: call)
            let result = try failing.run(command)
            // The last calls are syncs, which a full disk does not fail.
            guard result.status != 0 else { continue }
            #expect(result.status == 1, "call \(call): \(result)")
            #expect(result.errors.contains("No space left on device"), "call \(call): \(result.errors)")
            try expectSound(likeness, "call \(call)")
            let present = try State(workspace)
            let count = try #require(present.statistics["likes"]?.integer)
            #expect(count >= before.statistics["likes"]?.integer ?? .max, "call \(call)")
            try likeness.succeed("ingest", "likes", "data/newlikes.psv")
            #expect(try State(workspace) == clean, "call \(call)")
        }
    }

    @Test("Readers answer while a writer is stopped in the middle of its commit")
    func readersDoNotWait() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let old = try State.answers(workspace)
        try workspace.copy("store", to: "before")
        let command = ["fit", "--components", "16", "--epochs", "2", "--threads", "1", "--seed", "7"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        for call in [1, calls / 2, calls] {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var stopping = likeness
            stopping.variables = try FaultInjector.variables(.stop, at: call)
            let writer = try stopping.start(command)
            try writer.waitUntilStopped()
            let answers = try State.answers(workspace)
            if call == 1 { #expect(answers == old) }
            #expect(answers[0] != .null)
            writer.send(SIGCONT)
            #expect(try writer.wait().status == 0)
            #expect(try State.answers(workspace) != old)
        }
    }

    @Test("Two continuations of one version at once are both published, and the alias moves twice", arguments: ["als", "warp"])
    func twoAtOnce(loss: String) throws {
        let workspace = try Workspace()
        try workspace.makeData(newLikes: 400)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("fit", "--loss", loss, "--components", "8", "--epochs", "2", "--threads", "1")
        try likeness.succeed("ingest", "likes", "data/newlikes.psv")
        let both = try (0..<2).map { _ in try likeness.start(["fit-partial", "--from", "v1", "--threads", "1", "--json"]) }
        for process in both {
            let result = try process.wait()
            #expect(try result.status == 0 && result.object["parent"]?.integer == 1, "\(result)")
        }
        #expect(try likeness.succeed("versions", "history", "--json").json.count == 3)
        #expect(try likeness.succeed("versions", "show", "--json").object["version"]?.integer == 3)
        try likeness.succeed("versions", "verify")
        // One from an old parent stands beside them.
        #expect(try likeness.succeed("fit-partial", "--from", "v1", "--no-alias", "--json").object["version"]?.integer == 4)
    }
}
