import Foundation
import Testing

/// What is not right is refused with words that say what, where and what next; the exit status tells scripts.
struct BadInputTests {
    @Test(
        "A file that cannot be taken in fails with words",
        arguments: [
            ("nowhere.psv", "no such file"), ("folder", "directory"), ("empty.psv", "empty"), ("other.psv", "uid"),
        ])
    func files(name: String, words: String) throws {
        let workspace = try Workspace()
        try FileManager.default.createDirectory(atPath: workspace.file("folder"), withIntermediateDirectories: true)
        try workspace.write("", to: "empty.psv")
        try workspace.write("name|mid|whose\na|i1|u1\n", to: "other.psv")
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let result = try likeness.run("ingest", "likes", name)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("error: ") && result.errors.contains(name), "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
    }

    @Test(
        "What cannot be understood has status 64 and says how it should be",
        arguments: [
            (["fit", "--components", "0"], "--components is 0"), (["fit", "--epochs", "-1"], "--epochs is -1"),
            (["fit", "--learning-rate", "nan"], "--learning-rate"), (["fit", "--loss", "best"], "warp-kos"),
            (["fit", "--max-sampled", "20"], "Add --loss warp"),
            (["fit", "--loss", "als", "--identity-scale", "0"], "--identity-scale is an option"),
            (["fit", "--loss", "softmax", "--max-sampled", "20"], "Add --loss warp"), (["fit", "--margin", "0.5"], "Add --loss warp"),
            (["fit", "--temperature", "0.2"], "without --loss softmax"),
            (["fit", "--loss", "warp", "--negatives", "32"], "without --loss softmax"),
            (["fit", "--loss", "softmax", "--temperature", "0"], "--temperature is 0"),
            (["fit", "--loss", "softmax", "--negatives", "40"], "--negatives is 40"),
            (["fit", "--loss", "softmax", "--start-iterations", "-1"], "iterations is -1"),
            (["fit", "--loss", "warp", "--margin", "0"], "--margin is 0"),
            (["fit", "--loss", "warp", "--margin", "nan"], "--margin is nan"),
            (["evaluate", "--test", "x", "--among", "old"], "cold"),
            (["learning-curve", "--test", "x", "--loss", "als", "--margin", "0.5"], "Add --loss warp"),
            (["learning-curve", "--test", "x", "--regularization", "0.1"], "without --loss als"),
            (["fit", "--as", "v3"], "alias"), (["fit", "--as", "V3"], "alias"), (["versions", "rollback", "v1"], "versions promote v1"),
            (["fit", "--as", "a b"], "alias"),
            (["fit", "--threads", "0"], "--threads is 0"),
            (["fit", "--min-user-likes", "-2"], "--min-user-likes is -2"),
            (["fit", "--max-sampled", "0"], "--max-sampled is 0"),
            (["fit-partial", "--replay", "1.5"], "share"), (["nearest", "items"], "--to"),
            (["nearest", "cats", "--to", "tag:a"], "items"),
            (["nearest", "items", "--to", "tag:a", "-k", "0"], "-k is 0"),
            (["nearest", "items", "--to", "tag:a", "--query", "+tag:b"], "--query"), (["recommend"], "--user"),
            (["split", "data/likes.psv", "--train", "a", "--test", "b", "--fraction", "2"], "fraction"),
            (["split", "x", "--train", "a", "--test", "b", "--kind", "temporal"], "--time"),
            (["split", "x", "--train", "a", "--test", "b", "--kind", "newest"], "leave-last-out"),
            (["split", "x", "--train", "a", "--test", "b", "--time", "at"], "--time goes with"),
            (["split", "x", "--train", "a", "--test", "b", "--kind", "random", "--held-out", "3"], "--held-out goes with"),
            (["ingest", "likes", "x", "--format", "xml"], "psv"), (["frobnicate"], "frobnicate"),
        ])
    func usage(arguments: [String], words: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run(arguments)
        #expect(result.status == 64 && result.output.isEmpty, "\(result)")
        #expect(result.errors.contains(words), "\(result.errors)")
    }

    @Test("A command without a store says how to name one")
    func noStoreNamed() throws {
        let workspace = try Workspace()
        let result = try LikenessProcess(store: nil, folder: workspace.path).run("stats")
        #expect(result.status == 64)
        #expect(result.errors.contains("--store") && result.errors.contains("LIKENESS_STORE"))
    }

    @Test("An empty store has nothing to train and nothing to answer from, and says what to do")
    func emptyStore() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        for (arguments, words) in [
            (["fit"], "ingest likes"), (["fit-partial"], "likeness fit"),
            (["nearest", "items", "--to", "tag:a"], "likeness fit"),
            (["recommend", "--user", "u"], "likeness fit"), (["versions", "rollback"], "alias"),
            (["versions", "show"], "likeness"),
        ] {
            let result = try likeness.run(arguments)
            #expect(result.status == 1 && result.errors.contains(words), "\(arguments): \(result)")
        }
    }

    @Test("One user, or two items, are trained or refused with words, never worse")
    func tinyData() throws {
        for text in ["uid,mid\nu1,i1\n", "uid,mid\nu1,i1\nu1,i2\n", "uid,mid\nu1,i1\nu2,i2\n"] {
            let workspace = try Workspace()
            let likeness = workspace.likeness
            try workspace.write(text, to: "likes.csv")
            try likeness.succeed("init")
            try likeness.succeed("ingest", "likes", "likes.csv")
            let refused = try likeness.run("fit")
            #expect(refused.status == 1 && refused.errors.contains("--min-user-likes"), "\(refused)")
            let result = try likeness.run(
                "fit", "--min-user-likes", "0", "--min-item-likes", "0", "--epochs", "3", "--components", "4")
            #expect(result.status == 0 || result.status == 1 && result.errors.hasPrefix("error: "), "\(result)")
            if result.status == 0 { try likeness.succeed("recommend", "--user", "u1", "--include-liked") }
        }
    }

    @Test(
        "A learning rate that makes the model diverge stops the fit with the epoch and the row, and publishes nothing")
    func divergence() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let result = try likeness.run("fit", "--loss", "warp", "--components", "8", "--epochs", "20", "--learning-rate", "1e38")
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains("epoch") && result.errors.contains("Nothing was published"), "\(result.errors)")
        #expect(try likeness.succeed("versions", "list", "--json").lines.count == 1)
    }

    @Test("Names that are not there are answered with names that are near")
    func unknownNames() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let tag = try workspace.someTag()
        let typo = String(tag.dropLast()) + (tag.hasSuffix("x") ? "y" : "x")
        let result = try likeness.run("nearest", "items", "--to", typo)
        #expect(result.status == 1 && result.errors.contains(typo) && result.errors.contains(tag), "\(result.errors)")
        for (arguments, words) in [
            (["nearest", "items", "--to", "item:nobody-has-this"], "nobody-has-this"),
            (["recommend", "--user", "nobody"], "nobody"),
            (["nearest", "items", "--to", tag, "--version", "v9"], "v1"),
            (["nearest", "items", "--to", tag, "--version", "prodction"], "production"),
            (["versions", "show", "v9"], "v1"), (["versions", "promote", "v9"], "v1"),
            (["versions", "rollback"], "earlier"),
            (["versions", "history", "other"], "production"), (["fit-partial", "--from", "v9"], "v1"),
            (["evaluate", "v9", "--test", "data/likes.psv"], "v1"),
        ] {
            let result = try likeness.run(arguments)
            #expect(result.status == 1 && result.errors.contains(words), "\(arguments): \(result)")
        }
    }
}
