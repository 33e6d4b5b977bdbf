import Foundation
import Testing

/// The files that people have, taken in by the built program.
struct FilesTests {
    private func pack(_ program: String, _ workspace: Workspace, _ name: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-q", workspace.file(name)]
        try process.run()
        process.waitUntilExit()
    }

    private let ratings =
        "userId,movieId,rating,timestamp\n" + (0..<200).map { "u\($0 % 20),m\($0 % 37),\($0 % 5 + 1),1555333115\n" }.joined()

    @Test("Ratings are shown by a dry run, taken in from gzip, and counted apart")
    func ratingsFromGzip() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try workspace.write(ratings, to: "ratings.csv")
        try pack("gzip", workspace, "ratings.csv")
        let arguments = ["ingest", "likes", "ratings.csv.gz", "--rating", "rating", "--min-rating", "4", "--dislike-below", "2"]
        let dry = try likeness.run(arguments + ["--dry-run", "--time", "timestamp"])
        #expect(dry.status == 0 && dry.output.contains("2019-04-15 12:58:35 UTC"), "\(dry)")
        #expect(dry.output.contains("80 likes, 40 dislikes, 80 neither, 0 rejected; nothing was written"), "\(dry)")
        #expect(try likeness.succeed("stats", "--json").object["likes"]?.integer == 0)
        let report = try likeness.run(arguments + ["--json"]).object
        #expect(report["read"]?.integer == 200 && report["dislikes"]?.integer == 40 && report["passedOver"]?.integer == 80)
        let input = try #require(FileManager.default.contents(atPath: workspace.file("ratings.csv.gz")))
        let piped = try likeness.run(
            ["ingest", "likes", "-", "--rating", "rating", "--min-rating", "4", "--dislike-below", "2", "--json"], input: input)
        #expect(try piped.object["duplicates"]?.integer == 120, "\(piped)")
    }

    @Test("A packed file that is cut off keeps what was read, says so, and goes on when it is whole")
    func cutOff() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        var numbers = SystemRandomNumberGenerator()
        let rows = (0..<30_000).map { "u\($0),i\(UInt64.random(in: 0 ... .max, using: &numbers))\n" }.joined()
        try workspace.write("uid,mid\n" + rows, to: "likes.csv")
        try pack("gzip", workspace, "likes.csv")
        let whole = try #require(FileManager.default.contents(atPath: workspace.file("likes.csv.gz")))
        try workspace.write(Array(whole.prefix(whole.count / 2)), to: "half.csv.gz")
        let result = try likeness.run("ingest", "likes", "half.csv.gz")
        #expect(result.status == 1 && result.errors.contains("cut off") && result.errors.contains("durable"), "\(result)")
        let kept = try likeness.succeed("stats", "--json").object["likes"]?.integer ?? 0
        #expect(kept > 1_000 && kept < 30_000)
        let rest = try likeness.succeed("ingest", "likes", "likes.csv.gz", "--json").object
        #expect(rest["accepted"]?.integer == 30_000 - kept && rest["duplicates"]?.integer == kept)
    }

    @Test("A pipe that ends in the middle of a row loses that row alone, with a reason")
    func pipeEnds() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let result = try likeness.run("ingest", "likes", "-", "--json", input: "uid,mid,x\nu1,i1,1\nu2,i2,\"cut o")
        #expect(result.status == 3)
        let report = try result.object
        #expect(report["accepted"]?.integer == 1 && report["rejected"]?.integer == 1)
        #expect(
            try likeness.succeed("ingest", "likes", "-", "--json", input: "uid,mid,x\nu1,i1,1\nu2,i2,\"cut off\"\n").object["accepted"]?
                .integer == 1)
    }

    @Test(
        "Files that are not text are named with the way to read them",
        arguments: [
            ("x.csv.bz2", Array("BZh91AY&SY123".utf8), "bzcat"), ("x.zip", [0x50, 0x4B, 3, 4, 0, 0, 0, 0], "unzip -p"),
            ("x.csv", [0x7F, 0x45, 0, 0, 1, 0x1B, 10], "no text"),
        ])
    func notText(name: String, bytes: [UInt8], words: String) throws {
        let workspace = try Workspace()
        try workspace.likeness.succeed("init")
        try workspace.write(bytes, to: name)
        let result = try workspace.likeness.run("ingest", "likes", name)
        #expect(result.status == 1 && result.errors.contains(words), "\(result)")
        #expect(result.errors.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
    }

    @Test("Messages show control characters of ids and rows instead of sending them to the terminal")
    func controlCharacters() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try workspace.write("uid,mid,t\nu\u{1B}[31m,i,\nv,i,\u{1B}[2Jx\n", to: "likes.csv")
        let result = try likeness.run("ingest", "likes", "likes.csv", "--time", "t")
        #expect(result.status == 3 && result.errors.contains("\\u{1B}[31m") && result.errors.contains("\\u{1B}[2J"), "\(result)")
        #expect(!result.errors.contains("\u{1B}") && !result.output.contains("\u{1B}"))
    }

    @Test("Options that do not go together are refused with words")
    func usage() throws {
        let workspace = try Workspace()
        for (arguments, words) in [
            (["--rating", "r"], "--min-rating"), (["--min-rating", "4"], "--rating"), (["--dislike-below", "3"], "--rating"),
            (["--rating", "r", "--min-rating", "3", "--dislike-below", "4"], "both"),
            (["--rating", "r", "--min-rating", "3", "--dislikes"], "--dislike-below"), (["--time-format", "%H"], "--time-format"),
            (["--encoding", "ebcdic"], "latin-1"),
        ] {
            let result = try workspace.likeness.run(["ingest", "likes", "x.csv"] + arguments)
            #expect(result.status == 64 && result.errors.contains(words), "\(arguments): \(result)")
        }
    }
}
