import ArgumentParser
import Foundation
import Testing

@testable import LikenessCLI

/// The examples in the help texts are understood, and run.
struct HelpExamplesTests {
    /// The examples of all commands, one line each.
    private static func examples() throws -> [String] {
        var likeness = LikenessProcess(store: nil, folder: "/")
        likeness.variables["COLUMNS"] = "500"
        var examples: Set<String> = []
        for command in HelpTests.commands {
            for line in try likeness.run(command + ["--help"]).output.split(separator: "\n") {
                let words = line.drop { $0 == " " }
                let example = words.hasPrefix("Example: ") ? words.dropFirst("Example: ".count) : words
                if example.hasPrefix("likeness "), line.hasPrefix(" ") || line.hasPrefix("Example: ") { examples.insert(String(example)) }
            }
        }
        return examples.sorted()
    }

    /// The words of a command as a shell has them; pipes and redirections end it.
    private static func words(_ command: String) -> [String] {
        var words: [String] = []
        var (word, isOpen, hasWord) = ("", false, false)
        for character in command {
            switch character {
            case "'":
                isOpen.toggle()
                hasWord = true
            case " " where !isOpen:
                if hasWord || !word.isEmpty { words.append(word) }
                (word, hasWord) = ("", false)
            case "|" where !isOpen: return words
            default: word.append(character)
            }
        }
        return words + (hasWord || !word.isEmpty ? [word] : [])
    }

    @Test("Every example in a help text is understood")
    func parse() throws {
        let examples = try HelpExamplesTests.examples()
        #expect(examples.count > 60)
        // Examples leave the store to the variable.
        StoreOptions.useInShell("store")
        for example in examples {
            #expect(throws: Never.self, "\(example)") {
                _ = try LikenessCommand.parseAsRoot(Array(HelpExamplesTests.words(example).dropFirst()))
            }
        }
    }

    /// A folder with everything that the examples name.
    private func prepared() throws -> Workspace {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        let items = ["a1b2", "c3d4", "e5f6"] + (0..<37).map { "i\($0)" }
        let pairs = (0..<60).flatMap { user in items.indices.filter { ($0 * 7 + user * 5) % 11 < 4 }.map { (user: user, item: items[$0]) } }
        let names = Dictionary(uniqueKeysWithValues: items.enumerated().map { ($1, $0 % 2 == 0 ? "Blue Dragon \($0)" : "Red Fox \($0)") })
        let psv = "modelname|mid|uid\n" + pairs.map { "\(names[$0.item] ?? "")|\($0.item)|u\($0.user)\n" }.joined()
        try workspace.write(psv, to: "likes.psv")
        try workspace.write(
            "uid,mid,created_at\n" + pairs.enumerated().map { "u\($1.user),\($1.item),\(1_600_000_000 + $0)\n" }.joined(), to: "likes.csv")
        try workspace.write("mid|uid\ni1|u1\n", to: "thumbs-down.psv")
        try workspace.write("uid,mid\nu1,i1\n", to: "unliked.csv")
        try workspace.write("uid,mid,hours\nu1,i1,2.5\nu1,i1,7\n", to: "hours.csv")
        for list in ["leavers.txt", "users.txt"] { try workspace.write("u1\nu2\n", to: list) }
        try workspace.write("userId,movieId,rating\n1,2,4.5\n1,3,2\n", to: "ratings.csv")
        try workspace.write("196\t242\t3\t881250949\n", to: "u.data")
        try workspace.write(#"{"user_id":"u1","track":{"id":"t1"}}"# + "\n", to: "plays.jsonl")
        try workspace.write("mid|kind|label\na1b2|tag|dragon\n", to: "feats.psv")
        try workspace.write("movieId,genres\n1,Animation|Comedy\n", to: "movies.csv")
        try workspace.write(#"{"book_id":"b1","tags":["a","b"],"author":"x"}"# + "\n", to: "books.jsonl")
        try workspace.write("tag:dragon\nitem:a1b2\n", to: "queries.txt")
        try workspace.write("item:a1b2,item:c3d4\n", to: "pairs.csv")
        let tags = ["dragon", "dragons", "anime"]
        let features = items.enumerated().flatMap { place, item in
            ["\(item)|tag|\(tags[place % 3])\n", "\(item)|category|\(place % 2 == 0 ? "characters" : "animals")\n"]
        }
        try workspace.write("mid|type|value\n" + features.joined(), to: "item-feats.psv")
        let users = (0..<60).map { "u\($0)|country|\($0 % 2 == 0 ? "fr" : "de")\nu\($0)|plan|\($0 % 3 == 0 ? "pro" : "free")\n" }
        try workspace.write("mid|type|value\n" + users.joined(), to: "user-feats.psv")
        let setup = """
            set -e
            likeness demo-data data --users 60 --items 40 --likes 900
            likeness init
            likeness split likes.psv --train train.psv --test test.psv --held-out 1
            likeness ingest likes train.psv
            likeness ingest features item-feats.psv
            likeness ingest features user-feats.psv --of users
            for i in 1 2 3 4 5 6 7 8 9 10 11; do likeness fit --components 8 --epochs 2 --threads 1; done
            likeness fit --components 8 --epochs 2 --threads 1 --as canary
            likeness versions promote v11
            likeness index build production --lists 4
            likeness versions export production model.pack
            likeness replica publish remote
            likeness replica pull remote --store replica
            likeness replica publish standby-remote --full
            likeness replica pull standby-remote --full --store standby
            gzip ratings.csv
            """
        let result = try shell(workspace.path).start(["-c", setup], executable: "/bin/sh").wait()
        #expect(result.status == 0, "\(result)")
        return workspace
    }

    private func shell(_ folder: String) -> LikenessProcess {
        var shell = LikenessProcess(store: "store", folder: folder)
        let programs = URL(fileURLWithPath: LikenessProcess.executable).deletingLastPathComponent().path
        shell.variables["PATH"] = programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        return shell
    }

    @Test("Every example in a help text runs, but for those that go on for minutes")
    func run() throws {
        let workspace = try prepared()
        for example in try HelpExamplesTests.examples() {
            if example.hasPrefix("likeness tune") || example.hasPrefix("likeness follow") || example.contains("--follow") { continue }
            var command = example
            for (written, here) in [
                ("/mnt/models", "remote"), ("/mnt/standby", "standby-remote"), ("s3://models/likeness", "remote"),
                (" --endpoint http://127.0.0.1:8333", ""),
                ("replica promote --store", "replica promote standby-remote --store"), ("--among cold", "--among warm"),
                ("--lists 4000", "--lists 4"), ("2026-11-20T12:00:00Z", "2099-01-01T00:00:00Z"),
                ("index remove v12", "index build v12 && likeness index remove v12"),
            ] {
                command = command.replacing(written, with: here)
            }
            let folder = workspace.path + "-copy"
            try FileManager.default.copyItem(atPath: workspace.path, toPath: folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            // What an example makes must not be there yet.
            let made = ["likeness init": "store", "likeness demo-data": "data", "likeness versions export": "model.pack"]
            for (start, name) in made where command.hasPrefix(start) { try? FileManager.default.removeItem(atPath: folder + "/" + name) }
            if command.hasPrefix("likeness split") {
                for name in ["train.psv", "test.psv"] { try? FileManager.default.removeItem(atPath: folder + "/" + name) }
            }
            let result = try shell(folder).start(["-c", command], executable: "/bin/sh").wait()
            #expect(result.status == 0, "\(command): \(result)")
        }
    }
}
