import Foundation
import Testing

/// Versions that go out as files and come in elsewhere.
struct PackTests {
    /// The program on another store of the workspace.
    private func likeness(_ store: String, _ workspace: Workspace) -> LikenessProcess {
        LikenessProcess(store: store, folder: workspace.path)
    }

    private func answers(_ likeness: LikenessProcess, _ workspace: Workspace) throws -> [JSON] {
        try [
            ["nearest", "items", "--to", workspace.someTag(), "--json"],
            ["nearest", "tags", "--to", "item:" + workspace.someItem(), "--json"],
            ["recommend", "--user", workspace.someUser(), "--json"],
        ].map { query in
            let result = try likeness.run(query)
            guard result.status == 0 else { throw LikenessProcess.Unexpected("\(query): \(result)") }
            return try result.object.without("version")
        }
    }

    @Test func `A version goes to another store as one file, and answers there`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let here = workspace.likeness
        let exported = try here.succeed("versions", "export", "production", "model.pack", "--json").object
        let hash = try #require(exported["packHash"]?.string)
        #expect(exported["version"]?.integer == 1)
        #expect(try here.succeed("versions", "show", "--json").object["rootHash"] == exported["rootHash"])
        let again = try here.run("versions", "export", "v1", "model.pack")
        #expect(again.status == 1 && again.errors.contains("there is a file model.pack already"), "\(again)")

        let there = likeness("other", workspace)
        try there.succeed("init")
        let refused = try there.run("versions", "import", "model.pack", "--expect", String(hash.reversed()))
        #expect(refused.status == 1 && refused.errors.contains("was expected"), "\(refused)")
        let report = try there.succeed("versions", "import", "model.pack", "--as", "production", "--expect", hash, "--json").object
        #expect(report["version"]?.integer == 1 && report["alias"]?.string == "production")
        #expect(try answers(there, workspace) == answers(here, workspace))
        #expect(try there.succeed("versions", "verify", "--json").object["orphans"]?.integer == 0)
        let shown = try there.succeed("versions", "show").output
        #expect(shown.contains("made as") && shown.contains("v1 of store"), "\(shown)")
        let continued = try there.run("fit-partial")
        #expect(continued.status == 1 && continued.errors.contains("came in a pack"), "\(continued)")
        let words = try there.succeed("versions", "import", "model.pack").output
        #expect(words.contains("took in model.pack as v2") && words.contains("it was made as v1 of store"), "\(words)")
    }

    @Test func `A pack is opened in place of a store, answers as the version does, and cannot be changed`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let here = workspace.likeness
        try here.succeed("fit", "--components", "8", "--threads", "1")
        try here.succeed("versions", "export", "v2", "model.pack")
        let pack = likeness("model.pack", workspace)
        let temporary = workspace.file("temporary")
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
        var there = pack
        there.variables["TMPDIR"] = temporary
        #expect(try answers(there, workspace) == answers(here, workspace))
        let shown = try there.succeed("versions", "show", "v2").output
        #expect(shown.contains("made as") && shown.contains("v2 of store"), "\(shown)")
        #expect(try there.succeed("versions", "verify", "--json").object["problems"]?.array?.isEmpty == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
        for command in [["fit"], ["versions", "rollback"], ["ingest", "likes", "data/likes.psv"]] {
            let refused = try there.run(command)
            #expect(refused.status == 1 && refused.errors.contains("is a pack of one version"), "\(refused)")
        }
        there.variables["TMPDIR"] = workspace.file("nowhere")
        let homeless = try there.run("stats")
        #expect(homeless.status == 1 && homeless.errors.contains("Set TMPDIR"), "\(homeless)")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: workspace.file("model.pack"))))
        bytes[bytes.count / 2] ^= 4
        try workspace.write(bytes, to: "model.pack")
        let damaged = try pack.run("stats")
        #expect(damaged.status != 0 && damaged.errors.contains("is damaged"), "\(damaged)")
    }

    @Test func `What is no pack, and what does not agree, is refused with words`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        try workspace.likeness.succeed("versions", "export", "v1", "model.pack")
        try workspace.write("modelname|mid|uid\nName|i|u\n", to: "likes.psv")
        try FileManager.default.createDirectory(atPath: workspace.file("folder"), withIntermediateDirectories: true)
        let there = likeness("other", workspace)
        try there.succeed("init")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: workspace.file("model.pack"))))
        try workspace.write(Array(bytes.dropLast(1)), to: "cut.pack")
        try workspace.write([], to: "empty.pack")
        for (file, words) in [
            ("likes.psv", "does not begin as a pack does"), ("folder", "Is a directory"), ("nowhere", "No such file"),
            ("cut.pack", "it was cut short"), ("empty.pack", "does not begin as a pack does"),
            ("store/data.mdb", "does not begin as a pack does"),
        ] {
            let result = try there.run("versions", "import", file)
            #expect(result.status == 1 && result.errors.contains(words), "\(file): \(result)")
        }
        #expect(try there.succeed("stats", "--json").object["users"]?.integer == 0)
        try there.succeed("ingest", "likes", "likes.psv")
        let result = try there.run("versions", "import", "model.pack")
        #expect(result.status == 1 && result.errors.contains("item 0 is 'i' here"), "\(result)")
        #expect(try there.run("versions", "import", "model.pack", "--expect", "12").status == 64)
        #expect(try there.run("versions", "import", "model.pack", "--as", "v3").status == 64)
        #expect(try there.run("versions", "export", "v3", "third.pack").status == 1)
    }

    @Test(.enabled(if: FaultInjector.isAvailable), arguments: [FaultInjector.Fault.kill, .torn])
    func `An import that is killed at any write leaves a sound store without the version, and ends when it is run again`(
        fault: FaultInjector.Fault
    ) throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        try workspace.likeness.succeed("versions", "export", "v1", "model.pack")
        let expected = try answers(workspace.likeness, workspace)
        try workspace.remove("store")
        try workspace.likeness.succeed("init")
        try workspace.copy("store", to: "before")
        let command = ["versions", "import", "model.pack", "--as", "production"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        #expect(calls > 10)
        for call in FaultInjector.spread(over: calls, most: 40) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var dying = workspace.likeness
            dying.variables = try FaultInjector.variables(fault, at: call)
            #expect(try dying.run(command).signal == SIGKILL, "call \(call)")
            let report = try workspace.likeness.run("versions", "verify", "--json")
            #expect(report.status == 0, "\(fault) at call \(call): \(report)")
            let versions = try workspace.likeness.succeed("versions", "list", "--json").json
            if versions.isEmpty {
                #expect(try workspace.likeness.run(command).status == 0)
            } else {
                // Only after the last commit has reached the file; then the alias has moved with it.
                #expect(call >= calls - 1, "\(fault) at call \(call) of \(calls)")
            }
            #expect(try answers(workspace.likeness, workspace) == expected, "\(fault) at call \(call)")
            #expect(try workspace.likeness.succeed("versions", "verify", "--json").object["orphans"]?.integer == 0)
        }
    }

    @Test(.enabled(if: FaultInjector.isAvailable))
    func `A disk that fills up fails the import with words, and the store stays sound`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        try workspace.likeness.succeed("versions", "export", "v1", "model.pack")
        try workspace.remove("store")
        try workspace.likeness.succeed("init")
        try workspace.copy("store", to: "before")
        let command = ["versions", "import", "model.pack"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        for call in FaultInjector.spread(over: calls, most: 12) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var failing = workspace.likeness
            failing.variables = try FaultInjector.variables(.full, at: call)
            let result = try failing.run(command)
            // The last calls are syncs, which a full disk does not fail.
            guard result.status != 0 else { continue }
            #expect(result.status == 1 && result.errors.contains("No space left on device"), "call \(call): \(result)")
            #expect(try workspace.likeness.run("versions", "verify").status == 0, "call \(call)")
            #expect(try workspace.likeness.succeed("versions", "list", "--json").json.isEmpty)
        }
    }
}
