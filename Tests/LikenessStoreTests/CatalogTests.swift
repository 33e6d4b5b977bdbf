import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct CatalogTests {
    @Test("Rolling back walks back through the targets an alias had, and promotions branch off")
    func rollbackWalksBack() throws {
        let temporary = try TemporaryStore()
        let catalog = temporary.store.catalog
        for _ in 0..<3 { try temporary.publish([]) }
        func target() throws -> Version? {
            try temporary.read { (transaction) throws(StoreError) in
                try catalog.alias(named: "production", in: transaction)?.version
            }
        }
        #expect(try target() == Version(rawValue: 3))
        #expect(try catalog.rollBack("production", by: "me").to == Version(rawValue: 2))
        #expect(try catalog.promote(.version(Version(rawValue: 3)), to: "production", by: "me")?.from == Version(rawValue: 2))
        #expect(try catalog.rollBack("production", by: "me").to == Version(rawValue: 2))
        #expect(try catalog.rollBack("production", by: "me").to == Version(rawValue: 1))
        #expect(throws: StoreError.catalog(.nothingToRollBack(alias: "production", target: Version(rawValue: 1)))) {
            try catalog.rollBack("production", by: "me")
        }
        let history = try temporary.read { (transaction) throws(StoreError) in
            try catalog.history(of: "production", in: transaction)
        }
        #expect(history.map(\.to.rawValue) == [1, 2, 3, 2, 3, 2, 1])
        #expect(history.map(\.kind.rawValue).suffix(4) == ["rollback", "promote", "rollback", "rollback"])
        #expect(history.dropFirst().map(\.from) == history.dropLast().map(\.to))
    }

    @Test("A rollback writes no block and keeps every version")
    func rollbackWritesNothing() throws {
        let temporary = try TemporaryStore()
        let (first, _) = try temporary.writeMatrix(rows: 1_000) { Float($0 + $1) }
        try temporary.publish([first])
        let (second, _) = try temporary.writeMatrix(rows: 1_000) { Float($0 - $1) }
        try temporary.publish([second])
        let before = try temporary.read { (transaction) throws(StoreError) in
            try transaction.statistics(of: temporary.store.tables.blocks)
        }
        _ = try temporary.store.catalog.rollBack("production", by: "me")
        let after = try temporary.read { (transaction) throws(StoreError) in
            try transaction.statistics(of: temporary.store.tables.blocks)
        }
        #expect(before == after)
        let report = try Verification.run(temporary.store)
        #expect(report.isSound && report.versions == 2 && report.orphans == 0, "\(report)")
    }

    @Test("Blocks without a manifest are orphans, not damage")
    func orphansAreCounted() throws {
        let temporary = try TemporaryStore()
        _ = try temporary.writeMatrix(rows: 100) { Float($0 + $1) }
        let report = try Verification.run(temporary.store)
        #expect(report.isSound)
        #expect(report.orphans == 3)
    }

    @Test(
        "What is no alias is refused with the reason",
        arguments: ["", "v12", "12", "latest", "Latest", "a b", "é", String(repeating: "x", count: 101)])
    func badAliasIsRefused(name: String) throws {
        let temporary = try TemporaryStore()
        #expect(throws: StoreError.catalog(.badAlias(name))) { try temporary.publish([], alias: name) }
    }

    @Test("Unknown versions and aliases are named, with what there is")
    func unknownIsNamed() throws {
        let temporary = try TemporaryStore()
        func look(_ reference: String) throws {
            _ = try temporary.read { (transaction) throws(StoreError) in
                try temporary.store.catalog.manifest(at: VersionReference(reference), in: transaction)
            }
        }
        #expect(throws: StoreError.catalog(.noVersions)) { try look("v1") }
        try temporary.publish([])
        #expect(throws: StoreError.catalog(.noSuchVersion(Version(rawValue: 9), newest: Version(rawValue: 1)))) {
            try look("v9")
        }
        #expect(throws: StoreError.catalog(.noSuchAlias("prod", others: ["production"]))) { try look("prod") }
    }

    @Test("An alias goes with its history, its version stays, and a new one of that name begins anew")
    func removedAlias() throws {
        let temporary = try TemporaryStore()
        try temporary.publish([])
        try temporary.publish([])
        let catalog = temporary.store.catalog
        _ = try catalog.promote(.version(Version(rawValue: 1)), to: "canary", by: "me")
        _ = try catalog.promote(.version(Version(rawValue: 2)), to: "canary", by: "me")
        #expect(try catalog.removeAlias("canary") == Version(rawValue: 2))
        #expect(throws: StoreError.catalog(.noSuchAlias("canary", others: ["production"]))) { try catalog.removeAlias("canary") }
        #expect(try Verification.run(temporary.store).problems == [])
        #expect(try catalog.promote(.version(Version(rawValue: 1)), to: "canary", by: "me")?.number == 0)
        #expect(try Verification.run(temporary.store).problems == [])
    }

    @Test("A note is kept, replaced and removed")
    func notes() throws {
        let temporary = try TemporaryStore()
        try temporary.publish([])
        let version = Version(rawValue: 1)
        func note() throws -> String? {
            try temporary.read { (transaction) throws(StoreError) in
                try temporary.store.catalog.note(of: version, in: transaction)
            }
        }
        #expect(try note() == nil)
        _ = try temporary.store.catalog.annotate(.current, note: "before the sale ☂")
        #expect(try note() == "before the sale ☂")
        _ = try temporary.store.catalog.annotate(.version(version), note: "")
        #expect(try note() == nil)
    }
}
