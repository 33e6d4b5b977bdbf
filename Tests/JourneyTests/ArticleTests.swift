import Foundation
import Testing

/// `tools/article`, the course of the article that this grew out of, on made-up data.
struct ArticleTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("tools/article").path

    private func run(_ arguments: [String], in workspace: Workspace) throws -> LikenessProcess.Result {
        var shell = LikenessProcess(store: nil, folder: workspace.path)
        shell.variables["LIKENESS"] = LikenessProcess.executable
        return try shell.start([ArticleTests.script] + arguments, executable: "/bin/bash").wait()
    }

    @Test("The whole course runs, from ids alone to tag suggestions, and leaves its figures")
    func course() throws {
        let workspace = try Workspace()
        try workspace.makeData(users: 120, items: 80, likes: 2_400)
        let result = try run(
            ["data/likes.psv", "data/feats.psv", "--trials", "3", "--epochs", "4", "--folder", "course"], in: workspace)
        try #require(result.status == 0, "\(result.output)\n\(result.errors)")
        for step in [
            "likeness split", "--features none", "compare ids tags", "tune --trials 3", "--fit --as best", "compare ids best",
            "ingest likes test.psv", "the items that are most", "nearest tags --to item:",
        ] {
            #expect(result.output.contains(step), "\(step)")
        }
        for figure in ["curve.svg", "tune.svg"] { #expect(try workspace.read("course/" + figure).hasPrefix("<svg ")) }
        let store = LikenessProcess(store: "course/store", folder: workspace.path)
        let current = try store.succeed("versions", "show", "production", "--json").object
        // What was held out is part of the last model, and not of those that were compared.
        let best = try store.succeed("versions", "show", "best", "--json").object
        #expect(current["likes"]?.integer ?? 0 > best["likes"]?.integer ?? .max)
    }

    @Test("What it cannot work with is said before anything is done")
    func faults() throws {
        let workspace = try Workspace()
        try workspace.write("x\n", to: "file")
        for (arguments, words) in [
            ([], "usage"), (["file"], "usage"), (["file", "none"], "none cannot be read"), (["file", "file", "file"], "one file too many"),
            (["file", "file", "--speed"], "no option --speed"), (["file", "file", "--tag"], "--tag needs a value"),
            (["file", "file", "--folder", "."], "is not empty"),
        ] {
            let result = try run(arguments, in: workspace)
            #expect(result.status == 1 && result.errors.contains(words), "\(arguments): \(result)")
        }
    }
}
