import Foundation
import LMDB
import Testing

@testable import LikenessStore

/// Stores that lie: whatever their records say, every command answers or ends in words, and none dies.
struct HostileStoreTests {
    /// A store with a version by least squares, one by WARP, and a continuation of each.
    private func makeStore(_ workspace: Workspace) throws {
        try workspace.makeData(users: 60, items: 40, likes: 900, newLikes: 60)
        let likeness = workspace.likeness
        try workspace.write(#"{"als": {"components": [4, 8], "epochs": [1, 2]}}"#, to: "space.json")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--loss", "warp", "--components", "8", "--epochs", "1", "--threads", "1")
        try likeness.succeed("fit", "--components", "8", "--epochs", "2", "--threads", "1", "--as", "squares")
        try likeness.succeed("tune", "--trials", "2", "--space", "space.json", "--held-out", "2", "--threads", "1")
        try likeness.succeed("index", "build", "squares", "--lists", "5")
        try likeness.succeed("ingest", "likes", "data/newlikes.psv")
        try likeness.succeed("fit-partial", "--epochs", "1", "--threads", "1", "--note", "a note")
        try likeness.succeed("fit-partial", "--from", "squares", "--as", "squares", "--threads", "1")
    }

    private func commands(_ workspace: Workspace) throws -> [[String]] {
        let (tag, item, user) = (try workspace.someTag(), try workspace.someItem(), try workspace.someUser())
        return [
            ["stats"], ["dump"], ["versions", "list"], ["versions", "show", "v4"], ["versions", "verify"], ["versions", "history"],
            ["nearest", "items", "--to", tag], ["nearest", "tags", "--to", "item:\(item)", "--version", "squares"],
            ["recommend", "--user", user], ["recommend", "--likes", item, "--version", "squares"],
            ["recommend", "--user", user, "--version", "v3"], ["recommend", "--all", "--version", "v4", "--output", "all.csv"],
            ["nearest", "items", "--to", "item:\(item)", "--where", "not \(tag)"],
            ["nearest", "items", "--to", tag, "--version", "v2", "--recall", "0.9"],
            ["recommend", "--user", user, "--version", "v2", "--nprobe", "2", "--explain"], ["index", "list"],
            ["evaluate", "v4", "--test", "data/newlikes.psv"], ["evaluate", "v1", "--test", "data/newlikes.psv"],
            ["versions", "prune", "--keep-last", "1", "--dry-run"], ["versions", "rollback"],
            ["tune", "list"], ["tune", "show"], ["tune", "--resume", "--trials", "2", "--threads", "1"],
            ["ingest", "likes", "more.psv"], ["versions", "repair"], ["forget", "--yes"],
            ["fit-partial", "--from", "squares", "--threads", "1"],
            ["fit-partial", "--epochs", "1", "--threads", "1"], ["fit", "--epochs", "1", "--components", "8", "--threads", "1"],
        ]
    }

    /// Runs commands on stores; each gets some of them, or all if `LIKENESS_HOSTILE` is set.
    ///
    /// - Parameter seen: the share of the stores, at least, that verify must find wrong. The others hold numbers that could be: another code or
    ///   weight, a larger vector.
    private func run(_ make: (StoreReader) throws -> [HostileStore], most: Int, seen: Double) throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let commands = try commands(workspace)
        let isThorough = ProcessInfo.processInfo.environment["LIKENESS_HOSTILE"] != nil
        let all = try make(try StoreReader.open(at: workspace.file("store")))
        try #require(all.count >= min(most, 60))
        for command in commands where !["ingest", "fit-partial", "forget"].contains(command[0]) && command != ["versions", "repair"] {
            #expect([0, 3].contains(try workspace.likeness.run(command).status ?? -1), "\(command) does not work on a store that is sound")
        }
        let step = isThorough ? 1 : max(1, all.count / most)
        try FileManager.default.createDirectory(atPath: workspace.file("lies"), withIntermediateDirectories: true)
        var likeness = workspace.likeness
        likeness.store = "lies"
        try workspace.write("mid|uid\nnew|someone\n\(try workspace.someItem())|someone\n", to: "more.psv")
        var (tried, found) = (0, 0)
        for (place, hostile) in all.enumerated() where place % step == 0 {
            tried += 1
            try workspace.remove("lies")
            try FileManager.default.createDirectory(atPath: workspace.file("lies"), withIntermediateDirectories: true)
            try workspace.copy("store/data.mdb", to: "lies/data.mdb")
            do {
                let store = try Store.open(at: workspace.file("lies"))
                try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                    do { try hostile.change(&transaction, store) } catch let error as StoreError { throw error } catch {
                        throw .damaged(table: hostile.name, key: "", reason: "\(error)")
                    }
                }
            }
            if try likeness.run("versions", "verify").status == 1 { found += 1 }
            for (number, command) in commands.enumerated() where isThorough || (number + place / step) % 5 == 0 {
                let result = try likeness.run(command)
                // The pages are sound, so no command may end as if they were not.
                #expect(
                    result.signal == nil && [0, 1, 3].contains(result.status ?? -1)
                        && (result.status != 1 || result.errors.contains("error: ")) && !result.errors.contains("its pages lead to"),
                    "\(hostile.name): \(command): \(result)")
            }
        }
        #expect(Double(found) >= seen * Double(tried), "verify saw \(found) of \(tried), out of \(all.count)")
        if isThorough { print("\(tried) hostile stores, \(found) seen by verify") }
    }

    @Test("Records that are cut, blank, or hold numbers that cannot be")
    func plain() throws { try run(HostileStore.plain, most: 120, seen: 0.9) }

    @Test("Manifests, notes, aliases and moves with numbers that cannot be")
    func manifests() throws { try run(HostileStore.sealedJSON, most: 150, seen: 0.5) }

    @Test("Forgets with rows and events that cannot be")
    func forgets() throws { try run(HostileStore.forgets, most: 27, seen: 0.7) }

    @Test("Blocks that lie under hashes that are right")
    func blocks() throws { try run(HostileStore.blocks, most: 120, seen: 0.3) }
}
