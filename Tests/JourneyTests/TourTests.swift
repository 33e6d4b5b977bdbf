import Foundation
import Testing

/// The main job from an empty folder, in the order in which a user does it.
struct TourTests {
    @Test("From made-up data to answers, new likes, a rollback and a read-only copy")
    func tour() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try workspace.makeData(users: 300, items: 150, likes: 6_000, newLikes: 400)
        try likeness.succeed("split", "data/likes.psv", "--train", "train.psv", "--test", "test.psv", "--held-out", "3")
        try likeness.succeed("init")

        let likes = try likeness.succeed("ingest", "likes", "train.psv", "--json").object
        let read = try #require(likes["read"]?.integer)
        let accepted = try #require(likes["accepted"]?.integer)
        let duplicates = try #require(likes["duplicates"]?.integer)
        #expect(read == accepted + duplicates && likes["rejected"]?.integer == 0 && accepted > 5_000)
        let features = try likeness.succeed("ingest", "features", "data/feats.psv", "--json").object
        #expect(features["accepted"]?.integer ?? 0 > 0)
        let statistics = try likeness.succeed("stats", "--json").object
        #expect(statistics["likes"]?.integer == accepted)
        #expect(statistics["versions"]?.integer == 0)

        let fit = try likeness.succeed("fit", "--components", "16", "--epochs", "12", "--note", "the first", "--json")
            .object
        #expect(fit["version"]?.integer == 1 && fit["parent"] == nil && fit["alias"]?.string == "production")
        #expect(fit["epochs"]?.integer == 12)
        for name in ["likes", "threads", "trainingSeconds", "totalSeconds", "bytesWritten"] {
            #expect(fit[name]?.number ?? 0 > 0, "\(name)")
        }

        // Tastes are planted, so a model finds held-out likes far more often than a random order would: 3 of 150.
        let figures = try likeness.succeed(
            "evaluate", "production", "--test", "test.psv", "-k", "5", "--exclude-train", "--json"
        ).object
        let metrics = try #require(figures["metrics"])
        #expect(try #require(metrics["precision"]?.number) > 0.06)
        #expect(try #require(metrics["auc"]?.number) > 0.7)
        #expect(figures["users"]?.integer ?? 0 > 20)

        try likeness.succeed("ingest", "likes", "data/newlikes.psv")
        try likeness.succeed("ingest", "features", "data/newfeats.psv")
        let partial = try likeness.succeed("fit-partial", "--epochs", "3", "--json").object
        #expect(partial["version"]?.integer == 2 && partial["parent"]?.integer == 1)

        let versions = try likeness.succeed("versions", "list", "--json").json
        #expect(versions.map { $0["version"]?.integer } == [1, 2])
        #expect(versions[0]["note"]?.string == "the first")
        #expect(versions[1]["aliases"]?.array == [.string("production")])

        let nearest = ["nearest", "items", "--to", try workspace.someTag(), "-k", "5", "--json"]
        let fromNew = try likeness.run(nearest).object
        #expect(fromNew["version"]?.integer == 2 && fromNew["kind"]?.string == "items")
        #expect(fromNew["results"]?.array?.count == 5)
        try likeness.succeed("versions", "rollback")
        let fromOld = try likeness.run(nearest).object
        #expect(fromOld["version"]?.integer == 1)
        #expect(try likeness.run(nearest + ["--version", "v2"]).object == fromNew)
        #expect(
            try likeness.succeed("versions", "history", "--json").json.map { $0["kind"]?.string }
                == ["publish", "publish", "rollback"])

        try likeness.succeed("backup", "copy.likeness")
        let copy = workspace.file("copy.likeness")
        #expect(chmod(copy, 0o400) == 0)
        #expect(try likeness.run(nearest + ["--store", copy]).object == fromOld)
        #expect(!FileManager.default.fileExists(atPath: copy + "-lock"))
        try likeness.succeed("versions", "verify")
    }

    @Test("The four kinds of query answer in one order: score, best first")
    func queries() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let (tag, item, user) = (try workspace.someTag(), try workspace.someItem(), try workspace.someUser())
        for arguments in [
            ["nearest", "items", "--to", tag], ["nearest", "tags", "--to", "item:\(item)"],
            ["nearest", "items", "--to", "item:\(item)"], ["nearest", "users", "--to", "user:\(user)"],
            ["nearest", "items", "--query", "+\(tag) +item:\(item) -user:\(user)"],
            ["nearest", "items", "--to", tag, "--to", "item:\(item)"], ["recommend", "--user", user],
        ] {
            let result = try likeness.run(arguments + ["--json", "-k", "7"])
            let neighbors = try #require(try result.object["results"]?.array, "\(arguments)")
            let scores = neighbors.compactMap { $0["score"]?.number }
            #expect(scores.count == neighbors.count && !scores.isEmpty && scores.count <= 7, "\(arguments)")
            #expect(scores == scores.sorted(by: >), "\(arguments)")
            let identifiers = neighbors.compactMap { $0["id"]?.string }
            #expect(Set(identifiers).count == scores.count, "\(arguments)")
            // What is asked about is no answer.
            #expect(!identifiers.contains(item) || arguments[0] == "recommend" || arguments[3] == tag, "\(arguments)")
        }
    }

    @Test("Tags are suggested that the item lacks, and items are recommended that the user does not like yet")
    func suggestions() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let (item, user) = (try workspace.someItem(), try workspace.someUser())
        let own = Set(
            try workspace.rows(of: "data/feats.psv").filter { $0[0] == item }.map { "\($0[1]):\($0[2].lowercased())" })
        let suggested = try workspace.identifiers(of: ["nearest", "tags", "--to", "item:\(item)", "-k", "40"])
        #expect(!own.isEmpty && !suggested.isEmpty && own.isDisjoint(with: suggested))
        let liked = Set(try workspace.rows(of: "data/likes.psv").filter { $0[2] == user }.map { $0[1] })
        let recommended = try workspace.identifiers(of: ["recommend", "--user", user, "-k", "200"])
        #expect(!liked.isEmpty && !recommended.isEmpty && liked.isDisjoint(with: recommended))
        let all = try workspace.identifiers(of: ["recommend", "--user", user, "-k", "200", "--include-liked"])
        #expect(Set(all).isSuperset(of: liked.intersection(all)) && all.count > recommended.count)
        _ = likeness
    }

    @Test("One thread and one seed give one model")
    func determinism() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let query = ["nearest", "items", "--to", try workspace.someTag(), "--json"]
        let first = try workspace.likeness.run(query).object
        try workspace.likeness.succeed("fit", "--components", "16", "--epochs", "4", "--threads", "1")
        let second = try workspace.likeness.run(query).object
        #expect(first.without("version") == second.without("version"))
        #expect(first["version"]?.integer == 1 && second["version"]?.integer == 2)
    }

    @Test("Tables for people line up and hold what the JSON holds")
    func tables() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let tag = try workspace.someTag()
        let identifiers = try workspace.identifiers(of: ["nearest", "items", "--to", tag, "-k", "4"])
        let lines = try likeness.succeed("nearest", "items", "--to", tag, "-k", "4").lines
        #expect(lines.count == 5 && lines[0].contains("score") && lines[0].contains("id"))
        for (line, identifier) in zip(lines.dropFirst(), identifiers) { #expect(line.contains(identifier)) }
        let list = try likeness.succeed("versions", "list").lines
        #expect(list.count == 2 && list[1].hasPrefix("v1 ") && list[1].contains("production"))
        #expect(try likeness.succeed("stats").output.contains("likes"))
        #expect(try likeness.succeed("versions", "show", "v1").output.contains("root hash"))
    }
}
