import Foundation
import Testing

/// What a fit can be told on the command line.
struct FitOptionsTests {
    @Test(
        "Every number out of range is refused by its option's name, with the rule",
        arguments: [
            ("--components", "0", "32 to 128"), ("--components", "-4", "32 to 128"), ("--components", "100000", "65536"),
            ("--epochs", "-1", "0 (initialise only)"), ("--learning-rate", "0", "0.05"),
            ("--learning-rate", "-0.1", "0.05"), ("--learning-rate", "inf", "0.05"), ("--rho", "0", "0.95"),
            ("--rho", "1", "0.95"), ("--rho", "-0.5", "0.95"), ("--epsilon", "0", "1e-6"), ("--epsilon", "-1e-6", "1e-6"),
            ("--user-regularization", "-1", "1e-6"), ("--item-regularization", "-1e-3", "1e-6"),
            ("--item-regularization", "nan", "1e-6"), ("--max-sampled", "0", "10 is usual"),
            ("--max-sampled", "-3", "10 is usual"), ("--kos-k", "0", "starts at 1"), ("--kos-k", "-2", "starts at 1"),
            ("--kos-n", "0", "at least 1 like"), ("--kos-n", "-2", "at least 1 like"), ("--threads", "0", "at least 1 thread"),
            ("--threads", "5000", "1024"), ("--identity-scale", "-1", "0 or more"),
            ("--identity-scale", "nan", "0 or more"), ("--feature-shrinkage", "-1", "0 or more"),
            ("--min-feature-items", "-1", "0 or more"),
            ("--min-user-likes", "-1", "5 is usual"),
            ("--min-item-likes", "-1", "5 is usual"),
        ])
    func range(option: String, value: String, rule: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run("fit", option, value)
        #expect(result.status == 64 && result.output.isEmpty, "\(result)")
        #expect(result.errors.contains("\(option) is ") && result.errors.contains(rule), "\(result.errors)")
    }

    @Test(
        "What is no choice or no number at all is refused with what may stand there",
        arguments: [
            ("--loss", "hinge", "warp-kos"), ("--schedule", "adam", "adadelta"), ("--features", "bm25", "tfidf"),
            ("--dislikes", "often", "preferred-negatives"), ("--seed", "-1", "--seed"), ("--seed", "one", "--seed"),
            ("--components", "many", "--components"),
        ])
    func choices(option: String, value: String, words: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run("fit", option, value)
        #expect(result.status == 64 && result.errors.contains(value) && result.errors.contains(words), "\(result)")
    }

    @Test("Every parameter that is given is kept with the version")
    func kept() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let arguments = [
            "--loss", "warp-kos", "--schedule", "adadelta", "--components", "7", "--epochs", "2", "--learning-rate", "0.1",
            "--rho", "0.9", "--epsilon", "1e-5", "--user-regularization", "1e-6", "--item-regularization", "1e-7",
            "--max-sampled", "20", "--kos-k", "3", "--kos-n", "6", "--threads", "2", "--seed", "5", "--dislikes",
            "preferred-negatives", "--features", "l1", "--identity-scale", "0.5",
        ]
        let fit = try likeness.run(["fit", "--json"] + arguments)
        try #require(fit.status == 0, "\(fit)")
        #expect(try fit.object["loss"]?.string == "warp-kos")
        let version = try likeness.succeed("versions", "show", "--json").object
        let choice = try #require(version["hyperparameters"])
        #expect(choice["loss"]?.string == "warp-kos" && choice["schedule"]?.string == "adadelta")
        #expect(choice["dislikes"]?.string == "preferred-negatives")
        for (name, value) in [
            ("components", 7.0), ("epochs", 2), ("learningRate", 0.1), ("rho", 0.9), ("epsilon", 1e-5),
            ("userRegularization", 1e-6), ("itemRegularization", 1e-7), ("maxSampled", 20), ("k", 3), ("n", 6),
            ("threads", 2), ("seed", 5),
        ] {
            let found = try #require(choice[name]?.number, "\(name)")
            #expect(abs(found - value) <= 1e-6 * value, "\(name) is \(found)")
        }
        #expect(version["features"]?.string == "l1" && version["identityScale"]?.number == 0.5)
        #expect(try likeness.succeed("versions", "show").output.contains("l1, identity scale 0.5"))
        let none = try likeness.run("fit", "--features", "none", "--identity-scale", "0")
        #expect(none.status == 64 && none.errors.contains("--identity-scale"), "\(none)")
    }

    @Test("Dislikes are taken in, trained on by logistic loss, kept out of recommendations, and taken back by likes")
    func dislikes() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let refused = try likeness.run("fit", "--loss", "logistic")
        #expect(refused.status == 1 && refused.errors.contains("--dislikes"), "\(refused)")
        let user = try workspace.someUser()
        let best = try workspace.identifiers(of: ["recommend", "--user", user, "-k", "3"])
        try workspace.write("mid|uid\n" + best.map { "\($0)|\(user)\n" }.joined(), to: "down.psv")
        let taken = try likeness.succeed("ingest", "likes", "down.psv", "--dislikes")
        #expect(taken.output.contains("3 new dislikes"))
        #expect(try likeness.succeed("stats", "--json").object["dislikes"]?.integer == 3)
        let left = try workspace.identifiers(of: ["recommend", "--user", user, "-k", "200"])
        #expect(!left.isEmpty && Set(left).isDisjoint(with: best))
        let fit = try likeness.succeed("fit", "--loss", "logistic", "--components", "8", "--epochs", "2", "--json").object
        #expect(fit["dislikes"]?.integer == 3)
        #expect(fit["trainedLikes"]?.integer == (fit["likes"]?.integer ?? 0) + 3)
        try likeness.succeed("ingest", "likes", "down.psv")
        let statistics = try likeness.succeed("stats", "--json").object
        #expect(statistics["dislikes"]?.integer == 0)
        let partial = try likeness.succeed("fit-partial", "--epochs", "1", "--json").object
        #expect(partial["trainedLikes"]?.integer == 3 && partial["dislikes"]?.integer == 0)
    }

    @Test("Features of users are part of a fit, of recommendations and of a continuation")
    func userFeatures() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let users = Set(try workspace.rows(of: "data/likes.psv").map { $0[2] }).sorted()
        let rows = users.enumerated().map { "\($0.element)|country|c\($0.offset % 3)\n" }
        try workspace.write("mid|type|value\n" + rows.joined(), to: "users.psv")
        try likeness.succeed("ingest", "features", "users.psv", "--of", "users")
        let fit = try likeness.succeed("fit", "--components", "8", "--epochs", "2", "--json").object
        #expect(fit["userFeatures"]?.integer == 3)
        let item = try workspace.someItem()
        try workspace.write("mid|uid\n\(item)|newcomer\n", to: "new.psv")
        try workspace.write("mid|type|value\nnewcomer|country|c9\n", to: "new-users.psv")
        try likeness.succeed("ingest", "likes", "new.psv")
        try likeness.succeed("ingest", "features", "new-users.psv", "--of", "users")
        let partial = try likeness.succeed("fit-partial", "--json").object
        #expect(partial["userFeatures"]?.integer == 4 && partial["newUsers"]?.integer == 1)
        #expect(try workspace.identifiers(of: ["recommend", "--user", "newcomer", "-k", "5"]).count == 5)
        try likeness.succeed("versions", "verify")
    }

    @Test("A fit that memory does not suffice for is refused before it begins, and publishes nothing")
    func memory() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let arguments = ["-c", "ulimit -v 500000 && exec \"$0\" \"$@\"", LikenessProcess.executable]
        let fit = ["fit", "--loss", "warp", "--components", "65536", "--threads", "1", "--features", "none", "--schedule", "adadelta"]
        let result = try workspace.likeness.start(arguments + fit, executable: "/bin/sh").wait()
        #expect(result.status == 1 && result.errors.contains("MiB of memory"), "\(result)")
        #expect(try workspace.likeness.succeed("versions", "list", "--json").lines.count == 1)
    }
}

extension FitOptionsTests {
    @Test("A replay trains a share of the older likes again; als says that it has no use for it")
    func replay() throws {
        let workspace = try Workspace()
        try workspace.makeData(newLikes: 200)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("fit", "--loss", "warp", "--components", "8", "--epochs", "2")
        try likeness.succeed("fit", "--components", "8", "--as", "squares")
        try likeness.succeed("ingest", "likes", "data/newlikes.psv")
        var trained: [Int] = []
        for share in ["0", "0.3", "1"] {
            let report = try likeness.succeed("fit-partial", "--replay", share, "--no-alias", "--json").object
            trained.append(try #require(report["trainedLikes"]?.integer))
        }
        #expect(trained[0] < trained[1] && trained[1] < trained[2], "\(trained)")
        let partial = try likeness.run("fit-partial", "--from", "squares", "--as", "squares", "--replay", "0.3", "--epochs", "2")
        #expect(partial.status == 0 && partial.errors.contains("--epochs and --replay were not used"), "\(partial)")
    }

    @Test("A continuation says how held-out likes are ranked before and after, as a comparison does")
    func heldOut() throws {
        let workspace = try Workspace()
        try workspace.makeData()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("split", "data/likes.psv", "--train", "train.psv", "--test", "test.psv", "--fraction", "0.5")
        let rows = try workspace.rows(of: "train.psv").map { "\($0[1])|\($0[2])\n" }
        try workspace.write("mid|uid\n" + rows.dropLast(300).joined(), to: "early.psv")
        try workspace.write("mid|uid\n" + rows.suffix(300).joined(), to: "late.psv")
        try likeness.succeed("ingest", "likes", "early.psv")
        try likeness.succeed("fit", "--components", "16")
        try likeness.succeed("ingest", "likes", "late.psv")
        let missing = try likeness.run("fit-partial", "--test", "nowhere.psv")
        #expect(missing.status == 1 && missing.errors.contains("nowhere.psv"), "\(missing)")
        #expect(try likeness.succeed("versions", "list", "--json").json.count == 1, "nothing was published")
        let report = try likeness.succeed("fit-partial", "--test", "test.psv", "-k", "7", "--json").object
        let compared = try likeness.succeed("compare", "v1", "v2", "--test", "test.psv", "-k", "7", "--exclude-train", "--json").object
        let precision = compared["metrics"]?["precision"]
        #expect(report["test"]?["before"] == precision?["first"] && report["test"]?["after"] == precision?["second"] && precision != nil)
        #expect(report["test"]?["k"]?.integer == 7 && report["test"]?["users"] == compared["users"])
        let text = try likeness.run("fit-partial", "--from", "v1", "--test", "test.psv", "--no-alias")
        #expect(text.output.contains("precision@5"), "\(text)")
    }
}
