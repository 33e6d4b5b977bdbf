import Foundation
import Testing

/// Replicas on machines that are not the primary's: with other clocks, other names, and a cable that is cut.
struct DistantReplicaTests {
    private func makePrimary() throws -> Workspace {
        let workspace = try Workspace()
        try workspace.makeData()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--components", "16")
        return workspace
    }

    private func answer(_ likeness: LikenessProcess, _ workspace: Workspace, store: String) throws -> JSON {
        let result = try likeness.run("recommend", "--user", workspace.someUser(), "--json", "--store", store)
        guard result.status == 0 else { throw LikenessProcess.Unexpected("\(result)") }
        return try result.object
    }

    @Test(.enabled(if: FaultInjector.isAvailable))
    func `Clocks that are a day apart change nothing but the times that are shown`() throws {
        let workspace = try makePrimary()
        var (ahead, behind) = (workspace.likeness, workspace.likeness)
        ahead.variables = try FaultInjector.clock(shiftedBy: 86_400)
        behind.variables = try FaultInjector.clock(shiftedBy: -86_400)
        for (round, (publisher, puller)) in [(ahead, behind), (behind, ahead), (ahead, behind)].enumerated() {
            try workspace.write("mid|uid\n\(try workspace.someItem())|visitor\(round)\n", to: "more.psv")
            try publisher.succeed("ingest", "likes", "more.psv")
            try publisher.succeed("fit-partial")
            try publisher.succeed("replica", "publish", "remote")
            let late = round == 0 ? nil : try puller.succeed("replica", "status", "--store", "replica", "--json").object
            if let late { #expect(late["packsBehind"]?.integer == 1 && late["lagSeconds"]?.number ?? -1 >= 0, "\(late)") }
            #expect(try puller.run("replica", "pull", "remote", "--store", "replica").status == 0)
            #expect(try answer(puller, workspace, store: "replica") == answer(publisher, workspace, store: "store"))
            let status = try puller.succeed("replica", "status", "--store", "replica", "--json").object
            #expect(status["packsBehind"]?.integer == 0 && status["lagSeconds"]?.number == 0, "\(status)")
        }
        // What a clock ahead has retired waits as long by one that is behind.
        let prune = ["replica", "prune", "remote", "--keep-last", "1", "--keep-moves", "0", "--json"]
        let first = try ahead.succeed(prune).object
        #expect(first["packedAnew"]?.boolean == true && first["waitingPacks"]?.integer == 3)
        #expect(try behind.succeed(prune).object["deletedPacks"]?.integer == 0)
        #expect(try behind.succeed(prune).object["waitingPacks"]?.integer == 3)
        #expect(try behind.run("replica", "pull", "remote", "--store", "late").status == 0)
        #expect(try answer(behind, workspace, store: "late") == answer(ahead, workspace, store: "store"))
        for store in ["replica", "late", "store"] { #expect(try behind.run("versions", "verify", "--store", store).status == 0) }
    }

    @Test func `Remotes and aliases of odd names work, or are refused with words, and nothing is written elsewhere`() throws {
        let workspace = try makePrimary()
        let likeness = workspace.likeness
        for (number, remote) in ["re mote", "50%41 off", "..c d", "ü-ñ-模型", "file:with space"].enumerated() {
            #expect(try likeness.run("replica", "publish", remote).status == 0, "\(remote)")
            let pulled = try likeness.run("replica", "pull", remote, "--store", "r \(number)%20ü")
            #expect(pulled.status == 0, "\(remote): \(pulled)")
            #expect(try answer(likeness, workspace, store: "r \(number)%20ü") == answer(likeness, workspace, store: "store"))
            #expect(try likeness.run("replica", "status", "--store", "r \(number)%20ü").status == 0)
        }
        let before = try FileManager.default.subpathsOfDirectory(atPath: workspace.path).sorted()
        for alias in ["a b", "a%20b", "../production", "a/b", "ü", "", "v1", "latest"] {
            for command in [["publish", "re mote"], ["pull", "re mote", "--store", "r 0%20ü"]] {
                let result = try likeness.run(["replica"] + command + ["--alias", alias])
                #expect(result.status == 64 && result.errors.contains("--alias"), "\(alias): \(result)")
            }
        }
        // Two dots are a name as any, and lead nowhere.
        let missing = try likeness.run("replica", "publish", "re mote", "--alias", "..")
        #expect(missing.status == 1 && missing.errors.contains("there is no alias '..'"), "\(missing)")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: workspace.path).sorted() == before)
        try likeness.succeed("versions", "promote", "v1", "--to", "..")
        #expect(try likeness.run("replica", "publish", "re mote", "--alias", "..").status == 0)
        #expect(try likeness.run("replica", "pull", "re mote", "--alias", "..", "--store", "dots").status == 0)
        // Files that others have laid there are no aliases.
        for name in ["a b.pointer", "%2e%2e.pointer", "ü.pointer", ".pointer"] { try workspace.write("x", to: "re mote/aliases/\(name)") }
        #expect(try likeness.run("replica", "verify", "re mote").status == 0)
        let refused = try likeness.run("replica", "pull", "re mote", "--alias", "b", "--store", "none")
        #expect(refused.status == 1 && refused.errors.contains("it has: .., production"), "\(refused)")
    }

    @Test(.enabled(if: TwoMachines.areAvailable, "network namespaces need Linux, root, iproute2 and python3"))
    func `A cable that is cut while a pull goes over it costs nothing but time`() throws {
        let workspace = try makePrimary()
        try workspace.likeness.succeed("replica", "publish", "remote")
        let machines = try TwoMachines()
        let server = try machines.start(
            on: .first, TwoMachines.python, ["-m", "http.server", "8000", "--directory", "remote"], in: workspace)
        defer {
            server.send(SIGKILL)
            _ = try? server.wait()
        }
        let pull = ["replica", "pull", "\(machines.address):8000", "--store", "replica", "--time-out", "1", "--attempts", "2"]
        func pulls(_ arguments: [String] = []) throws -> RunningProcess {
            try machines.start(on: .second, LikenessProcess.executable, pull + arguments, in: workspace)
        }
        var isUp = false
        for _ in 0..<200 where !isUp { isUp = try pulls(["--max-size", "1"]).wait().errors.contains("--max-size") }
        try #require(isUp)
        let slow = try pulls(["--rate", "30k"])
        // The first bytes of the pack are there.
        var hasBegun = false
        while !hasBegun {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: workspace.file("replica/incoming"))) ?? []
            hasBegun = names.contains { $0.hasSuffix(".pack.new") }
        }
        try machines.cut()
        let cut = try slow.wait()
        #expect(cut.status == 1 && cut.errors.contains("Try again later") || cut.errors.contains("Check the address"), "\(cut)")
        let away = try pulls().wait()
        #expect(away.status == 1 && away.errors.contains("Check the address"), "\(away)")
        try machines.mend()
        let whole = try pulls(["--attempts", "5"]).wait()
        #expect(whole.status == 0, "\(whole)")
        #expect(try answer(workspace.likeness, workspace, store: "replica") == answer(workspace.likeness, workspace, store: "store"))
        // With a version that is there, a cut leaves it.
        try workspace.write("mid|uid\n\(try workspace.someItem())|visitor\n", to: "more.psv")
        try workspace.likeness.succeed("ingest", "likes", "more.psv")
        let old = try answer(workspace.likeness, workspace, store: "replica")
        try workspace.likeness.succeed("fit-partial", "--replicate", "remote")
        try machines.cut()
        #expect(try pulls().wait().status == 1)
        #expect(try answer(workspace.likeness, workspace, store: "replica") == old)
        try machines.mend()
        #expect(try pulls(["--attempts", "5"]).wait().output.contains("production points at v2"))
        #expect(try workspace.likeness.run("versions", "verify", "--store", "replica").status == 0)
    }
}

/// Two machines with a cable between them: network namespaces of this one.
private final class TwoMachines {
    enum Machine { case first, second }

    private static let tool = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"].first { FileManager.default.isExecutableFile(atPath: $0) }
    static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first { FileManager.default.isExecutableFile(atPath: $0) } ?? ""

    static let areAvailable: Bool = {
        guard tool != nil, !python.isEmpty else { return false }
        let name = "likeness-probe-\(ProcessInfo.processInfo.processIdentifier)"
        guard (try? ip(["netns", "add", name])) != nil else { return false }
        return (try? ip(["netns", "del", name])) != nil
    }()

    private let names: (first: String, second: String)
    private let ends: (first: String, second: String)
    let address = "http://10.231.7.1"

    init() throws {
        let number = ProcessInfo.processInfo.processIdentifier % 100_000
        (names, ends) = (("likeness-a-\(number)", "likeness-b-\(number)"), ("lka\(number)", "lkb\(number)"))
        for name in [names.first, names.second] { try TwoMachines.ip(["netns", "add", name]) }
        try TwoMachines.ip([
            "link", "add", ends.first, "netns", names.first, "type", "veth", "peer", "name", ends.second, "netns", names.second,
        ])
        for (name, end, address) in [(names.first, ends.first, "10.231.7.1/24"), (names.second, ends.second, "10.231.7.2/24")] {
            try TwoMachines.ip(["-n", name, "addr", "add", address, "dev", end])
            try TwoMachines.ip(["-n", name, "link", "set", end, "up"])
            try TwoMachines.ip(["-n", name, "link", "set", "lo", "up"])
        }
    }

    deinit {
        for name in [names.first, names.second] { _ = try? TwoMachines.ip(["netns", "del", name]) }
    }

    func cut() throws { try TwoMachines.ip(["-n", names.first, "link", "set", ends.first, "down"]) }
    func mend() throws { try TwoMachines.ip(["-n", names.first, "link", "set", ends.first, "up"]) }

    func start(on machine: Machine, _ executable: String, _ arguments: [String], in workspace: Workspace) throws -> RunningProcess {
        let name = machine == .first ? names.first : names.second
        var environment = ProcessInfo.processInfo.environment
        for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] { environment[proxy] = nil }
        return try RunningProcess(
            executable: TwoMachines.tool ?? "", arguments: ["netns", "exec", name, executable] + arguments, environment: environment,
            folder: workspace.path, input: nil)
    }

    @discardableResult
    private static func ip(_ arguments: [String]) throws -> String {
        let result = try RunningProcess(
            executable: tool ?? "", arguments: arguments, environment: ProcessInfo.processInfo.environment, folder: "/", input: nil
        ).wait()
        guard result.status == 0 else { throw LikenessProcess.Unexpected("ip \(arguments): \(result)") }
        return result.output
    }
}
