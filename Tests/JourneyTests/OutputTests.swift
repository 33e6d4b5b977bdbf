import Foundation
import Testing

/// Where results go: no output takes the place of something that matters, and none is lost without a word.
struct OutputTests {
    private let workspace: Workspace
    private var likeness: LikenessProcess { workspace.likeness }

    init() throws {
        workspace = try Workspace()
        try workspace.likeness.succeed("demo-data", "data", "--users", "40", "--items", "30", "--likes", "600", "--tags", "8")
        try workspace.likeness.succeed("init")
        try workspace.likeness.succeed("ingest", "likes", "data/likes.psv")
        try workspace.likeness.succeed("fit", "--components", "4")
        try workspace.write("uid|mid|modelname\n\nu1|\n", to: "broken.psv")
    }

    /// Runs a line of the shell, where `likeness` is the program.
    private func shell(_ line: String) throws -> LikenessProcess.Result {
        let text = "likeness() { '\(LikenessProcess.executable)' \"$@\"; }; \(line)"
        return try likeness.start(["-c", text], executable: "/bin/sh").wait()
    }

    @Test(
        "What a command reads is never replaced, not even by force or by another name",
        arguments: [
            ["ingest", "likes", "broken.psv", "--rejects", "OUT"], ["evaluate", "--test", "test.psv", "--per-user", "OUT"],
            ["split", "likes.psv", "--train", "OUT", "--test", "other.psv"],
            ["split", "likes.psv", "--train", "other.psv", "--test", "OUT"],
            ["learning-curve", "--test", "test.psv", "--epochs", "1", "--plot", "OUT"],
        ], [[], ["--force"]])
    func inputs(command: [String], force: [String]) throws {
        try workspace.write("modelname|mid|uid\nx|mnew|unew\n", to: "test.psv")
        try workspace.copy("data/likes.psv", to: "likes.psv")
        let input = command.first { $0.hasSuffix(".psv") && $0 != "other.psv" } ?? ""
        try FileManager.default.createSymbolicLink(atPath: workspace.file("link.psv"), withDestinationPath: workspace.file(input))
        for output in [input, "./" + input, "link.psv", "store/data.mdb", "store/data.mdb-lock"] {
            let before = try Data(contentsOf: URL(fileURLWithPath: workspace.file(output)))
            let result = try likeness.run(command.map { $0 == "OUT" ? output : $0 } + force)
            #expect(result.status == 1 && result.errors.contains("no place for results") || force.isEmpty, "\(output): \(result)")
            #expect(result.status == 1 && result.errors.contains(output), "\(output): \(result)")
            // Readers leave their marks in the lock file.
            if output.hasSuffix("-lock") { continue }
            #expect(try Data(contentsOf: URL(fileURLWithPath: workspace.file(output))) == before, "\(output)")
        }
        try likeness.succeed("versions", "verify")
    }

    @Test(
        "A file that is there is replaced by force alone, before any work is done",
        arguments: [
            ["ingest", "likes", "broken.psv", "--rejects", "OUT"], ["split", "data/likes.psv", "--train", "OUT", "--test", "other.psv"],
            ["recommend", "--all", "--output", "OUT"], ["tune", "--trials", "1", "--held-out", "2", "--plot", "OUT"],
            ["learning-curve", "--test", "test.psv", "--epochs", "1", "--loss", "warp", "--plot", "OUT"],
        ])
    func existing(command: [String]) throws {
        try workspace.write("modelname|mid|uid\n" + (0..<20).map { "x|new\($0)|new\($0)\n" }.joined(), to: "test.psv")
        try workspace.write("precious", to: "old")
        let arguments = command.map { $0 == "OUT" ? "old" : $0 }
        let refused = try likeness.run(arguments)
        #expect(refused.status == 1 && refused.errors.contains("--force"), "\(refused)")
        #expect(try workspace.read("old") == "precious")
        if command[0] == "learning-curve" { return }
        let forced = try likeness.run(arguments + ["--force"])
        #expect(forced.status == 0 || forced.status == 3, "\(forced)")
        #expect(try workspace.read("old") != "precious")
    }

    @Test("Made-up data does not take the place of the user's")
    func demoData() throws {
        try workspace.write("mine", to: "data/feats.psv")
        let result = try likeness.run("demo-data", "data")
        #expect(result.status == 1 && result.errors.contains("data/feats.psv"), "\(result)")
        #expect(try workspace.read("data/feats.psv") == "mine")
        try likeness.succeed("demo-data", "data", "--users", "5", "--items", "5", "--likes", "9", "--force")
    }

    #if os(Linux)
        @Test(
            "Results that a full disk or a closed standard output does not take are an error, and the store is as it was",
            arguments: ["> /dev/full", ">&-"])
        func unwritable(redirection: String) throws {
            for command in [
                "stats", "stats --json", "dump", "nearest items --to item:m1 --json", "versions list", "recommend --all", "versions verify",
                "backup -", "split data/likes.psv --train a.psv --test b.psv --force", "evaluate --test data/likes.psv --per-user -",
            ] {
                let result = try shell("likeness \(command) \(redirection)")
                #expect(result.status == 1 && result.errors.contains("error: "), "\(command): \(result)")
            }
            try likeness.succeed("versions", "verify")
        }

        @Test("A device takes results as they come, and says when it is full")
        func devices() throws {
            try likeness.succeed("recommend", "--all", "--output", "/dev/null")
            for command in ["recommend --all --output /dev/full", "ingest likes broken.psv --rejects /dev/full"] {
                let result = try shell("likeness \(command)")
                #expect(result.status == 1 && result.errors.contains("/dev/full"), "\(command): \(result)")
            }
            #expect(FileManager.default.fileExists(atPath: "/dev/full"))
        }
    #endif

    @Test("A reader that goes away ends the program quietly")
    func closedPipe() throws {
        let result = try shell("likeness recommend --all -k 30 | head -n 1")
        #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    }

    @Test("A backup goes through a pipe, and opens at the other end")
    func backupThroughAPipe() throws {
        let result = try shell("likeness backup - | cat > copy.likeness && likeness stats --json --store copy.likeness")
        #expect(try result.object["versions"]?.integer == 1, "\(result)")
    }

    @Test("A backup that a signal ends leaves nothing, and one beside it is whole")
    func backupInterrupted() throws {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let name = "copy\(signal)"
            var stopping = likeness
            stopping.variables = try FaultInjector.variables(.stop, at: 2, files: "/" + name)
            let process = try stopping.start(["backup", name])
            try process.waitUntilStopped()
            process.send(signal)
            process.send(SIGCONT)
            _ = try process.wait()
            let names = try FileManager.default.contentsOfDirectory(atPath: workspace.path)
            #expect(!names.contains { $0.hasPrefix(name) }, "\(names)")
        }
    }
}
