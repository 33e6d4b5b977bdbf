import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

/// What is derived from the rest of a store is rebuilt, whatever became of it.
struct RepairTests {
    private static let derived = [
        "likes.user", "dislikes.user", "item.ids", "item.indices", "user.ids", "user.indices", "item.feature.ids",
    ]

    private func makeStore(_ workspace: Workspace) throws {
        try workspace.makeModel()
        let likeness = workspace.likeness
        try workspace.write("mid|uid\nm1|dislikes\nm2|dislikes\n", to: "dislikes.psv")
        try likeness.succeed("ingest", "likes", "dislikes.psv", "--dislikes")
    }

    private func dump(_ likeness: LikenessProcess) throws -> [Substring] {
        try likeness.succeed("dump").output.split(separator: "\n").filter { !$0.contains("\"table\":\"blocks\"") }
    }

    @Test("Derived records that lie are rebuilt to what they were")
    func derivedRecords() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let (path, expected) = (workspace.file("store"), try dump(workspace.likeness))
        let stores = try HostileStore.plain(of: StoreReader.open(at: path)).filter { hostile in
            RepairTests.derived.contains { hostile.name.hasPrefix($0 + " ") }
        }
        #expect(stores.count > 100)
        try workspace.copy("store", to: "before")
        for (place, hostile) in stores.enumerated() {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            do {
                let store = try Store.open(at: path)
                try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                    do { try hostile.change(&transaction, store) } catch { throw error as! StoreError }
                }
                try store.repair()
                let problems = try Verification.run(store).problems
                #expect(problems == [], "\(hostile.name)")
                #expect(try store.repair().didChange == false, "\(hostile.name): a second repair has nothing to do")
            }
            // A process for each would take long; the command is the same.
            if place.isMultiple(of: 25) { #expect(try dump(workspace.likeness) == expected, "\(hostile.name)") }
        }
    }

    @Test("The command says what it rebuilt, verify names it, and a quick verification looks at the catalog alone")
    func command() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let (likeness, path) = (workspace.likeness, workspace.file("store"))
        let expected = try dump(likeness)
        #expect(try likeness.succeed("versions", "repair").output.contains("nothing to repair"))
        do {
            let store = try Store.open(at: path)
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                try transaction.delete(UInt32(0), in: store.tables.likesByUser)
                try transaction.put([1, 2, 3], at: "opinions", in: store.tables.meta)
                try transaction.put([UInt8](repeating: 7, count: 5_000), at: [UInt8](repeating: 9, count: 32), in: store.tables.blocks)
            }
        }
        let verified = try likeness.run("versions", "verify")
        #expect(verified.status == 1 && verified.errors.contains("versions repair"))
        #expect(try likeness.run("versions", "verify", "--quick").status == 1, "the counts are a record of the catalog")
        let repaired = try likeness.succeed("versions", "repair", "--json").object
        #expect(repaired["repaired"]?["likeLists"]?.integer == 1 && repaired["repaired"]?["orphans"]?.integer == 1)
        #expect(try likeness.succeed("versions", "verify", "--quick").output.contains("the catalog is as it was written"))
        try likeness.succeed("versions", "verify")
        #expect(try dump(likeness) == expected)
    }

    @Test("An empty store needs no repair")
    func empty() throws {
        let workspace = try Workspace()
        try workspace.likeness.succeed("init")
        #expect(try workspace.likeness.succeed("versions", "repair").output.contains("nothing to repair"))
    }

    @Test("Damage that nothing tells is left, named, and has status 1")
    func notDerivable() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        do {
            let store = try Store.open(at: workspace.file("store"))
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                try transaction.put([1, 2, 3], at: UInt64(1), in: store.tables.versions)
            }
        }
        let result = try workspace.likeness.run("versions", "repair")
        #expect(result.status == 1 && result.errors.contains("table versions") && result.errors.contains("Restore a backup"))
        #expect(try workspace.likeness.run("versions", "verify", "--quick").status == 1)
    }

    @Test("A repair that is killed at any write can be run again", .enabled(if: FaultInjector.isAvailable, "faults need LD_PRELOAD"))
    func killed() throws {
        let workspace = try Workspace()
        try makeStore(workspace)
        let expected = try dump(workspace.likeness)
        do {
            let store = try Store.open(at: workspace.file("store"))
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                for user in UInt32(0)..<20 { try transaction.delete(user, in: store.tables.likesByUser) }
                for item in UInt32(0)..<9 { try transaction.delete(item, in: store.tables.vocabularies[.item]!.ids) }
            }
        }
        try workspace.copy("store", to: "before")
        let calls = try FaultInjector.callCount(of: ["versions", "repair"], in: workspace)
        for call in FaultInjector.spread(over: calls, most: 24) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var likeness = workspace.likeness
            likeness.variables = try FaultInjector.variables(.kill, at: call)
            #expect(try likeness.run("versions", "repair").signal == SIGKILL, "call \(call)")
            try workspace.likeness.succeed("versions", "repair")
            #expect(try dump(workspace.likeness) == expected, "call \(call)")
        }
    }

    @Test("A repair while a forget is cut off leaves it to be brought to its end", .enabled(if: FaultInjector.isAvailable))
    func pendingForget() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        let user = try workspace.someUser()
        try workspace.copy("store", to: "before")
        let command = ["forget", "--user", user, "--yes"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        for call in FaultInjector.spread(over: calls, most: 12) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var dying = likeness
            dying.variables = try FaultInjector.variables(.kill, at: call)
            #expect(try dying.run(command).signal == SIGKILL, "call \(call)")
            let repaired = try likeness.run("versions", "repair")
            #expect([0, 1].contains(repaired.status), "call \(call): \(repaired)")
            let again = try likeness.run(command)
            #expect(again.status == 0 || again.errors.contains("none of these ids"), "call \(call): \(again)")
            #expect(try likeness.run("recommend", "--user", user).errors.contains("there is no user"), "call \(call)")
            try likeness.succeed("versions", "verify")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: workspace.file("store/data.mdb")))
            #expect(bytes.range(of: Data(user.utf8)) == nil, "call \(call)")
        }
    }
}
