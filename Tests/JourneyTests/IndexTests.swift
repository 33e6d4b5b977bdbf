import Foundation
import Testing

/// Indexes for approximate search, as they are built and used on the command line.
struct IndexTests {
    @Test func `An index is built, used, listed and removed`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let (tag, user) = (try workspace.someTag(), try workspace.someUser())
        let none = try likeness.run("nearest", "items", "--to", tag, "--nprobe", "3")
        #expect(none.status == 1 && none.errors.contains("likeness index build v1`"))
        #expect(try likeness.succeed("index", "list").errors.contains("there is no index"))
        let built = try likeness.succeed("index", "build", "--lists", "6")
        #expect(built.output.hasPrefix("built the index of v1: 120 items in 6 lists") && built.output.contains("recall@10"), "\(built)")
        let exact = try workspace.identifiers(of: ["nearest", "items", "--to", tag])
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to", tag, "--nprobe", "6"]) == exact)
        #expect(try workspace.identifiers(of: ["recommend", "--user", user, "--recall", "0.9"]).count == 10)
        #expect(
            try workspace.identifiers(of: ["nearest", "items", "--to", tag, "--nprobe", "1", "--where", "not \(tag)", "-k", "15"]).count
                == 15)
        #expect(try likeness.succeed("nearest", "items", "--all", "items", "--nprobe", "2", "-k", "2").lines.count == 241)
        #expect(try likeness.succeed("index", "list", "--json").object["lists"] != nil)
        #expect(try likeness.succeed("versions", "verify").status == 0)
        #expect(try likeness.succeed("index", "remove").output == "removed 1 index\n")
        // Built with the version, and joined by the next one.
        let fitted = try likeness.succeed("fit", "--components", "16", "--index", "ivf")
        #expect(fitted.errors.contains("index of v2: 120 items in"), "\(fitted)")
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\n" + (0..<8).map { "fresh|\(exact[$0])\n" }.joined())
        let continued = try likeness.succeed("fit-partial", "--index", "ivf")
        #expect(continued.errors.contains("index of v3: 120 items in"), "\(continued)")
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to", tag, "--recall", "0.9"]).count == 10)
        #expect(try likeness.succeed("index", "list", "--json").lines.count == 2)
        #expect(try likeness.run("fit", "--index", "trees").status == 64)
        #expect(try likeness.succeed("index", "remove").output == "removed 1 index\n")
        // A version that goes back to one with an index gets one, unless it is not wanted.
        for (name, options, isBuilt) in [("later", ["--index", "none"], false), ("last", [], true)] {
            try likeness.succeed("ingest", "likes", "-", input: "uid|mid\n" + (3..<5).map { "\(name)|\(exact[$0])\n" }.joined())
            let next = try likeness.succeed(["fit-partial"] + options)
            #expect(next.errors.contains("index of v") == isBuilt, "\(next)")
        }
        let listed = try likeness.succeed("index", "list").output
        #expect(listed.contains("v5 items: 120 rows") && !listed.contains("v4 items"), "\(listed)")
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to", tag, "--nprobe", "1000"]).count == 10)
        for (arguments, status, words) in [
            (["index", "build", "v9"], 1, "the newest is v5"), (["index", "build", "--lists", "0"], 64, "--lists is 0"),
            (["index", "build", "--kind", "cats"], 64, "users"),
            (["nearest", "items", "--to", tag, "--nprobe", "0"], 64, "--nprobe is 0"),
            (["nearest", "items", "--to", tag, "--recall", "1.1"], 64, "--recall is 1.1"),
            (["nearest", "items", "--to", tag, "--recall", "0.9", "--nprobe", "2"], 64, "both given"),
        ] {
            let result = try likeness.run(arguments)
            #expect(result.status == Int32(status) && result.errors.contains(words), "\(arguments): \(result)")
        }
    }
}
