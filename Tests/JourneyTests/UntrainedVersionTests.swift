import Testing

/// Versions that nothing should point at by itself.
struct UntrainedVersionTests {
    @Test("A version that was not trained is published, moves no alias, and is told; --force moves it")
    func untrained() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let fit = ["fit", "--loss", "warp", "--components", "4", "--epochs", "0"]
        let refused = try likeness.run(fit)
        #expect(refused.status == 1 && refused.output.contains("published v2"), "\(refused)")
        for words in ["v2", "production was not moved", "0 epochs", "versions promote v2", "--force"] {
            #expect(refused.errors.contains(words), "\(words): \(refused.errors)")
        }
        #expect(try likeness.succeed("versions", "show", "production", "--json").object["version"]?.integer == 1)
        let report = try likeness.run(fit + ["--json"])
        let object = try report.object
        #expect(object["alias"] == nil && object["aliasWithheld"]?.string?.contains("not trained") == true, "\(report)")
        #expect(try likeness.run(fit + ["--no-alias"]).status == 0)
        #expect(try likeness.run(fit + ["--force"]).status == 0)
        #expect(try likeness.succeed("versions", "show", "production", "--json").object["version"]?.integer == 5)
        // Continued, it is trained.
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\n" + (0..<30).map { "new|\($0)\nn\($0)|0\n" }.joined())
        try likeness.succeed("fit-partial", "--epochs", "1")
        #expect(try likeness.succeed("versions", "show", "production", "--json").object["version"]?.integer == 6)
    }

    @Test("A feature's weight that is too large to compute with is named with its item, by every loss", arguments: ["als", "warp"])
    func heavyFeature(loss: String) throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let item = try workspace.someItem()
        try likeness.succeed("ingest", "features", "-", "--weight", "w", input: "mid|type|value|w\n\(item)|tag|heavy|3e38\n")
        for weighting in ["tfidf", "raw", "l1"] {
            let refused = try likeness.run("fit", "--loss", loss, "--features", weighting, "--components", "4")
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.errors.contains("tag:heavy") && refused.errors.contains(item) && refused.errors.contains("3e+38"), "\(refused)")
        }
        #expect(try likeness.run("fit", "--loss", loss, "--features", "none", "--components", "4").status == 0)
        try likeness.succeed("ingest", "features", "-", "--weight", "w", input: "mid|type|value|w\n\(item)|tag|heavy|2\n")
        #expect(try likeness.run("fit", "--loss", loss, "--features", "tfidf", "--components", "4").status == 0)
    }

    @Test("A continuation names a weight that is too large as a fit does")
    func heavyContinuation() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let users = try Set(workspace.rows(of: "data/likes.psv").map { $0[2] }).sorted().prefix(8)
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\n" + users.map { "\($0)|brand-new\n" }.joined())
        try likeness.succeed("ingest", "features", "-", "--weight", "w", input: "mid|type|value|w\nbrand-new|tag|heavy|3e38\n")
        let refused = try likeness.run("fit-partial")
        #expect(refused.status == 1 && refused.errors.contains("tag:heavy") && refused.errors.contains("brand-new"), "\(refused)")
    }
}
