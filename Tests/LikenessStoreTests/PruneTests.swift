import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct PruneTests {
    private func policy(last: Int = 1, moves: Int = 0) -> RetentionPolicy {
        var policy = RetentionPolicy()
        (policy.last, policy.moves) = (last, moves)
        return policy
    }

    /// Versions of one matrix; each differs from the one before in a few rows.
    private func makeVersions(_ count: Int, in temporary: TemporaryStore) throws {
        for version in 0..<count {
            let (matrix, _) = try temporary.writeMatrix(rows: 10_000) { row, column in
                row % 1_000 < version ? Float(version * 7 + column) : Float(row ^ column)
            }
            try temporary.publish([matrix])
        }
    }

    private func expectSound(_ store: Store, versions: Int, orphans: Int = 0) throws {
        let report = try Verification.run(store)
        #expect(report.isSound && report.versions == versions && report.orphans == orphans, "\(report)")
    }

    /// Index blocks whose children are missing.
    private func openTrees(_ temporary: TemporaryStore) throws -> Int {
        let tables = temporary.store.tables
        return try temporary.read { (transaction) throws(StoreError) in
            var count = 0
            var cursor = try transaction.cursor(in: tables.blocks)
            var isThere = try cursor.move(to: .first)
            while isThere {
                for child in try References.children(of: BlockHash(cursor.key, at: 0), in: transaction, tables) {
                    if try !transaction.contains(child, in: tables.blocks) { count += 1 }
                }
                isThere = try cursor.move(to: .next)
            }
            return count
        }
    }

    @Test func `What is removed frees its blocks and nothing else, and a dry run foretells it`() throws {
        let temporary = try TemporaryStore()
        try makeVersions(5, in: temporary)
        let before = try Verification.run(temporary.store)
        let foretold = try temporary.store.prunePreview(policy(last: 2))
        try expectSound(temporary.store, versions: 5)
        let report = try temporary.store.prune(policy(last: 2))
        #expect(report.removed.map(\.rawValue) == [1, 2, 3])
        #expect(report.removed == foretold.removed && report.blocks == foretold.blocks && report.bytes == foretold.bytes)
        try expectSound(temporary.store, versions: 2)
        let after = try Verification.run(temporary.store)
        #expect(after.blocks + report.blocks == before.blocks && after.bytes + report.bytes == before.bytes)
        #expect(report.blocks > 0)
        #expect(try temporary.store.prune(policy(last: 2)).blocks == 0)
    }

    @Test func `Rolling back to, promoting and naming a pruned version are clear errors, and the history stays`() throws {
        let temporary = try TemporaryStore()
        try makeVersions(3, in: temporary)
        try temporary.store.prune(policy())
        let catalog = temporary.store.catalog
        let pruned = StoreError.catalog(.pruned(Version(rawValue: 2)))
        #expect(throws: pruned) { try catalog.rollBack("production", by: "me") }
        #expect(throws: pruned) { try catalog.promote(.version(Version(rawValue: 2)), to: "other", by: "me") }
        let history = try temporary.read { (transaction) throws(StoreError) in
            try catalog.history(of: "production", in: transaction)
        }
        #expect(history.map(\.to.rawValue) == [1, 2, 3])
        try makeVersions(1, in: temporary)
        try expectSound(temporary.store, versions: 2)
    }

    @Test func `A publication under way keeps every block, those that it found too`() throws {
        let temporary = try TemporaryStore()
        try makeVersions(2, in: temporary)
        func write() throws -> MatrixDescriptor {
            try temporary.writeMatrix(rows: 10_000) { Float($0 ^ $1) }.matrix
        }
        let first = try write()
        let kept = try temporary.store.keepBlocks()
        #expect(try write() == first)
        // The only version that stands on these blocks goes meanwhile.
        let report = try temporary.store.prune(policy())
        #expect(report.removed.count == 1 && report.blocks == 0 && report.isHeldUpByPublication)
        try temporary.publish([first])
        _ = kept
        try expectSound(temporary.store, versions: 2, orphans: 0)
        #expect(try !temporary.store.prune(policy(last: 2)).isHeldUpByPublication)
    }

    @Test func `A version whose blocks are gone is not published`() throws {
        let temporary = try TemporaryStore()
        let (lost, _) = try temporary.writeMatrix(rows: 10_000) { Float($0 * $1) }
        try makeVersions(1, in: temporary)
        #expect(try temporary.store.prune(policy()).blocks > 100)
        #expect(throws: StoreError.catalog(.blocksPruned)) { try temporary.publish([lost]) }
        try expectSound(temporary.store, versions: 1)
    }

    @Test func `Cut off after any transaction, no tree lacks its lower blocks, and the next prune ends it`() throws {
        struct CutOff: Error {}
        let temporary = try TemporaryStore()
        // 2,401 blocks: more than two transactions remove.
        let (large, _) = try temporary.writeMatrix(rows: 150_000) { Float($0 &* 31 ^ $1) }
        try temporary.publish([large])
        try makeVersions(1, in: temporary)
        var counts: [Int] = []
        let report = try temporary.store.prune(policy()) { done, total in
            counts.append(done)
            #expect(done <= total)
            #expect((try? openTrees(temporary)) == 0, "after \(done) blocks")
            #expect((try? Verification.run(temporary.store).isSound) == true)
        }
        #expect(counts.count > 2 && counts.last == report.blocks)
        try expectSound(temporary.store, versions: 1)
    }

    @Test func `A version that is published between two transactions keeps its blocks`() throws {
        let temporary = try TemporaryStore()
        let (large, _) = try temporary.writeMatrix(rows: 150_000) { Float($0 &* 31 ^ $1) }
        try temporary.publish([large])
        try makeVersions(1, in: temporary)
        var isPublished = false
        try temporary.store.prune(policy()) { _, _ in
            if isPublished { return }
            isPublished = true
            // Most of these blocks are garbage that has been marked.
            let again = try? temporary.writeMatrix(rows: 150_000) { Float($0 &* 31 ^ $1) }
            _ = try? temporary.publish([again!.matrix])
        }
        try expectSound(temporary.store, versions: 2)
    }

    @Test func `Who still reads the store as it was is named`() throws {
        let temporary = try TemporaryStore()
        try makeVersions(2, in: temporary)
        let report = try temporary.read { (transaction) throws(StoreError) in
            try temporary.store.prune(policy())
        }
        #expect(report.readers == [Int(getpid())])
        #expect(try temporary.store.prune(policy()).readers == [])
    }
}
