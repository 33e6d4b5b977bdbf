import Foundation
import Testing

/// `likeness evaluate` and `likeness learning-curve`, through the built program.
struct EvaluationJourneyTests {
    private func prepared() throws -> Workspace {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.makeData()
        try likeness.succeed("split", "data/likes.psv", "--train", "train.psv", "--test", "test.psv", "--held-out", "3")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "train.psv")
        return workspace
    }

    @Test("An evaluation has the catalogue's metrics, and writes each user's values")
    func perUser() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try likeness.succeed("fit", "--components", "8", "--epochs", "3", "--features", "none")
        let arguments = ["evaluate", "--test", "test.psv", "--exclude-train", "--per-user", "users.csv"]
        let report = try likeness.run(arguments + ["--json"]).object
        let metrics = try #require(report["metrics"])
        let coverage: Double = try #require(metrics["catalogueCoverage"]?.number)
        #expect(coverage > 0.01 && coverage <= 1)
        #expect(try #require(metrics["popularityBias"]?.number) > 0)
        let lines = try workspace.read("users.csv").split(separator: "\n").map { $0.split(separator: ",") }
        #expect(lines[0].first == "uid" && lines.count - 1 == report["users"]?.integer)
        let column = try #require(lines[0].firstIndex(of: "precision"))
        let values: [Double] = lines.dropFirst().compactMap { Double($0[column]) }
        let mean: Double = values.reduce(0, +) / Double(lines.count - 1)
        let precision: Double = try #require(metrics["precision"]?.number)
        #expect(abs(mean - precision) < 1e-9)
        #expect(try likeness.run(arguments + ["--force"]).output.contains("popularityBias"))
        let failed = try likeness.run("evaluate", "--test", "test.psv", "--per-user", "no/users.psv")
        #expect(failed.status == 1 && failed.errors.contains("no/users.psv"), "\(failed)")
    }

    @Test("Test likes that the version was made from are counted in a warning, left out if asked, and an error if strict")
    func knownLikes() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        try likeness.succeed("fit", "--components", "8", "--epochs", "3", "--min-user-likes", "1", "--min-item-likes", "1")
        let train = try workspace.read("train.psv").split(whereSeparator: \.isNewline)
        let test = try workspace.read("test.psv").split(whereSeparator: \.isNewline)
        try workspace.write((train.prefix(41) + test.dropFirst()).joined(separator: "\n") + "\n", to: "both.psv")
        let clean = try likeness.succeed("evaluate", "--test", "test.psv", "--json")
        #expect(clean.errors.isEmpty, "\(clean)")
        #expect(try clean.object["knownLikes"]?.integer == 0)

        let warned = try likeness.succeed("evaluate", "--test", "both.psv", "--json")
        #expect(warned.errors.contains("warning: v1 was made from 40 likes") && warned.errors.contains("--skip-known"), "\(warned)")
        #expect(try warned.object["knownLikes"]?.integer == 40)
        for arguments in [["--strict"], ["--exclude-train"], ["--strict", "--exclude-train"]] {
            let refused = try likeness.run(["evaluate", "--test", "both.psv"] + arguments)
            #expect(refused.status == 1 && refused.errors.contains("40 likes") && refused.errors.contains("--skip-known"), "\(refused)")
        }
        for arguments in [[], ["--exclude-train"]] {
            let skipped = try likeness.run(["evaluate", "--test", "both.psv", "--skip-known"] + arguments)
            #expect(
                skipped.status == 0 && skipped.errors.isEmpty && skipped.output.contains("left out: 40 likes that v1 was made from"),
                "\(skipped)")
            let apart = try likeness.run(["evaluate", "--test", "both.psv", "--skip-known", "--json"] + arguments).object
            let alone = try likeness.run(["evaluate", "--test", "test.psv", "--json"] + arguments).object
            #expect(apart["metrics"] == alone["metrics"] && apart["users"] == alone["users"] && apart["likes"] == alone["likes"])
        }
        let nothing = try likeness.run("evaluate", "--test", "train.psv", "--skip-known")
        #expect(nothing.status == 1 && nothing.errors.contains("none is left"), "\(nothing)")
        #expect(try likeness.run("evaluate", "--test", "train.psv", "--skip-known", "--strict").status == 64)
    }

    @Test("A learning curve is printed, plotted and coded, and publishes nothing")
    func learningCurve() throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        let arguments = [
            "learning-curve", "--test", "test.psv", "--every", "2", "--components", "8", "--epochs", "5", "--features",
            "none", "--metric", "precision,catalogueCoverage", "-k", "10", "--plot", "curve.svg", "--threads", "1",
        ]
        let report = try likeness.run(arguments + ["--json"]).object
        let points = try #require(report["points"]?.array)
        #expect(points.map { $0["epoch"]?.integer } == [2, 4, 5] && report["k"]?.integer == 10)
        for side in ["train", "test"] { #expect(points.allSatisfy { $0[side]?["catalogueCoverage"]?.number ?? 0 > 0 }) }
        #expect(try workspace.read("curve.svg").hasPrefix("<svg "))
        let lines = try likeness.run(arguments + ["--force"]).lines
        #expect(lines.contains { $0.contains("train precision") && $0.contains("test catalogueCoverage") })
        #expect(lines.count == 6 && lines.last == "plotted in curve.svg", "\(lines)")
        #expect(try likeness.succeed("versions", "list", "--json").lines.isEmpty)
    }

    @Test("A learning curve of als measures iterations, and one of softmax its epochs", arguments: ["als", "softmax"])
    func factorCurves(loss: String) throws {
        let workspace = try prepared()
        let likeness = workspace.likeness
        let arguments = ["--loss", loss, "--components", "8", "--epochs", "3", "--features", "none", "--threads", "1"]
        let report = try likeness.run(
            ["learning-curve", "--test", "test.psv", "--every", "2", "--metric", "precision,auc", "--json"] + arguments
        ).object
        let points = try #require(report["points"]?.array)
        #expect(points.map { $0["epoch"]?.integer } == [2, 3])
        // The last point is what a fit is measured with.
        try likeness.succeed(["fit"] + arguments)
        let figures = try likeness.succeed("evaluate", "--test", "test.psv", "--exclude-train", "--json").object
        for name in ["precision", "auc"] {
            let (found, expected) = (points[1]["test"]?[name]?.number ?? 0, figures["metrics"]?[name]?.number ?? 1)
            #expect(abs(found - expected) < 1e-9, "\(name)")
        }
    }

    @Test(
        "What a learning curve cannot do is said before the training",
        arguments: [
            (["--every", "0"], "--every is 0"), (["--metric", "precision,best"], "there is no metric 'best'"),
            (["--metric", "auc,auc"], "named twice"),
            (["-k", "0"], "-k is 0"), (["--kos-k", "0"], "--kos-k is 0"), (["--train-users", "0"], "--train-users is 0"),
            (["--components", "0"], "--components is 0"), (["--min-user-likes", "-1"], "--min-user-likes is -1"),
        ])
    func usage(arguments: [String], words: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run(["learning-curve", "--test", "test.psv"] + arguments)
        #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(words), "\(result)")
    }

    @Test("A plot that cannot be made is said before the training")
    func plotNowhere() throws {
        let workspace = try prepared()
        let result = try workspace.likeness.run("learning-curve", "--test", "test.psv", "--epochs", "100000", "--plot", "no/such/curve.svg")
        #expect(result.status == 1 && result.output.isEmpty && result.errors.contains("no/such"), "\(result)")
    }
}
