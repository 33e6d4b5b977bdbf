import Foundation
import Testing

/// `fit --loss softmax` and what follows it, through the built program.
struct SoftmaxJourneyTests {
    private func prepared() throws -> Workspace {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.makeData(newLikes: 300)
        try likeness.succeed("split", "data/likes.psv", "--train", "train.psv", "--test", "test.psv", "--held-out", "3")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "train.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        return workspace
    }

    @Test("A version by the softmax is fitted, shown, asked, measured, compared, indexed, copied and continued")
    func journey() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try likeness.succeed("fit", "--components", "16", "--as", "squares")
        let arguments = [
            "fit", "--loss", "softmax", "--components", "16", "--epochs", "4", "--temperature", "0.2", "--learning-rate", "0.05",
        ]
        let fit = try likeness.run(arguments + ["--json"]).object
        #expect(fit["loss"]?.string == "softmax" && fit["epochs"]?.integer == 4 && fit["version"]?.integer == 2)
        let shown = try likeness.succeed("versions", "show", "--json").object
        #expect(abs((shown["softmax"]?["temperature"]?.number ?? 0) - 0.2) < 1e-6 && shown["leastSquares"]?["iterations"]?.integer == 6)
        let text = try likeness.succeed("versions", "show").output
        #expect(text.contains("softmax") && text.contains("cosine"), "\(text)")
        let figures = try likeness.succeed("evaluate", "--test", "test.psv", "--exclude-train", "--json").object
        #expect(figures["metrics"]?["auc"]?.number ?? 0 > 0.7 && figures["among"]?.string == "all")
        let compared = try likeness.succeed(
            "compare", "squares", "production", "--test", "test.psv", "--exclude-train", "--among", "warm", "--json")
        #expect(try compared.object["users"]?.integer ?? 0 > 20)
        let user = try workspace.someUser()
        let exact = try likeness.succeed("recommend", "--user", user, "--json").object["results"]
        try likeness.succeed("index", "build", "--lists", "4")
        #expect(try likeness.succeed("recommend", "--user", user, "--nprobe", "4", "--json").object["results"] == exact)
        #expect(exact?.array?.allSatisfy { abs($0["score"]?.number ?? 2) <= 1.000_01 } == true)
        let explained = try likeness.succeed("recommend", "--user", user, "--explain", "--json").object["results"]?.array?.first
        #expect(explained?["reasons"]?["isExact"]?.boolean == false)
        let some = try workspace.identifiers(of: ["recommend", "--user", user, "-k", "3"])
        #expect(try workspace.identifiers(of: ["recommend", "--likes", some.joined(separator: ","), "-k", "5"]).count == 5)
        try likeness.succeed("versions", "export", "production", "model.pack")
        let other = LikenessProcess(store: "other", folder: workspace.path)
        try other.succeed("init")
        try other.succeed("versions", "import", "model.pack", "--as", "production")
        #expect(try other.succeed("recommend", "--user", user, "--json").object["results"] == exact)
        try likeness.succeed("ingest", "likes", "data/newlikes.psv")
        try likeness.succeed("ingest", "features", "data/newfeats.psv")
        let partial = try likeness.succeed("fit-partial", "--epochs", "3", "--json")
        #expect(try partial.object["loss"]?.string == "softmax" && partial.object["parent"]?.integer == 2)
        #expect(partial.errors.contains("softmax is continued in closed form"), "\(partial.errors)")
        try likeness.succeed("versions", "verify")
    }

    @Test("A search over the softmax prints a command that fits the same model")
    func tune() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try workspace.write(
            #"{"softmax": {"components": [8], "epochs": [1, 2], "temperature": {"from": 0.05, "to": 0.3}}}"#, to: "space.json")
        let report = try likeness.succeed(
            "tune", "--space", "space.json", "--trials", "3", "--held-out", "3", "--threads", "1", "--fit", "--as", "tuned", "--json"
        ).object
        let command = try #require(report["command"]?.string)
        #expect(command.contains("--loss softmax") && command.contains("--temperature"))
        try likeness.succeed(command.split(separator: " ").dropFirst().map(String.init) + ["--as", "typed"])
        let metrics = try ["tuned", "typed"].map { try likeness.succeed("versions", "show", $0, "--json").object["metrics"] }
        #expect(metrics[0] != nil && metrics[0] == metrics[1])
    }

    @Test("A fit chooses its settings, and says what it measured and why, as does the version")
    func automatic() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        let fitted = try likeness.succeed("fit", "--auto", "--components", "8", "--threads", "1", "--as", "chosen", "--note", "by itself")
        let chosen = fitted.lines.filter { $0.hasPrefix("  chosen    ") }
        #expect(fitted.errors.isEmpty && chosen.count == 5 && chosen[0].contains(" by ndcg@10 on "), "\(fitted)")
        #expect(chosen[1].contains("als, feature pull 0.6: 0.") && chosen[2].contains(" to the default)"), "\(fitted)")
        #expect(chosen[4].contains("softmax, feature pull 0.0: "), "\(fitted)")
        let report = try likeness.succeed("fit", "--auto", "--components", "8", "--threads", "2", "--json").object
        let selection = try #require(report["selection"])
        #expect(selection["candidates"]?.array?.count == 4 && selection["metric"]?.string == "ndcg@10")
        #expect(selection["users"]?.integer ?? 0 > 50)
        let values = selection["candidates"]?.array?.compactMap { $0["value"]?.number } ?? []
        #expect(values.count == 4 && values.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(try likeness.succeed("versions", "show", "v2", "--json").object["selection"] == selection)
        let shown = try likeness.succeed("versions", "show", "chosen")
        #expect(shown.lines.filter { $0.hasPrefix("  chosen ") }.count == 5 && shown.output.contains("by itself"), "\(shown)")
        let loss = report["loss"]?.string
        #expect(try likeness.succeed("versions", "show", "v1").output.contains("loss            \(loss ?? "?")"))
        let few = try likeness.succeed("fit", "--auto", "--components", "8", "--features", "none", "--json").object
        #expect(few["selection"]?["candidates"]?.array?.count == 2)
        for (arguments, words) in [
            (["--loss", "als"], "--loss does not go with --auto"), (["--epochs", "3"], "--epochs does not go with --auto"),
            (["--feature-pull", "0"], "--feature-pull 0 does not go with --auto"),
            (["--learning-rate", "1"], "--learning-rate does not go"),
            (["--temperature", "0"], "--temperature is 0"), (["--max-sampled", "3"], "--max-sampled is an option of the losses"),
            (["--feature-pull", "2"], "--feature-pull is 2"),
        ] {
            let result = try likeness.run(["fit", "--auto"] + arguments)
            #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(words), "\(arguments): \(result)")
        }
        try likeness.succeed("versions", "verify")
    }

    @Test("A continuation has its parent's loss, and another one is refused with words", arguments: ["als", "softmax", "warp"])
    func otherLoss(_ loss: String) throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try likeness.succeed("fit", "--loss", loss, "--components", "8", "--epochs", "2")
        try likeness.succeed("ingest", "likes", "data/newlikes.psv")
        for other in ["als", "softmax", "warp", "bpr"] {
            for command in [["fit-partial"], ["follow", "--likes", "10"]] {
                let result = try likeness.run(command + ["--loss", other])
                #expect(result.status == 64 && result.output.isEmpty && result.errors.contains("likeness fit --loss \(other)"), "\(result)")
            }
        }
        let report = try likeness.succeed("fit-partial", "--json").object
        #expect(report["loss"]?.string == loss && report["parent"]?.integer == 1)
    }

    @Test("A choice that is interrupted leaves the store as it was")
    func interruptedChoice() throws {
        let workspace = try prepared()
        let terminal = try PseudoTerminal(columns: 100)
        var likeness = workspace.likeness
        likeness.variables["TERM"] = "xterm"
        let fit = try likeness.start(["fit", "--auto", "--start-iterations", "100000", "--threads", "1"], terminal: terminal)
        let drawn = terminal.read { $0.contains("way 3 of 4") }
        fit.send(SIGINT)
        _ = terminal.read()
        #expect(try fit.wait().status == 130 && drawn.contains("choosing: way "))
        #expect(try likeness.succeed("versions", "list", "--json").output.isEmpty)
        try likeness.succeed("versions", "verify")
    }

    @Test("The margin of WARP is kept, shown and continued with")
    func margin() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        let arguments = ["fit", "--loss", "warp", "--components", "8", "--epochs", "2", "--threads", "1"]
        try likeness.succeed(arguments)
        #expect(try likeness.succeed("versions", "show", "--json").object["hyperparameters"]?["margin"] == nil)
        try likeness.succeed(arguments + ["--margin", "0.5"])
        try likeness.succeed("ingest", "likes", "data/newlikes.psv")
        try likeness.succeed("fit-partial", "--epochs", "1")
        for version in ["v2", "v3"] {
            #expect(try likeness.succeed("versions", "show", version, "--json").object["hyperparameters"]?["margin"]?.number == 0.5)
        }
        #expect(try likeness.succeed("versions", "show").output.contains("0.5"))
        let user = try workspace.someUser()
        let answers = try ["v1", "v2"].map {
            try likeness.succeed("recommend", "--user", user, "--version", $0, "--json").object["results"]
        }
        #expect(answers[0] != answers[1])
    }

    @Test("Items that nobody likes yet are measured by themselves")
    func cold() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try likeness.succeed("fit", "--components", "8")
        let none = try likeness.run("evaluate", "--test", "test.psv", "--among", "cold")
        #expect(none.status == 1 && none.errors.contains("--min-item-likes 0"), "\(none)")
        let (user, tag) = (try workspace.someUser(), try workspace.someTag().split(separator: ":"))
        try workspace.write("mid|type|value\nfresh|\(tag[0])|\(tag[1])\n", to: "fresh.psv")
        try workspace.write("mid|uid\nfresh|\(user)\n", to: "cold.psv")
        try likeness.succeed("ingest", "features", "fresh.psv")
        try likeness.succeed("fit", "--components", "8", "--min-item-likes", "0")
        let cold = try likeness.succeed("evaluate", "--test", "cold.psv", "--among", "cold", "--json").object
        #expect(cold["users"]?.integer == 1 && cold["among"]?.string == "cold")
        #expect(try likeness.succeed("evaluate", "--test", "cold.psv", "--among", "cold").output.contains("of cold items by 1 user"))
    }
}
