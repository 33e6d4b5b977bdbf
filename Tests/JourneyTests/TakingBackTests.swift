import Foundation
import Testing

/// Likes that are taken back and weights that change, by the built program.
struct TakingBackTests {
    @Test func `What is taken back is counted apart, recommended again, and reaches replicas`() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let (likeness, user) = (workspace.likeness, try workspace.someUser())
        let liked = try workspace.rows(of: "data/likes.psv").filter { $0[2] == user }.map { $0[1] }
        let gone = liked.prefix(3)
        func recommended(_ store: String) throws -> Set<String> {
            let found = try likeness.run("recommend", "--user", user, "-k", "200", "--json", "--store", store).object["results"]?.array
            return Set(try #require(found).compactMap { $0["id"]?.string })
        }
        try likeness.succeed("replica", "publish", "remote")
        try likeness.succeed("replica", "pull", "remote", "--store", "replica")
        #expect(try recommended("store").isDisjoint(with: liked))
        try workspace.write("mid,uid\n" + gone.map { "\($0),\(user)\n" }.joined() + "nothing,\(user)\n", to: "gone.csv")
        let preview = try likeness.succeed("ingest", "likes", "gone.csv", "--unlike", "--dry-run")
        #expect(preview.output.contains("4 to take back") && preview.output.contains("nothing was written"), "\(preview)")
        let first = try likeness.succeed("ingest", "likes", "gone.csv", "--unlike")
        #expect(first.output.contains("3 taken back, 1 not there, 0 rejected"), "\(first)")
        let second = try likeness.succeed("ingest", "likes", "gone.csv", "--unlike", "--json").object
        #expect(second["takenBack"]?.integer == 0 && second["notThere"]?.integer == 4 && second["read"]?.integer == 4)
        #expect(try recommended("store").isSuperset(of: gone))
        #expect(try recommended("replica").isDisjoint(with: gone))
        // The version is the one that the remote has; a new one brings the lists of who took something back.
        try workspace.write("mid,uid\n\(gone[0]),\(user)\n", to: "again.csv")
        try likeness.succeed("ingest", "likes", "again.csv")
        try likeness.succeed("fit-partial")
        try likeness.succeed("replica", "publish", "remote")
        try likeness.succeed("replica", "pull", "remote", "--store", "replica")
        #expect(try recommended("replica") == recommended("store"))
        #expect(try recommended("replica").isSuperset(of: gone.dropFirst()) && !recommended("replica").contains(gone[0]))
        for store in ["store", "replica"] { try likeness.succeed("versions", "verify", "--store", store) }
    }

    @Test func `A pair that comes again with another weight is updated, and counted so`() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try workspace.write("mid,uid,hours\na,u,4.2\nb,u,1\na,u,1784\n", to: "hours.csv")
        let first = try likeness.succeed("ingest", "likes", "hours.csv", "--weight", "hours")
        #expect(first.output.contains("2 new likes, 1 updated, 0 duplicates"), "\(first)")
        let kept = try likeness.succeed("ingest", "likes", "hours.csv", "--weight", "hours", "--on-duplicate", "max", "--json").object
        #expect(kept["updated"]?.integer == 0 && kept["duplicates"]?.integer == 3)
        let plain = try likeness.succeed("ingest", "likes", "hours.csv", "--json").object
        #expect(plain["updated"]?.integer == 0 && plain["duplicates"]?.integer == 3)
        let features = ["ingest", "features", "hours.csv", "--type-value", "by", "--value", "uid", "--weight", "hours", "--json"]
        let labels = try likeness.run(features).object
        #expect(labels["accepted"]?.integer == 2 && labels["updated"]?.integer == 1)
        try likeness.succeed("versions", "verify")
        let statistics = try likeness.succeed("stats", "--json").object
        #expect(statistics["likes"]?.integer == 2 && statistics["lastSequence"]?.integer == 3)
    }

    @Test(
        "Options that do not go together are refused with words",
        arguments: [
            (["likes", "x", "--unlike", "--dislikes"], "--unlike takes likes and dislikes back alike"),
            (["likes", "x", "--unlike", "--weight", "w"], "--unlike goes by users and items alone"),
            (["likes", "x", "--unlike", "--name", "n"], "--unlike goes by users and items alone"),
            (["likes", "x", "--unlike", "--rating", "r", "--min-rating", "4"], "--unlike goes by users and items alone"),
            (["likes", "x", "--unlike", "--on-duplicate", "sum"], "--unlike goes by users and items alone"),
            (["likes", "x", "--on-duplicate", "add"], "keep"), (["features", "x", "--on-duplicate", "last"], "replace"),
        ])
    func usage(arguments: [String], words: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run(["ingest"] + arguments)
        #expect(result.status == 64 && result.errors.contains(words), "\(result)")
    }

    @Test(
        "An ingest that takes back or updates and is killed at a write has done its batches or not",
        .enabled(if: FaultInjector.isAvailable), arguments: [true, false])
    func killed(takesBack: Bool) throws {
        let workspace = try Workspace()
        try workspace.makeData(users: 60, items: 40, likes: 900)
        let likeness = workspace.likeness
        var known: Set<[String]> = []
        let rows = try workspace.rows(of: "data/likes.psv").filter { known.insert([$0[1], $0[2]]).inserted }
        let text = rows.enumerated().map { "\($1[1]),\($1[2]),\(1 + $0 % 3)\n" }
        try workspace.write("mid,uid,w\n" + text.joined(), to: "all.csv")
        try workspace.write("mid,uid,w\n" + text.prefix(600).map { $0.replacing(",1\n", with: ",7\n") }.joined(), to: "some.csv")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "all.csv", "--weight", "w")
        try workspace.copy("store", to: "before")
        let command = ["ingest", "likes", "some.csv", "--batch-rows", "150"] + (takesBack ? ["--unlike"] : ["--weight", "w"])
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        func state() throws -> JSON { try likeness.succeed("stats", "--json").object.without("fileBytes", "mapBytes", "created") }
        let clean = try state()
        for call in FaultInjector.spread(over: calls, most: 12) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var dying = likeness
            dying.variables = try FaultInjector.variables(.kill, at: call)
            #expect(try dying.run(command).signal == SIGKILL, "call \(call)")
            let verified = try likeness.run("versions", "verify")
            #expect(verified.status == 0, "call \(call): \(verified)")
            let again = try likeness.run(command)
            #expect(again.status == 0, "call \(call): \(again)")
            #expect(try state() == clean, "call \(call)")
        }
    }
}
