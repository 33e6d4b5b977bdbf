import Foundation
import Testing

/// `likeness compare`, through the built program.
struct CompareTests {
    @Test("Two versions are compared in a table and in JSON, and test likes that one was made from are refused")
    func journey() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.makeData()
        try likeness.succeed("split", "data/likes.psv", "--train", "train.psv", "--test", "test.psv", "--held-out", "3")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "train.psv")
        try likeness.succeed("fit", "--loss", "warp", "--epochs", "0", "--components", "8", "--as", "before", "--force")
        try likeness.succeed("fit", "--components", "8")
        let arguments = ["compare", "before", "production", "--test", "test.psv", "--exclude-train", "-k", "10", "--resamples", "500"]
        let report = try likeness.run(arguments + ["--json"]).object
        let users = try #require(report["users"]?.integer)
        #expect(report["first"]?.integer == 1 && report["second"]?.integer == 2 && report["resamples"]?.integer == 500 && users > 10)
        for (name, evaluated) in [("first", "before"), ("second", "v2")] {
            let alone = try likeness.run("evaluate", evaluated, "--test", "test.psv", "--exclude-train", "-k", "10", "--json").object
            let mean: Double = try #require(report["metrics"]?["ndcg"]?[name]?.number)
            let expected: Double = try #require(alone["metrics"]?["ndcg"]?.number)
            #expect(abs(mean - expected) < 1e-9)
        }
        let counts = ["won", "tied", "lost"].compactMap { report["metrics"]?["auc"]?[$0]?.integer }
        #expect(counts.count == 3 && counts.reduce(0, +) == users)
        let lines = try likeness.run(arguments).lines
        #expect(lines[0].hasPrefix("v1 and v2 on ") && lines[1].contains("95 % interval"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("auc") && $0.contains(" * ") }, "\(lines)")
        let refused = try likeness.run("compare", "v1", "v2", "--test", "train.psv")
        #expect(refused.status == 1 && refused.errors.contains("v1 is made from") && refused.errors.contains("split"), "\(refused)")
    }

    @Test(
        "What a comparison cannot do is said before it reads the store",
        arguments: [
            (["--resamples", "0"], "--resamples is 0"), (["--resamples", "-3"], "--resamples is -3"),
            (["--confidence", "1"], "--confidence is 1"), (["--confidence", "nan"], "--confidence is nan"), (["-k", "0"], "-k is 0"),
            (["--threads", "0"], "--threads is 0"),
        ])
    func usage(arguments: [String], words: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run(["compare", "v1", "v2", "--test", "test.psv"] + arguments)
        #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(words), "\(result)")
    }
}
