import Foundation
import Testing

/// Taking the same likes in again, in parts, and with rows that cannot be kept.
struct IngestTests {
    @Test("The same file a second time adds nothing")
    func twice() throws {
        let workspace = try Workspace()
        try workspace.makeData()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        for (kind, file) in [("likes", "data/likes.psv"), ("features", "data/feats.psv")] {
            let first = try likeness.succeed("ingest", kind, file, "--json").object
            let before = try likeness.succeed("stats", "--json").object.without("fileBytes")
            let second = try likeness.succeed("ingest", kind, file, "--json").object
            #expect(second["accepted"]?.integer == 0)
            #expect(second["duplicates"]?.integer == first["read"]?.integer)
            #expect(try likeness.succeed("stats", "--json").object.without("fileBytes") == before)
        }
    }

    @Test("A file in two parts, the second with the first in it, ends as the whole file does")
    func inParts() throws {
        let (whole, parts) = (try Workspace(), try Workspace())
        try whole.makeData()
        let lines = try whole.read("data/likes.psv").split(omittingEmptySubsequences: false) { $0.isNewline }
        try parts.write(lines.prefix(lines.count / 3).joined(separator: "\n") + "\n", to: "first.psv")
        try parts.write(lines.joined(separator: "\n"), to: "all.psv")
        try whole.likeness.succeed("init")
        try whole.likeness.succeed("ingest", "likes", "data/likes.psv")
        try parts.likeness.succeed("init")
        try parts.likeness.succeed("ingest", "likes", "first.psv")
        try parts.likeness.succeed("ingest", "likes", "all.psv", "--batch-rows", "100")
        let names = ["likes", "users", "items", "lastSequence"]
        let (expected, found) = (
            try whole.likeness.succeed("stats", "--json").object, try parts.likeness.succeed("stats", "--json").object
        )
        for name in names { #expect(found[name] == expected[name] && found[name] != nil, "\(name)") }
    }

    @Test("Rows that cannot be kept are written down with line and reason, and the status is 3")
    func rejects() throws {
        let workspace = try Workspace()
        let bytes: [UInt8] =
            Array("uid,mid,weight\nu1,i1,1\nu2\nu3,i1,1,7\nu4,".utf8) + [0xFF, 0xFE] + Array(",1\nu5,a".utf8) + [0]
            + Array(",1\nu6,i1,many\nu7,i1,-2\nu8,i1,nan\nu9,i1,inf\n,i1,1\nu10,i2,0.5\n".utf8)
        try workspace.write(bytes, to: "likes.csv")
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let result = try likeness.run(
            "ingest", "likes", "likes.csv", "--weight", "weight", "--rejects", "rejects.csv", "--json")
        #expect(result.status == 3)
        let report = try result.object
        #expect(report["read"]?.integer == 11)
        #expect(report["accepted"]?.integer == 2)
        #expect(report["rejected"]?.integer == 9)
        let rejects = try workspace.read("rejects.csv").split(whereSeparator: \.isNewline)
        #expect(rejects.count == 10)
        for (row, line) in zip(rejects.dropFirst(), 3...11) { #expect(row.hasPrefix("\(line),"), "\(row)") }
        #expect(result.errors.contains("rejects.csv"))
    }

    @Test("A field of ten megabytes is rejected, and the rows around it are kept")
    func longField() throws {
        let workspace = try Workspace()
        let long = String(repeating: "x", count: 10_000_000)
        try workspace.write("uid,mid\nu1,i1\n\(long),i1\nu2,i1\n", to: "likes.csv")
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let result = try likeness.run("ingest", "likes", "likes.csv", "--json")
        #expect(result.status == 3)
        #expect(try result.object["accepted"]?.integer == 2)
        #expect(try result.object["rejected"]?.integer == 1)
        #expect(result.errors.utf8.count < 10_000)
    }

    @Test("Features of an item that nobody likes yet are kept until somebody does")
    func featuresFirst() throws {
        let workspace = try Workspace()
        try workspace.makeData()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("fit", "--components", "8", "--epochs", "1")
        #expect(try !workspace.identifiers(of: ["nearest", "items", "--to", workspace.someTag()]).isEmpty)
    }
}
