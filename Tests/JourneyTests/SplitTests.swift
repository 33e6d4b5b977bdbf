import Foundation
import Testing

/// `likeness split` in all its kinds.
struct SplitTests {
    @Test(
        "Each kind of split writes both files and says how many likes went where",
        arguments: ["held-out", "random", "leave-last-out", "temporal", "cold-items"])
    func kinds(kind: String) throws {
        let workspace = try Workspace()
        let rows = (0..<400).map { "u\($0 % 20)|i\($0 * 7 % 91)|\(1_700_000_000 + $0)" }
        try workspace.write("uid|mid|at\n" + rows.joined(separator: "\n") + "\n", to: "likes.psv")
        var arguments = ["split", "likes.psv", "--train", "train.psv", "--test", "test.psv", "--kind", kind]
        if ["leave-last-out", "temporal"].contains(kind) { arguments += ["--time", "at"] }
        let report = try workspace.likeness.run(arguments + ["--json"]).object
        let (train, test) = (try workspace.rows(of: "train.psv"), try workspace.rows(of: "test.psv"))
        #expect(report["kind"]?.string == kind)
        #expect(report["trainRows"]?.integer == train.count && report["testRows"]?.integer == test.count)
        #expect(train.count + test.count == 400 && !test.isEmpty && train.count > test.count)
        let first = try workspace.read("test.psv")
        let result = try workspace.likeness.run(arguments + ["--force"])
        #expect(result.status == 0 && result.output.contains("to train on") && result.output.contains("to test with"))
        #expect(try workspace.read("test.psv") == first, "one seed gives one split")
    }

    @Test("A split that holds nothing out says so, and a user who likes everything is told why nothing is recommended")
    func nothing() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.write("uid|mid\na|1\na|2\nb|1\nb|2\n", to: "likes.psv")
        let split = try likeness.run(["split", "likes.psv", "--train", "train.psv", "--test", "test.psv"])
        #expect(split.status == 0 && split.errors.contains("warning: nothing was held out"), "\(split)")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "likes.psv")
        try likeness.succeed("fit", "--components", "4", "--min-user-likes", "1", "--min-item-likes", "1")
        let none = try likeness.succeed("recommend", "--user", "a")
        #expect(
            none.output.isEmpty && none.errors.contains("nothing was found in v1: nothing passes")
                && none.errors.contains("--include-liked"))
        #expect(try likeness.succeed("recommend", "--user", "a", "--include-liked", "--json").object["results"]?.array?.count == 2)
    }

    @Test("Times that are none stop a split by time with their line, and no file appears")
    func badTimes() throws {
        let workspace = try Workspace()
        try workspace.write("uid|mid|at\nu1|i1|2026-03-01\nu1|i2|yesterday\n", to: "likes.psv")
        let arguments = ["split", "likes.psv", "--train", "train.psv", "--test", "test.psv", "--kind", "leave-last-out"]
        let result = try workspace.likeness.run(arguments + ["--time", "at"])
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains("likes.psv") && result.errors.contains("'yesterday' in line 3"), "\(result.errors)")
        let other = try workspace.likeness.run(arguments + ["--time", "when"])
        #expect(other.status == 1 && other.errors.contains("\"when\""), "\(other.errors)")
        #expect(!FileManager.default.fileExists(atPath: workspace.file("train.psv")))
    }
}
