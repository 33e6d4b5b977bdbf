import Foundation
import Testing

/// Whatever a power cut leaves on the disk, a store opens, verifies, and has everything that a command reported as done.
@Suite(.enabled(if: FaultInjector.isAvailable)) struct PowerCutTests {
    /// What a store holds.
    private struct State {
        var likes = 0, features = 0, versions = 0
        var aliases: [String] = []

        init() {}

        init(_ likeness: LikenessProcess) throws {
            let statistics = try likeness.succeed("stats", "--json").object
            likes = statistics["likes"]?.integer ?? -1
            features = statistics["itemFeatures"]?.integer ?? -1
            versions = statistics["versions"]?.integer ?? -1
            let list = try likeness.succeed("versions", "list", "--json").output
            // A forget changes what versions hold one after the other, but neither their numbers nor the aliases.
            aliases = list.split(separator: "\n").map { line in
                guard let version = try? JSON(parsing: String(line)) else { return String(line) }
                return "\(version["version"]?.integer ?? 0) \(version["aliases"]?.array?.compactMap(\.string) ?? [])"
            }
        }
    }

    private static let commands = [
        "init", "ingest likes ../data/likes.psv --batch-rows 200", "ingest features ../data/feats.psv", "fit --components 4",
        "ingest likes ../data/newlikes.psv --batch-rows 50", "fit-partial", "versions rollback", "backup copy.likeness",
        "replica publish remote", "replica pull remote --store follower", "versions export v2 version.pack",
        "versions import version.pack", "ingest likes ../data/gone.psv --unlike", "forget --user-file ../data/leavers.txt --yes",
        "tune --trials 2 --held-out 2", "replica publish again", "replica pull again --store second",
        "versions prune --keep-last 1 --keep-moves 0", "versions compact production", "recommend --all --output rows.psv",
    ]
    /// Files that commands write beside the store, and how one sees that they are whole.
    private static let files: [(command: String, file: String, check: [String])] = [
        ("backup", "copy.likeness", ["versions", "verify", "--store", "copy.likeness"]),
        ("versions export", "version.pack", ["versions", "verify", "--store", "version.pack"]),
        ("replica publish remote", "remote", ["replica", "verify", "remote"]),
        ("replica pull remote", "follower/data.mdb", ["versions", "verify", "--store", "follower"]),
        ("replica publish again", "again", ["replica", "verify", "again"]),
        ("replica pull again", "second/data.mdb", ["versions", "verify", "--store", "second"]),
        ("recommend", "rows.psv", []),
    ]

    @Test("After a power cut at any moment the store verifies and nothing acknowledged is missing", arguments: [1, 2, 3] as [UInt64])
    func anyMoment(seed: UInt64) throws {
        let workspace = try Workspace()
        try workspace.likeness.succeed(
            "demo-data", "data", "--users", "30", "--items", "25", "--likes", "300", "--tags", "8", "--new-likes", "100")
        let rows = try workspace.rows(of: "data/likes.psv").filter { $0.count == 3 }
        try workspace.write("mid|uid\n" + rows.prefix(9).map { "\($0[1])|\($0[2])\n" }.joined(), to: "data/gone.psv")
        try workspace.write(rows.suffix(2).map { "\($0[2])\n" }.joined(), to: "data/leavers.txt")
        try FileManager.default.createDirectory(atPath: workspace.file("disk"), withIntermediateDirectories: false)
        var likeness = workspace.likeness
        likeness.folder = workspace.file("disk")
        var recording = likeness
        recording.variables = try FaultInjector.variables(.record)
        recording.variables["FAULT_ROOT"] = workspace.file("disk")
        recording.variables["FAULT_LOG"] = workspace.file("log")
        func log() throws -> PowerCut { try PowerCut(log: try Data(contentsOf: URL(fileURLWithPath: workspace.file("log")))) }
        // The state and the number of calls after each command; before the first one there is nothing.
        var states = [State()]
        var ends = [0]
        for command in Self.commands {
            let result = try recording.run(command.split(separator: " ").map(String.init))
            #expect(result.status == 0, "\(command): \(result)")
            states.append(try State(likeness))
            ends.append(try log().count)
        }
        let cut = try log()
        var random = seed
        for moment in FaultInjector.spread(over: cut.count, most: 60) {
            let command = try #require(ends.firstIndex { $0 >= moment })
            let survival: () -> PowerCut.Survival
            switch seed {
            case 1: survival = { .nothing }
            case 2: survival = { .everything }
            default:
                survival = {
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return PowerCut.Survival.allCases[Int(random >> 33) % 3]
                }
            }
            let name = "after \(moment) of \(cut.count) calls, in \(Self.commands[command - 1])"
            let folder = try lay(cut.disk(after: moment, survival), from: workspace.file("disk"), in: workspace, "cut\(moment)")
            try check(folder, likeness, before: states[command - 1], after: states[command], done: command - 1, name)
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    /// Writes what survived into a folder.
    private func lay(
        _ disk: (folders: Set<String>, files: [String: [UInt8]]), from root: String, in workspace: Workspace, _ name: String
    ) throws -> String {
        let folder = workspace.file(name)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        for path in disk.folders.sorted() {
            try FileManager.default.createDirectory(atPath: folder + path.dropFirst(root.count), withIntermediateDirectories: true)
        }
        for (path, bytes) in disk.files where !path.hasSuffix("-lock") {
            let target = folder + path.dropFirst(root.count)
            // A name in a folder that is not there is not there either.
            guard FileManager.default.fileExists(atPath: (target as NSString).deletingLastPathComponent) else { continue }
            try Data(bytes).write(to: URL(fileURLWithPath: target))
        }
        return folder
    }

    private func check(
        _ folder: String, _ likeness: LikenessProcess, before: State, after: State, done: Int, _ name: String
    ) throws {
        var likeness = likeness
        likeness.folder = folder
        guard FileManager.default.fileExists(atPath: folder + "/store/data.mdb") else {
            #expect(done == 0, "\(name): the store is gone")
            try likeness.succeed("init")
            return
        }
        let verified = try likeness.run("versions", "verify")
        #expect(verified.status == 0, "\(name): \(verified)")
        guard verified.status == 0 else { return }
        let state = try State(likeness)
        #expect((min(before.likes, after.likes)...max(before.likes, after.likes)).contains(state.likes), "\(name): \(state)")
        #expect((min(before.features, after.features)...max(before.features, after.features)).contains(state.features), "\(name): \(state)")
        #expect(state.versions == before.versions || state.versions == after.versions, "\(name): \(state)")
        #expect(state.aliases == before.aliases || state.aliases == after.aliases, "\(name): \(state)")
        for (command, file, check) in Self.files {
            let first = try #require(Self.commands.firstIndex { $0.hasPrefix(command) })
            let path = folder + "/" + file
            if first < done { #expect(FileManager.default.fileExists(atPath: path), "\(name): \(file) is gone") }
            guard FileManager.default.fileExists(atPath: path) else { continue }
            // A folder fills up file by file.
            if check.starts(with: ["replica"]), first >= done { continue }
            if check.isEmpty {
                #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count > 100, "\(name): \(file)")
            } else {
                let result = try likeness.run(check)
                #expect(result.status == 0, "\(name): \(file): \(result)")
            }
        }
        // Work goes on.
        try likeness.succeed("ingest", "likes", "-", input: "modelname|mid|uid\nx|after|after\n")
        if done > 1 { try likeness.succeed("forget", "--user", "after", "--yes") }
    }
}
