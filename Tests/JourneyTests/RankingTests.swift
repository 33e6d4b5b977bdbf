import Foundation
import Testing

/// Reasons, rules, vectors, pairs and names, as they are asked for on the command line.
struct RankingTests {
    @Test func `Recommendations say what speaks for them`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let user = try workspace.someUser()
        let table = try likeness.succeed("recommend", "--user", user, "-k", "2", "--explain")
        #expect(table.lines.contains { $0.contains("  like ") } && table.lines.contains { $0.contains("  tag ") }, "\(table)")
        let object = try likeness.succeed("recommend", "--user", user, "-k", "2", "--explain", "--json").object
        let reasons = try #require(object["results"]?.array?.first?["reasons"])
        #expect(reasons["likes"]?.array?.count == 3 && reasons["isExact"] != nil)
        let folded = try likeness.succeed("recommend", "--likes", try workspace.someItem(), "--explain", "-k", "1")
        #expect(try folded.output.contains("like " + (try workspace.someItem())))
    }

    @Test func `Rules change what is shown, alone and in a batch`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let user = try workspace.someUser()
        func ids(_ arguments: String...) throws -> [String] { try workspace.identifiers(of: arguments) }
        let plain = try ids("recommend", "--user", user, "-k", "5")
        let rare = try ids("recommend", "--user", user, "-k", "5", "--popularity", "5")
        let diverse = try ids("recommend", "--user", user, "-k", "5", "--diversify", "0.9")
        #expect(rare != plain && diverse != plain && diverse.first == plain.first)
        #expect(try ids("nearest", "items", "--to", "user:\(user)", "--popularity", "-0.1").count == 10)
        let tag = try workspace.someTag()
        let one = try ids("nearest", "items", "--to", tag, "-k", "50", "--max-per-type", "tag:1")
        #expect(one.count < 50)
        try workspace.write("\(user)\n", to: "users.txt")
        let batch = try workspace.likeness.succeed("recommend", "--users", "users.txt", "-k", "5", "--popularity", "5", "--json")
        #expect(try batch.object["results"]?.array?.compactMap { $0["id"]?.string } == rare)
    }

    @Test func `A vector that is printed can be looked for`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let tag = try workspace.someTag()
        let vector = try likeness.succeed("nearest", "items", "--to", tag, "--print-vector").output
        try workspace.write(vector, to: "vector.json")
        let near = try workspace.identifiers(of: ["nearest", "items", "--to", tag])
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to-vector", "vector.json"]) == near)
        try workspace.write(vector.replacingOccurrences(of: ",", with: " \n").filter { !"[]".contains($0) }, to: "vector.txt")
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to-vector", "vector.txt"]) == near)
        #expect(try likeness.succeed("recommend", "--user", try workspace.someUser(), "--print-vector").output.hasPrefix("["))
        for (text, words) in [
            ("1,2,x", "'x' in bad.txt"), ("1,2,nan", "no finite number"), ("1 2 3", "has 3 numbers"), ("", "has 0 numbers"),
        ] {
            try workspace.write(text, to: "bad.txt")
            let bad = try likeness.run("nearest", "items", "--to-vector", "bad.txt")
            #expect(bad.status == 1 && bad.errors.contains(words), "\(text): \(bad)")
        }
    }

    @Test func `Pairs are scored, and names are found`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let (user, item, tag) = (try workspace.someUser(), try workspace.someItem(), try workspace.someTag())
        let alone = try likeness.succeed("similar", "user:\(user)", "item:\(item)", "--json").object
        #expect(alone["cosine"] != nil && alone["score"] != nil)
        try workspace.write("first,second\nuser:\(user),item:\(item)\n\(tag),item:\(item)\n\(tag)\nitem:none,\(tag)\n", to: "pairs.csv")
        let scored = try likeness.succeed("similar", "--pairs", "pairs.csv", "--output", "scores.csv")
        let rows = try workspace.read("scores.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.count == 3 && rows[0] == ["first", "second", "cosine", "score"] && rows[2][3].isEmpty && !rows[1][3].isEmpty)
        #expect(scored.errors.contains("line 4 does not hold two terms") && scored.errors.contains("no item 'none'"))
        let found = try likeness.succeed("find", tag.split(separator: ":")[1].description, "--json")
        #expect(try found.json.contains { $0["id"]?.string == tag })
        #expect(try likeness.succeed("find", item).output.contains("item:" + item))
        #expect(try likeness.succeed("find", "no such thing").errors == "nothing was found\n")
        for (arguments, status, words) in [
            (["find", " "], 1, "nothing to find"), (["find"], 64, "text"), (["find", "a", "-k", "0"], 64, "-k is 0"),
            (["similar", "item:a"], 64, "two terms"), (["similar", "--pairs", "missing.csv"], 1, "missing.csv"),
            (["similar", "item:\u{1B}", tag], 1, #"\u{1B}"#),
            (["recommend", "--user", user, "--diversify", "2"], 64, "between 0 and 1"),
            (["recommend", "--user", user, "--max-per-type", "tag"], 64, "category:2"),
            (["recommend", "--user", user, "--max-per-type", "tag:0"], 64, "category:2"),
            (["recommend", "--all", "--explain"], 1, "JSON lines"), (["recommend", "--all", "--print-vector"], 64, "one user"),
            (["nearest", "items", "--to", tag, "--since", "yesterday"], 64, "ISO 8601"),
            (["nearest", "items", "--to", tag, "--since", "2020-01-01"], 1, "no like in the store has a time"),
            (["nearest", "items", "--all", "items", "--print-vector"], 64, "--print-vector goes with"),
        ] {
            let result = try likeness.run(arguments)
            #expect(result.status == Int32(status) && result.errors.contains(words), "\(arguments): \(result)")
            #expect(!result.errors.contains("\u{1B}"))
        }
    }
}
