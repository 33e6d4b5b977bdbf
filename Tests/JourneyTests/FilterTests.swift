import Foundation
import Testing

/// Filters and lists of likes as they are given on the command line.
struct FilterTests {
    @Test func `Conditions, lists and likes filter what nearest and recommend find`() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.makeData(users: 200, items: 100, likes: 3_000, newLikes: 0)
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--components", "8", "--epochs", "3")
        let tag = try workspace.someTag()
        func ids(_ arguments: String...) throws -> [String] { try workspace.identifiers(of: arguments) }
        let all = try ids("nearest", "items", "--to", tag, "-k", "100")
        let with = try ids("nearest", "items", "--to", tag, "-k", "100", "--where", tag)
        let without = try ids("nearest", "items", "--to", tag, "-k", "100", "--where", "not \(tag)")
        #expect(!with.isEmpty && !without.isEmpty)
        #expect(Set(with).isDisjoint(with: without) && Set(with + without) == Set(all))
        #expect(all.filter(Set(with).contains) == with)

        try workspace.write(with.prefix(3).joined(separator: "\r\n") + "\nunknown\n", to: "allow.txt")
        #expect(try ids("nearest", "items", "--to", tag, "--allow", "allow.txt") == Array(with.prefix(3)))
        #expect(try ids("nearest", "items", "--to", tag, "-k", "100", "--deny", "allow.txt") == all.filter { !with.prefix(3).contains($0) })
        let none = try likeness.succeed("nearest", "items", "--to", tag, "--where", "\(tag) and not \(tag)")
        #expect(none.output.isEmpty && none.errors.contains("nothing was found in v1"))
        let bad = try likeness.run(["nearest", "items", "--to", tag, "--where", "(\(tag)"])
        #expect(bad.status == 1 && bad.errors.contains("character 1"))
        let missing = try likeness.run(["nearest", "items", "--to", tag, "--allow", "missing.txt"])
        #expect(missing.status == 1 && missing.errors.contains("missing.txt"))
    }

    @Test func `Somebody who is in no store is recommended items by what they like`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let item = try workspace.someItem()
        let found = try workspace.likeness.succeed("recommend", "--likes", "\(item), nothing", "-k", "3")
        #expect(found.lines.count == 4 && !found.output.contains(item))
        #expect(found.errors == "not in v1, and passed over: nothing\n")
        let both = try workspace.likeness.run(["recommend", "--likes", item, "--user", "u"])
        #expect(both.status == 64 && both.errors.contains("give one of --user"))
        let unknown = try workspace.likeness.run(["recommend", "--likes", "nothing"])
        #expect(unknown.status == 1 && unknown.errors.contains("there is no item 'nothing'"))
    }

    @Test func `Many users are recommended items in one go`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let user = try workspace.someUser()
        let alone = try workspace.identifiers(of: ["recommend", "--user", user, "-k", "3"])
        let done = try workspace.likeness.succeed("recommend", "--all", "-k", "3", "--output", "all.csv", "--threads", "2")
        #expect(done.output.hasPrefix("recommended 3 items each to 2"))
        let rows = try workspace.read("all.csv").split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect(rows.filter { $0[0] == user }.map { $0[2] } == alone)
        try workspace.write("\(user)\nstranger\n", to: "users.txt")
        let listed = try workspace.likeness.succeed("recommend", "--users", "users.txt", "-k", "3", "--json")
        #expect(try listed.object["results"]?.array?.compactMap { $0["id"]?.string } == alone)
        #expect(listed.errors.contains("passed over: there is no user 'stranger'"))
        let both = try workspace.likeness.run(["recommend", "--all", "--users", "users.txt"])
        #expect(both.status == 64)
        let stray = try workspace.likeness.run(["recommend", "--user", user, "--skip", "3"])
        #expect(stray.status == 64 && stray.errors.contains("go with --all"))
    }
}
