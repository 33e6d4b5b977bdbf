import Foundation
import Testing

/// `likeness tune`, through the built program.
struct TuneJourneyTests {
    private static let space = """
        {"als": {"components": [2, 4, 8], "epochs": [1, 2], "regularization": {"from": 0.001, "to": 0.1, "scale": "log"}}}
        """

    private func prepared() throws -> Workspace {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.makeData()
        try workspace.write(TuneJourneyTests.space, to: "space.json")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        return workspace
    }

    private let small = ["--space", "space.json", "--held-out", "3", "--random-trials", "2", "--threads", "1"]

    @Test("A search is shown, goes on, is listed, and its best settings can be fitted with the command that it prints")
    func journey() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        let first = try likeness.run(
            ["tune", "--trials", "3", "--plot", "tune.svg", "--metric", "ndcg@10", "--start", "components=4,regularization=0.05"] + small)
        #expect(first.status == 0 && first.errors.isEmpty, "\(first)")
        #expect(first.lines[0].hasPrefix("study 1: 3 trials for ndcg@10; ") && first.lines[1].contains("regularization"), "\(first)")
        #expect(first.lines.contains { $0.hasPrefix("on test likes of ") && $0.contains("with the defaults") }, "\(first)")
        #expect(try workspace.read("tune.svg").hasPrefix("<svg "))
        let report = try likeness.succeed("tune", "--resume", "--trials", "5", "--threads", "1", "--fit", "--as", "tuned", "--json").object
        #expect(report["trials"]?.array?.count == 5 && report["isStopped"]?.boolean == false)
        #expect(report["trials"]?.array?.first?["settings"]?["values"]?["regularization"]?.number == 0.05)
        #expect(report["published"]?["alias"]?.string == "tuned")
        let command = try #require(report["command"]?.string)
        #expect(first.output.contains("likeness fit --loss als"))
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        let fitted = try likeness.run(command.split(separator: " ").dropFirst().map(String.init) + ["--as", "typed", "--json"])
        #expect(fitted.status == 0, "\(command): \(fitted)")
        // The same settings on the same likes: the same version, block by block.
        let hashes = try ["tuned", "typed"].map { try likeness.succeed("versions", "show", $0, "--json").object["metrics"] }
        #expect(hashes[0] != nil && hashes[0] == hashes[1])
        #expect(try likeness.succeed("versions", "show", "tuned", "--json").object["note"]?.string?.hasSuffix(" of study 1") == true)
        let listed = try likeness.succeed("tune", "list")
        #expect(listed.lines.count == 2 && listed.lines[1].contains("ndcg@10"), "\(listed)")
        #expect(try likeness.succeed("tune", "list", "--json").json.map { $0["study"]?["number"]?.integer } == [1])
        let shown = try likeness.succeed("tune", "show", "1")
        #expect(shown.lines.filter { $0.contains("random") || $0.contains("start") || $0.contains("model") }.count == 5, "\(shown)")
        #expect(shown.output.contains(command))
        try likeness.succeed("tune", "show", "--plot", "later.svg")
        #expect(try workspace.read("later.svg") != workspace.read("tune.svg"))
        #expect(try likeness.succeed("tune", "show", "--json").object["command"]?.string == command)
        try likeness.succeed("versions", "verify")
    }

    @Test("A search ends when its time is over, after one trial at least")
    func time() throws {
        let workspace = try prepared()
        let report = try workspace.likeness.run(["tune", "--time", "0.001s", "--json"] + small)
        #expect(report.status == 0, "\(report)")
        #expect(try report.object["trials"]?.array?.count == 1)
    }

    @Test("A search that is interrupted keeps its trials, says how to go on, and has the status of Ctrl-C")
    func interrupted() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        let search = try likeness.start(["tune", "--trials", "100000", "--random-trials", "100000", "--held-out", "3", "--loss", "warp"])
        // The first trial has ended when it is in the store.
        while try (likeness.run("tune", "list", "--json").json.first?["trials"]?.array ?? []).isEmpty {}
        search.send(SIGINT)
        let result = try search.wait()
        #expect(result.status == 130 && result.output.contains("likeness fit --loss warp"), "\(result)")
        #expect(result.errors.contains("stopped after") && result.errors.contains("tune --resume --study 1"), "\(result.errors)")
        let trials = try #require(try likeness.succeed("tune", "show", "--json").object["trials"]?.array?.count)
        let report = try likeness.succeed("tune", "--resume", "--trials", "\(trials + 1)", "--json").object
        #expect(report["trials"]?.array?.count == trials + 1 && report["study"]?["test"] != nil)
    }

    @Test(
        "What a search cannot do is said before it reads the store",
        arguments: [
            (["--trials", "0"], "--trials is 0"), (["--trials", "-3"], "--trials is -3"), (["--time", "soon"], "'soon' is no time"),
            (["--time", "-5m"], "is no time"), (["--time", "inf"], "is no time"), (["--loss", "svm"], "there is no loss 'svm'"),
            (["--loss", "als,als"], "a loss is named twice"), (["--metric", "catalogueCoverage"], "cannot be searched for"),
            (["--metric", "ndcg@0"], "cannot be searched for"), (["--metric", "best@5"], "cannot be searched for"),
            (["--start", "components"], "is no setting"), (["--start", "a=1,a=2"], "a is named twice"),
            (["--held-out", "0"], "--held-out is 0"), (["--fraction", "nan"], "--fraction is nan"),
            (["--fraction", "1.5"], "--fraction is 1.5"),
            (["--min-user-likes", "-1"], "--min-user-likes is -1"), (["--random-trials", "-1"], "--random-trials is -1"),
            (["--as", "tuned"], "Add --fit"), (["--fit", "--as", "v3"], "--as"), (["--study", "2"], "Add --resume"),
            (["--threads", "0"], "--threads is 0"), (["--seed", "-1"], "--seed"), (["--parallel", "0"], "--parallel is 0"),
            (["--parallel", "5000"], "--parallel is 5000"),
        ])
    func usage(arguments: [String], words: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run(["tune"] + arguments)
        #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(words), "\(result)")
    }

    @Test("What a store cannot do is said in words")
    func failures() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try workspace.write(#"{"als": {"regularization": {"from": 2, "to": 1}}}"#, to: "inverted.json")
        for (arguments, words) in [
            (["--resume"], "no studies yet"), (["--space", "none.json"], "none.json cannot be read"),
            (["--space", "inverted.json"], "from 2 to 1"), (["--plot", "no/such/tune.svg"], "no/such"),
            (["--held-out", "4000"], "no likes can be held out"),
            (["--loss", "logistic", "--trials", "1"], "logistic loss"), (["--start", "size=3"], "size is not searched"),
        ] {
            let result = try likeness.run(["tune"] + arguments)
            #expect(result.status == 1 && result.output.isEmpty && result.errors.contains(words), "\(arguments): \(result)")
        }
        #expect(try likeness.run("tune", "show", "9").errors.contains("there is no study 9"))
        try likeness.succeed("versions", "verify")
    }

    @Test("A search of some trials at a time that is killed keeps those that ended, and goes on")
    func killedInParallel() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        for kill in 1...3 {
            let search = try likeness.start(
                ["tune", "--trials", "100000", "--random-trials", "100000", "--held-out", "3", "--parallel", "3", "--loss", "als,warp"]
                    + (kill > 1 ? ["--resume"] : []))
            func trials() throws -> Int { try likeness.run("tune", "list", "--json").json.first?["trials"]?.array?.count ?? 0 }
            let before = try trials()
            while try trials() < before + 2 {}
            search.send(SIGKILL)
            _ = try search.wait()
            try likeness.succeed("versions", "verify")
        }
        let kept = try likeness.succeed("tune", "show", "--json").object["trials"]?.array ?? []
        #expect(kept.count >= 6 && Set(kept.map { $0["settings"].map { "\($0)" } }).count == kept.count)
        let report = try likeness.succeed("tune", "--resume", "--trials", "\(kept.count + 2)", "--parallel", "2", "--json").object
        #expect(report["trials"]?.array.map { Array($0.prefix(kept.count)) } == kept && report["trials"]?.array?.count == kept.count + 2)
        #expect(report["study"]?["test"] != nil && report["study"]?["number"]?.integer == 1)
    }

    @Test(
        "A search that is killed at many writes keeps what it had, and ends as a clean one when it goes on",
        .enabled(if: FaultInjector.isAvailable, "faults are injected with LD_PRELOAD, which is Linux's"))
    func killed() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try workspace.copy("store", to: "before")
        // Trials at random do not depend on the time that others took.
        let command = [
            "tune", "--trials", "4", "--random-trials", "9", "--space", "space.json", "--held-out", "3", "--threads", "1", "--json",
        ]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        func values() throws -> [JSON?] {
            let report = try likeness.succeed("tune", "show", "--json").object
            return (report["trials"]?.array ?? []).map { $0["curve"] } + [report["study"]?["test"]]
        }
        let clean = try values()
        #expect(clean.count == 5 && calls > 8)
        for fault in [FaultInjector.Fault.kill, .torn, .full] {
            var most = 0
            for call in FaultInjector.spread(over: calls, most: 12) {
                try workspace.remove("store")
                try workspace.copy("before", to: "store")
                var failing = likeness
                failing.variables = try FaultInjector.variables(fault, at: call)
                let result = try failing.run(command)
                if fault != .full { #expect(result.signal == SIGKILL, "call \(call): \(result)") }
                if fault == .full, result.status != 0 {
                    #expect(result.errors.contains("No space left on device"), "call \(call): \(result)")
                }
                try likeness.succeed("versions", "verify")
                let shown = try likeness.run("tune", "show", "--json")
                let kept = shown.status == 0 ? try shown.object["trials"]?.array?.count ?? 0 : 0
                #expect(kept >= most, "call \(call)")
                most = kept
                let again = shown.status == 0 ? ["tune", "--resume", "--trials", "4", "--threads", "1"] : command
                #expect(try likeness.run(again).status == 0)
                #expect(try values() == clean, "\(fault) at call \(call)")
            }
        }
    }
}
