import Foundation
import Testing

/// What is asked too much, too long, or with ids that look like something else.
struct QueryFaultTests {
    @Test("Ids with signs, colons, spaces, quotes and control characters are taken in every place where an id is written")
    func oddIds() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        let ids = [
            "a:b", "+plus", "-minus", "with space", "quo\"te", "com,ma", "back\\slash", "tab\there", "bell\u{7}", "it's", "#hash", "(x)",
            "2*two",
            " edge ", "name=x",
        ]
        func cell(_ id: String) -> String { "\"" + id.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }
        func quoted(_ id: String) -> String {
            "\"" + id.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
        var likes = "uid,mid\n"
        for (user, name) in ids.enumerated() {
            for item in 0..<9 { likes += "\(cell(name)),\(cell(ids[(user * 2 + item) % ids.count]))\n" }
        }
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "-", "--format", "csv", input: likes)
        try likeness.succeed("fit", "--components", "4", "--min-user-likes", "1", "--min-item-likes", "1", "--features", "none")
        func found(_ query: String...) throws -> [String] { try workspace.identifiers(of: query + ["-k", "99"]) }
        for (place, id) in ids.enumerated() {
            let other = ids[(place + 1) % 10]
            let nearOther = ["nearest", "items", "--to", "item:\(other)", "-k", "99"]
            #expect(try found("recommend", "--user", id).count == ids.count - 9, "\(id)")
            let liked = try found("recommend", "--likes", quoted(id))
            #expect(liked.count == ids.count - 1 && !liked.contains(id), "\(id)")
            let disliked = try found("recommend", "--likes", quoted(other), "--dislikes", quoted(id))
            #expect(disliked.count == ids.count - 2 && !disliked.contains(id), "\(id)")
            let near = try found("nearest", "items", "--to", "item:\(id)")
            #expect(near.count == ids.count - 1 && !near.contains(id), "\(id)")
            #expect(try found("nearest", "items", "--query", "+item:\(quoted(id))") == near, "\(id)")
            #expect(try found("nearest", "users", "--to", "user:\(id)").count == ids.count - 1, "\(id)")
            let unseen = try workspace.identifiers(of: nearOther + ["--not-liked-by", id])
            #expect(unseen.count >= ids.count - 10 && unseen.count <= ids.count - 9, "\(id)")
            try workspace.write(id + "\n", to: "list.txt")
            #expect(try workspace.identifiers(of: nearOther + ["--allow", "list.txt"]) == [id], "\(id)")
            let rest = try workspace.identifiers(of: nearOther + ["--deny", "list.txt"])
            #expect(rest.count == ids.count - 2 && !rest.contains(id), "\(id)")
            #expect(try likeness.succeed("similar", "item:\(quoted(id))", "item:\(quoted(other))").output.hasPrefix("cosine"), "\(id)")
            #expect(
                try likeness.succeed("similar", "user:\(quoted(id))", "item:\(quoted(other))", "--ranks", "--include-liked").status == 0)
            let typed = ShellLine.word(id)
            let shell = try likeness.succeed("shell", input: "recommend --user \(typed) -k 99 --json\n")
            #expect(try shell.object["results"]?.array?.count == ids.count - 9, "\(id): \(shell)")
        }
        // All of them in files.
        try workspace.write(ids.joined(separator: "\n") + "\n", to: "users.txt")
        let users = try likeness.succeed("recommend", "--users", "users.txt", "--json").json
        #expect(users.compactMap { $0["user"]?.string } == ids)
        let terms = ids.map { "item:\(quoted($0))" }
        try workspace.write(terms.joined(separator: "\n") + "\n", to: "queries.txt")
        let answers = try likeness.succeed("nearest", "items", "--batch", "queries.txt", "--json").json
        #expect(answers.compactMap { $0["query"]?.string } == terms)
        try workspace.write("a,b\n" + terms.map { "\(cell($0)),\(cell(terms[0]))\n" }.joined(), to: "pairs.csv")
        #expect(try likeness.succeed("similar", "--pairs", "pairs.csv", "--json").lines.count >= ids.count)
        try likeness.succeed("nearest", "items", "--all", "items", "--output", "table.csv")
        let rows = try workspace.read("table.csv")
        for id in ids { #expect(rows.contains(id.contains("\"") || id.contains(",") ? cell(id) : id), "\(id)") }
        // Messages show them harmlessly, whatever is wrong.
        for arguments in [
            ["recommend", "--user", "bell\u{7}\u{1B}[2J"], ["nearest", "items", "--to", "item:bell\u{7}\u{1B}[2J"],
            ["recommend", "--likes", "bell\u{7}\u{1B}[2J"], ["similar", "item:bell\u{7}\u{1B}[2J", "item:a:b"],
            ["nearest", "items", "--to", "item:a:b", "--not-liked-by", "bell\u{7}\u{1B}[2J"],
        ] {
            let result = try likeness.run(arguments)
            #expect(result.status == 1 && !result.errors.contains("\u{1B}") && !result.errors.contains("\u{7}"), "\(arguments): \(result)")
        }
    }

    /// Words as they are typed in the shell.
    private enum ShellLine {
        static func word(_ id: String) -> String {
            "\"" + id.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
    }

    @Test("However many are asked for, there are as many as there are; none is refused")
    func counts() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let (tag, user, item) = (try workspace.someTag(), try workspace.someUser(), try workspace.someItem())
        try likeness.succeed("index", "build", "--lists", "6")
        for query in [
            ["nearest", "items", "--to", tag], ["recommend", "--user", user, "--include-liked"], ["recommend", "--likes", item],
            ["nearest", "items", "--to", tag, "--nprobe", "2"], ["nearest", "items", "--to", tag, "--max-per-type", "tag:100000"],
            ["recommend", "--user", user, "--include-liked", "--popularity", "0.1"],
        ] {
            let all = try workspace.identifiers(of: query + ["-k", "1000000000"])
            #expect(all.count > 100 && all.count <= 120 && Set(all).count == all.count, "\(query)")
            #expect(try workspace.identifiers(of: query + ["-k", "\(Int.max)"]) == all, "\(query)")
            let none = try likeness.run(query + ["-k", "0"])
            #expect(none.status == 64 && none.errors.contains("-k is 0"), "\(query)")
        }
        for query in [["recommend", "--all"], ["nearest", "items", "--all", "tags"]] {
            let few = try likeness.succeed(query + ["-k", "3"]).lines.count
            #expect(try likeness.succeed(query + ["-k", "\(Int.max)"]).lines.count > few)
        }
        let diverse = try likeness.run("nearest", "items", "--to", tag, "--diversify", "0.5", "-k", "1000000000")
        #expect(diverse.status == 1 && diverse.errors.contains("1000"), "\(diverse)")
    }

    @Test("A million allowed ids, ten thousand parentheses, and what nothing passes")
    func filters() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let (tag, item) = (try workspace.someTag(), try workspace.someItem())
        let near = try workspace.identifiers(of: ["nearest", "items", "--to", tag, "-k", "5"])
        let million = (0..<1_000_000).map { "stranger\($0)\n" }.joined()
        try workspace.write(near[3] + "\n" + million + near[1] + "\n", to: "allow.txt")
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to", tag, "--allow", "allow.txt"]) == [near[1], near[3]])
        let denied = try workspace.identifiers(of: ["nearest", "items", "--to", tag, "--deny", "allow.txt", "-k", "3"])
        #expect(denied == [near[0], near[2], near[4]])
        let deep = String(repeating: "(", count: 10_000) + tag + String(repeating: ")", count: 10_000)
        let plain = try workspace.identifiers(of: ["nearest", "items", "--to", "item:\(item)", "--where", tag])
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to", "item:\(item)", "--where", deep]) == plain)
        let open = try likeness.run("nearest", "items", "--to", tag, "--where", String(deep.dropLast()))
        #expect(open.status == 1 && open.errors.contains("at character 1 ") && open.errors.utf8.count < 2_000, "\(open.errors.prefix(200))")
        let nots = String(repeating: "not ", count: 10_000) + tag
        #expect(try workspace.identifiers(of: ["nearest", "items", "--to", "item:\(item)", "--where", nots]) == plain)
        for query in [["nearest", "items", "--to", tag], ["recommend", "--likes", item]] {
            let nothing = try likeness.run(query + ["--where", "\(tag) and not \(tag)"])
            #expect(nothing.status == 0 && !(nothing.output + nothing.errors).isEmpty, "\(nothing)")
        }
        let strange = try likeness.run("nearest", "items", "--to", tag, "--where", "tag:nosuchtag")
        #expect(strange.status == 1 && strange.errors.contains("nosuchtag"))
        #expect(try likeness.succeed("nearest", "items", "--to", tag, "--where", "not tag:nosuchtag", "--lenient").status == 0)
    }

    @Test("Many users are told what speaks for each item, as each is alone")
    func reasons() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let user = try workspace.someUser()
        try likeness.succeed("ingest", "likes", "-", input: "uid|mid\nfresh|\(try workspace.someItem())\n")
        try workspace.write("\(user)\nfresh\n", to: "users.txt")
        let found = try likeness.succeed("recommend", "--users", "users.txt", "--explain", "-k", "4", "--json").json
        #expect(found.count == 2)
        for (answer, user) in zip(found, [user, "fresh"]) {
            let alone = try likeness.succeed("recommend", "--user", user, "--explain", "-k", "4", "--json").object
            #expect(answer["results"] == alone["results"] && answer["results"]?.array?.first?["reasons"] != nil)
        }
        #expect(try likeness.succeed("recommend", "--all", "--explain", "-k", "2", "--output", "all.jsonl").status == 0)
        #expect(try workspace.read("all.jsonl").contains("\"reasons\""))
        let rows = try likeness.run("recommend", "--all", "--explain", "-k", "2", "--output", "all.csv")
        #expect(rows.status == 1 && rows.errors.contains("JSON lines"), "\(rows)")
        #expect(!FileManager.default.fileExists(atPath: workspace.file("all.csv")))
    }
}
