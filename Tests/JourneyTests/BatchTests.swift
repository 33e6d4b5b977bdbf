import Foundation
import Testing

/// Many queries in one go, as they are asked on the command line.
struct BatchTests {
    @Test func `The item-to-item table and listed queries hold what each query alone answers`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let (item, tag) = (try workspace.someItem(), try workspace.someTag())
        let alone = try workspace.identifiers(of: ["nearest", "items", "--to", "item:\(item)", "-k", "3"])
        let done = try likeness.succeed("nearest", "items", "--all", "items", "-k", "3", "--output", "similar.csv", "--threads", "2")
        #expect(done.output.hasPrefix("found 3 neighbours each for 1"), "\(done)")
        let rows = try workspace.read("similar.csv").split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect(rows.filter { $0[0] == item }.map { $0[2] } == alone)

        try workspace.write("\u{FEFF}\(tag)\r\n\r\nitem:\(item)\nitem:no\u{1B}[31m\n+\(tag) -item:\(item)\n", to: "queries.txt")
        let listed = try likeness.succeed("nearest", "items", "--batch", "queries.txt", "-k", "3", "--json")
        let objects = try listed.json
        #expect(objects.compactMap { $0["query"]?.string } == [tag, "item:\(item)", "+\(tag) -item:\(item)"])
        #expect(objects[1]["results"]?.array?.compactMap { $0["id"]?.string } == alone)
        #expect(listed.errors.contains(#"query 3: there is no item 'no\u{1B}[31m'"#) && !listed.errors.contains("\u{1B}"))
        let piped = try likeness.succeed("nearest", "tags", "--batch", "-", "-k", "2", input: "item:\(item)\n")
        #expect(piped.lines.count == 3 && piped.lines[0] == "query|rank|id|score")
    }

    @Test func `A batch goes on after what an earlier one has done`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        for (name, query) in [
            ("all.jsonl", ["recommend", "--all", "-k", "2"]), ("near.psv", ["nearest", "users", "--all", "users", "-k", "2"]),
        ] {
            #expect(try likeness.run(query + ["--output", name]).status == 0)
            let lines = try workspace.read(name).split(separator: "\n", omittingEmptySubsequences: false)
            let head = name == "all.jsonl" ? 50 : 101
            try workspace.write(lines.prefix(head).joined(separator: "\n") + "\n", to: "part-" + name)
            let rest = try likeness.run(query + ["--output", "part-" + name, "--skip", "50", "--append"])
            #expect(rest.status == 0, "\(rest)")
            #expect(try workspace.read("part-" + name) == workspace.read(name))
        }
    }

    @Test func `What cannot be asked in a batch is refused with words, and an empty list is an empty answer`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        try workspace.write("", to: "empty.txt")
        try workspace.write("nobody\nno one\n", to: "strangers.txt")
        try workspace.write([0x75, 0x31, 0x0A, 0xFF, 0x0A], to: "latin.txt")
        for arguments in [["nearest", "items", "--batch", "empty.txt"], ["recommend", "--users", "empty.txt"]] {
            let empty = try likeness.run(arguments)
            #expect(empty.status == 0 && empty.lines.count == 1 && empty.errors.contains("nothing in empty.txt"), "\(empty)")
        }
        for (arguments, status, words) in [
            (["recommend", "--users", "strangers.txt"], 1, "nothing was answered"),
            (["recommend", "--users", "latin.txt"], 1, "line 2 of latin.txt is not UTF-8"),
            (["recommend", "--users", "missing.txt"], 1, "missing.txt"),
            (["nearest", "items", "--batch", "missing.txt"], 1, "missing.txt"),
            (["nearest", "items", "--batch", "empty.txt", "--all", "items"], 64, "--all and --batch"),
            (["nearest", "items", "--batch", "empty.txt", "--to", "tag:a"], 64, "more than one of"),
            (["nearest", "items", "--to", "tag:a", "--skip", "3"], 64, "go with --batch"),
            (["nearest", "items", "--all", "items", "-k", "0"], 64, "-k is 0"),
            (["nearest", "items", "--all", "items", "--append"], 64, "--append goes with"),
            (["nearest", "items", "--all", "items", "--json", "--output", "x"], 1, "--json writes one object"),
            (["nearest", "items", "--all", "items", "--output", "."], 1, "folder"),
            (["nearest", "items", "--all", "items", "--type", "tag"], 64, "--type goes with"),
            (
                ["nearest", "tags", "--to", try workspace.someTag(), "--type", "genre"], 1,
                "no feature of an item has the type 'genre'; there are: "
            ),
        ] {
            let result = try likeness.run(arguments)
            #expect(result.status == Int32(status) && result.errors.contains(words), "\(arguments): \(result)")
        }
    }

    @Test func `Ctrl-C leaves whole lines and says how to go on`() throws {
        let workspace = try Workspace()
        try workspace.makeData(users: 4_000, items: 300, likes: 30_000)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("fit", "--components", "8")
        let whole = try likeness.succeed("recommend", "--all", "-k", "2").lines
        let run = try likeness.start(["recommend", "--all", "-k", "2", "--threads", "1"])
        run.send(SIGINT)
        let result = try run.wait()
        // The signal may come before the program watches for it, or after it is done.
        guard result.status == 130 else { return }
        #expect(result.output.isEmpty || result.output.hasSuffix("\n"))
        #expect(Array(whole.prefix(result.lines.count)) == result.lines)
        guard let range = result.errors.firstRange(of: "--skip ") else { return }
        let skip = try #require(Int(result.errors[range.upperBound...].prefix { $0.isNumber }))
        #expect(result.lines.count == 1 + 2 * skip)
    }
}
