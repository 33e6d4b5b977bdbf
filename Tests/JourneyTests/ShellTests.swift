import Foundation
import Testing

@testable import LikenessCLI

/// `likeness shell`, fed by a pipe.
struct ShellTests {
    /// Runs lines in a shell on the workspace's store.
    private func shell(_ workspace: Workspace, _ lines: String...) throws -> LikenessProcess.Result {
        try workspace.likeness.run("shell", input: lines.joined(separator: "\n") + "\n")
    }

    @Test("Lines of the shell print what the commands print, and the store stays open between them")
    func commands() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let tag = try workspace.someTag()
        let alone = try workspace.likeness.succeed("nearest", "items", "--to", tag, "-k", "3")
        let found = try shell(
            workspace, "nearest items --to \(tag) -k 3", "", "# a comment", "likeness nearest items --to '\(tag)' -k 3", "exit", "stats")
        #expect(found.status == 0 && found.output == alone.output + alone.output, "\(found)")
        let changed = try shell(
            workspace, "fit --components 4 --note 'in the shell'", "versions list --json", "versions rollback",
            "versions show production --json")
        #expect(changed.status == 0 && changed.output.contains("published v2") && changed.output.contains("in the shell"), "\(changed)")
        #expect(try changed.lines.last.map { try JSON(parsing: $0) }?["version"]?.integer == 1)
    }

    @Test("A line that fails says why, the next one goes on, and the exit status tells")
    func failures() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let tag = try workspace.someTag()
        let found = try shell(
            workspace, "nearest items --to tag:nothing-like-this", "no-such-command", "nearest items --to 'open", "shell", "stats --json",
            "nearest items --to \(tag) -k 1")
        #expect(found.status == 1)
        for words in ["nothing-like-this", "no-such-command", "within the quote '", "a shell already"] {
            #expect(found.errors.contains(words), "\(words): \(found)")
        }
        #expect(found.lines.count == 3 && found.output.contains("\"likes\""), "\(found)")
        let helped = try shell(workspace, "help", "help nearest", "nearest --help")
        #expect(
            helped.status == 0 && helped.errors.isEmpty && helped.output.contains("SUBCOMMANDS") && helped.output.contains("--diversify"),
            "\(helped)")
        #expect(try shell(workspace, "").status == 0)
    }

    @Test("A shell may make its store, and works beside other processes that write")
    func besideOthers() throws {
        let workspace = try Workspace()
        try workspace.makeData()
        let made = try shell(workspace, "stats", "init", "ingest likes data/likes.psv", "stats --json")
        #expect(made.status == 1 && made.errors.contains("there is no store"), "\(made)")
        #expect(made.lines.last?.contains("\"likes\":") == true)
        let input = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: LikenessProcess.executable)
        process.arguments = ["shell", "--store", workspace.file("store")]
        process.currentDirectoryURL = URL(fileURLWithPath: workspace.path)
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        func line() throws -> String {
            var bytes = Data()
            while bytes.last != 0x0A, let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty { bytes += byte }
            return String(decoding: bytes, as: UTF8.self)
        }
        try input.fileHandleForWriting.write(contentsOf: Data("stats --json\n".utf8))
        let before = try JSON(parsing: try line())["likes"]?.integer ?? 0
        try workspace.likeness.succeed("ingest", "likes", "-", input: "uid|mid\nlate|one\nlate|two\n")
        try input.fileHandleForWriting.write(contentsOf: Data("stats --json\n".utf8))
        #expect(try JSON(parsing: try line())["likes"]?.integer == before + 2)
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test("What may follow is commands, options, ids, labels and names, each as it is written")
    func completions() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed(
            "ingest", "likes", "-",
            input: "modelname|mid|uid\nTilt Brush|a1|u1\nTilt Broom|a2|u1\nplain|b1|u2\nTwo \"quotes\"|c 1|u 3\n")
        try likeness.succeed("ingest", "features", "-", input: "mid|type|value\na1|tag|dragon\na2|tag|dragons\nb1|tag|low poly\n")
        func complete(_ text: String) throws -> [String] { try shell(workspace, "complete " + text).lines }
        #expect(try complete("near") == ["nearest"])
        #expect(try complete("versions pro") == ["promote"])
        #expect(try complete("versions ").contains("rollback"))
        #expect(try complete("nearest items --div") == ["--diversify"])
        #expect(try complete("nearest items --to tag:dr") == ["tag:dragon", "tag:dragons"])
        #expect(try complete("nearest items --to TAG:DR") == ["tag:dragon", "tag:dragons"])
        #expect(try complete("nearest items --to tag:lo") == ["\"tag:low poly\""])
        #expect(try complete("nearest items --to tag:\"lo") == ["tag:\"low poly\""])
        #expect(try complete("nearest items --to item:a") == ["item:a1", "item:a2"])
        #expect(try complete("nearest items --query +2*item:a1") == ["+2*item:a1"])
        #expect(try complete("nearest items --to item:\"Tilt Br") == ["item:\"name=Tilt Brush\"", "item:\"name=Tilt Broom\""])
        #expect(try complete("nearest items --to item:\"name=Tilt Bru") == ["item:\"name=Tilt Brush\""])
        #expect(try complete("nearest items --to item:name=two") == ["\"item:name=Two \\\"quotes\\\"\""])
        #expect(try complete("recommend --user u") == ["\"u 3\"", "u1", "u2"])
        #expect(try complete("nearest items --to ta") == ["tag:dragon", "tag:dragons", "\"tag:low poly\""])
        #expect(try complete("nearest items --to zzz").isEmpty)
    }

    @Test(
        "A line is divided as a shell divides it",
        arguments: [
            ("a b  c", ["a", "b", "c"]), ("", []), ("  ", []), ("'a b' \"c d\"e", ["a b", "c de"]), ("a\\ b", ["a b"]), ("''", [""]),
            ("item:\"x \\\" y\"", ["item:x \" y"]), ("'it\\'s", ["it\\s"]), ("a # b", ["a"]), ("a#b", ["a#b"]), ("#", []),
            ("a\tb", ["a", "b"]),
            ("tag:é 'ü'", ["tag:é", "ü"]),
        ])
    func words(line: String, words: [String]) {
        #expect(ShellWords(line).words == words)
    }

    @Test("What is quoted is one word again", arguments: ["a", "a b", "a'b", "a\"b", "a\\b", "'", "\"", "", "#a", "tag:low poly", "é ü"])
    func quoting(word: String) {
        for quote: Character in ["\"", "'"] {
            let split = ShellWords("x " + ShellWords.quoted(word, with: quote))
            #expect(split.words == ["x", word] && split.openQuote == nil)
        }
    }
}
