import Foundation
import Testing

/// Features of users as they are given on the command line: to recommend to somebody new, and as terms of queries.
struct UserFeatureTests {
    private func workspace() throws -> Workspace {
        let workspace = try Workspace()
        try workspace.makeData()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        let users = Set(try workspace.rows(of: "data/likes.psv").map { $0[2] }).sorted()
        var rows = "uid|type|value\n"
        for (place, user) in users.enumerated() { rows += "\(user)|country|\(["fr", "New York, NY", "a:b"][place % 3])\n" }
        try workspace.write(rows, to: "users.psv")
        try likeness.succeed("ingest", "features", "users.psv", "--of", "users")
        try likeness.succeed("fit", "--components", "8")
        return workspace
    }

    @Test func `Somebody new is recommended items by features, with and without likes`() throws {
        let workspace = try workspace()
        let likeness = workspace.likeness
        let item = try workspace.someItem()
        let found = try likeness.succeed("recommend", "--features", "country:fr", "-k", "4")
        #expect(found.lines.count == 5 && found.errors.isEmpty, "\(found)")
        let quoted = try likeness.succeed(
            "recommend", "--features", #"country:"new york, ny", color:red ,"country:a:b","#, "--likes", item, "-k", "4", "--json")
        let object = try quoted.object
        #expect(object["unknown"]?.array?.compactMap(\.string) == ["color:red"])
        #expect(object["results"]?.array?.count == 4 && !quoted.output.contains("\"\(item)\""))
        let near = try likeness.succeed("nearest", "users", "--to", "country:New York, NY", "-k", "3")
        #expect(near.lines.count == 4)
        #expect(try likeness.succeed("nearest", "users", "--to", "user-feature:country:fr", "-k", "3").lines.count == 4)
    }

    @Test func `Lists of features that cannot be used are refused with words`() throws {
        let workspace = try workspace()
        for (arguments, status, words) in [
            (["--features", "country:frr"], 1, "did you mean 'country:fr'"), (["--features", "fr"], 1, "TYPE:VALUE"),
            (["--features", ""], 1, "no liked item and no feature"), (["--features", " , "], 1, "no liked item and no feature"),
            (["--features", #"country:"fr"#], 1, "not closed"), (["--features", "a:\u{1B}[1m"], 1, #"\u{1B}"#),
            (["--features", "country:fr", "--user", "u1"], 64, "give one of"), (["--dislikes", "i1"], 64, "give one of"),
            (["--features", "country:fr", "-k", "0"], 64, "-k is 0"),
        ] {
            let result = try workspace.likeness.run(["recommend"] + arguments)
            #expect(result.status == Int32(status) && result.output.isEmpty, "\(arguments): \(result)")
            #expect(result.errors.contains(words) && !result.errors.contains("\u{1B}"), "\(arguments): \(result.errors)")
        }
    }
}
