import Testing

/// Ids that look like something else on a command line.
struct OddIdsTests {
    @Test("Ids that begin with a dash are taken as they are")
    func dashes() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let rows = (0..<80).map { "-0J\($0 % 8)|--\($0 % 10)" }.joined(separator: "\n")
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\n" + rows + "\n")
        try likeness.succeed("fit", "--components", "4", "--min-user-likes", "1", "--min-item-likes", "1")
        #expect(try likeness.succeed("recommend", "--user", "-0J1", "--include-liked", "--json").object["results"]?.array?.count == 10)
        #expect(try likeness.succeed("recommend", "--likes", "--1,--2", "--json").object["results"]?.array?.isEmpty == false)
        #expect(try likeness.succeed("nearest", "items", "--to", "item:--3", "--json").object["results"]?.array?.count == 9)
        #expect(
            try likeness.succeed("nearest", "items", "--query", "-item:--3 +item:--4", "--json").object["results"]?.array?.isEmpty == false)
        let unknown = try likeness.run("recommend", "--user", "-nobody")
        #expect(unknown.status == 1 && unknown.errors.contains("-nobody"), "\(unknown)")
    }

    @Test("Labels are found whatever the form of their accents, and ids that differ in form alone are told apart with words")
    func forms() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let rows = (0..<60).map { "u\($0 % 6)|\($0 % 10 == 0 ? "caf\u{E9}" : "i\($0 % 10)")\n" }.joined()
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\n" + rows)
        try likeness.succeed("ingest", "features", "-", input: "mid|type|value\ncaf\u{E9}|tag|CAFE\u{301}\ni1|tag|caf\u{E9}\n")
        try likeness.succeed("fit", "--components", "4", "--min-user-likes", "1", "--min-item-likes", "1", "--features", "tfidf")
        #expect(try likeness.succeed("stats", "--json").object["itemFeatures"]?.integer == 1)
        for label in ["tag:caf\u{E9}", "tag:cafe\u{301}", "TAG:Cafe\u{301}"] {
            #expect(try likeness.run("nearest", "items", "--to", label).status == 0, "\(label.debugDescription)")
            #expect(try likeness.run("nearest", "items", "--to", "item:i2", "--where", label).status == 0)
        }
        let unknown = try likeness.run("nearest", "items", "--to", "item:cafe\u{301}")
        #expect(unknown.status == 1 && unknown.errors.contains("'cafe\\u{301}'") && unknown.errors.contains("'caf\\u{E9}'"), "\(unknown)")
        #expect(unknown.errors.contains("another form"))
        #expect(try likeness.run("nearest", "items", "--to", "item:caf\u{E9}").status == 0)
        // Users of both forms are two users.
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\nz\u{E9}|i1\nze\u{301}|i1\n")
        #expect(try likeness.succeed("stats", "--json").object["users"]?.integer == 8)
    }

    @Test("Whatever is printed shows what would steer a terminal, in tables, messages and JSON")
    func steering() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let ids = ["a\u{1B}[31m", "b\u{202E}x", "c\u{9B}m", "d\u{E0001}"]
        let rows = (0..<80).map { "u\($0 % 8),\(ids[$0 % 4])\n" }.joined()
        let taken = try likeness.succeed("ingest", "likes", "-", input: "uid,mid\n" + rows)
        #expect(taken.errors.contains("--trim"))
        try likeness.succeed("fit", "--components", "4", "--min-user-likes", "1", "--min-item-likes", "1")
        var seen = ""
        for arguments in [
            ["nearest", "items", "--to", "item:" + ids[1]], ["nearest", "items", "--to", "item:" + ids[1], "--json"],
            ["recommend", "--user", "u1", "--include-liked"], ["recommend", "--user", "u1", "--include-liked", "--json"],
            ["nearest", "items", "--to", "item:a\u{1B}[32m"], ["find", "a"], ["find", "b", "--json"],
            ["recommend", "--user", "u1", "--explain", "--include-liked"],
        ] {
            let result = try likeness.run(arguments)
            seen += result.output + result.errors
        }
        for scalar in ["\u{1B}", "\u{202E}", "\u{9B}", "\u{E0001}"] { #expect(!seen.contains(scalar), "\(scalar.debugDescription)") }
        for escape in ["\\u{1B}[31m", "\\u{202E}x", "\\u001b", "\\u202e", "\\u009b", "\\udb40\\udc01"] {
            #expect(seen.lowercased().contains(escape.lowercased()), "\(escape)")
        }
        // JSON stays JSON: its reader gets the ids as they are.
        let found = try likeness.succeed("recommend", "--user", "u1", "--include-liked", "--json").object
        #expect(Set(found["results"]?.array?.compactMap { $0["id"]?.string } ?? []) == Set(ids))
    }

    @Test("The program says which version it is")
    func version() throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run("--version")
        #expect(result.status == 0 && result.output.contains("format 1, LMDB 0.9"), "\(result)")
    }
}
