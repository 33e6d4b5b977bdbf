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

    @Test("The program says which version it is")
    func version() throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run("--version")
        #expect(result.status == 0 && result.output.contains("format 1, LMDB 0.9"), "\(result)")
    }
}
