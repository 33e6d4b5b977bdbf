import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import Likeness
@testable import LikenessStore

@Suite struct SearchIndexTests {
    private func store(in folder: TemporaryFolder) throws -> Store {
        let store = try folder.plantedStore(users: 90, items: 600, likesPerUser: 30)
        var options = LeastSquaresFitOptions()
        options.settings.components = 12
        options.minimumItemLikes = 0
        try store.fit(options)
        return store
    }

    @Test func `An index answers like an exact search where it looks at everything, alone, filtered and in batches`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        let summary = try #require(try store.buildIndex(lists: 20, threads: 2))
        #expect(summary.rows == 600 && summary.lists == 20 && summary.cosine.last?.recall == 1 && summary.innerProduct?.last?.recall == 1)
        #expect(try store.indexes() == [summary] && store.verify().isSound)
        var filter = QueryFilter()
        filter.condition = "tag:odd"
        var rules = RankingRules()
        rules.popularityPenalty = 0.05
        for effort in [SearchEffort.lists(20), .recall(1)] {
            for query in ["tag:even", "item:i3", "user:u5"] {
                for (filter, rules) in [(QueryFilter(), RankingRules()), (filter, rules)] {
                    let found = try store.nearest(.items, to: query, filter: filter, rules: rules, effort: effort)
                    if effort == .lists(20) { #expect(try found == (try store.nearest(.items, to: query, filter: filter, rules: rules))) }
                    #expect(found.results.count == 10)
                }
            }
            let items = try store.recommend(user: "u5", filter: filter, effort: effort)
            if effort == .lists(20) { #expect(try items == (try store.recommend(user: "u5", filter: filter))) }
        }
        var options = NearestBatchOptions(.all(.users))
        (options.effort, options.threads) = (.lists(20), 2)
        _ = try store.nearestAll(.items, options) { user, found in
            let alone = try store.nearest(.items, to: "user:\(user)").results
            #expect(found == alone)
        }
        var batch = BatchOptions()
        batch.effort = .lists(2)
        _ = try store.recommendAll(batch) { user, items in
            let alone = try store.recommend(user: user, effort: .lists(2)).results
            #expect(items == alone)
        }
    }

    @Test func `A continuation's index has the parent's lists, where rows that did not change stay, and finds what an exact search finds`()
        throws
    {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        let parent = try #require(try store.buildIndex(lists: 20, threads: 2))
        let likes = "mid|uid\n" + (0..<8).map { "i\($0 * 2)|fresh\nnew|u\($0)\n" }.joined()
        try store.ingestLikes(from: folder.write(likes, to: "more.psv"))
        try #require(try store.fitPartial() != nil)
        let joined = try #require(try store.buildIndex(joinsParent: true, threads: 2))
        #expect(joined.version == 2 && joined.lists == parent.lists && joined.rows == parent.rows + 1)
        #expect(try joined.cosine.last?.recall == 1 && store.verify().isSound)
        func lists(_ version: UInt64) throws -> (centroids: [[UInt8]], byRow: [UInt32: Int]) {
            let reference = VersionReference.version(Version(rawValue: version))
            return try store.withSession(of: reference) { session in
                let record = try #require(
                    try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                        try SearchIndexes(store.tables).record(of: SearchIndexKey(Version(rawValue: version), .item), in: transaction)
                    })
                let lists = try session.lists(of: record)
                var byRow: [UInt32: Int] = [:]
                for (number, list) in lists.lists.enumerated() {
                    for place in list.first..<list.first + list.count {
                        byRow[unsafe lists.numbers.address(of: place).loadUnaligned(as: UInt32.self)] = number
                    }
                }
                return (record.matrices.filter { $0.name.contains("centroids") }.compactMap { $0.root?.bytes }, byRow)
            }
        }
        let (before, after) = (try lists(1), try lists(2))
        #expect(before.centroids == after.centroids && after.byRow.count == before.byRow.count + 1)
        let moved = before.byRow.count { after.byRow[$0.key] != $0.value }
        #expect(moved < before.byRow.count / 4, "\(moved) rows moved")
        for query in ["item:new", "tag:even", "user:u3", "user:fresh"] {
            let found = try store.nearest(.items, to: query, effort: .lists(20))
            #expect(try found == (try store.nearest(.items, to: query)))
        }
        // Without an index of the parent lists are sought anew.
        try store.removeIndexes(of: .version(Version(rawValue: 1)))
        #expect(try store.buildIndex(joinsParent: true)?.lists != nil)
    }

    @Test func `A version without an index, and efforts that make no sense, are refused with words`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        func message(_ effort: SearchEffort, _ kind: EntityKind = .items) -> String {
            do { return "found \(try store.nearest(kind, to: "tag:even", effort: effort).results.count)" } catch { return "\(error)" }
        }
        #expect(message(.lists(3)).contains("likeness index build v1`"))
        try store.buildIndex()
        #expect(message(.lists(3)) == "found 10")
        #expect(message(.lists(3), .users).contains("index build v1 --kind users`"))
        #expect(message(.lists(0)).contains("1 or more"))
        #expect(message(.recall(1.5)).contains("up to 1"))
        #expect(message(.recall(.nan)).contains("up to 1"))
        #expect(throws: QueryError.self) { try store.buildIndex(lists: 0) }
        #expect(try store.buildIndex(lists: 1_000_000)?.lists == 600)
        #expect(try store.buildIndex(progress: { _, _ in false }) == nil)
        #expect(try store.buildIndex(.users, lists: 4)?.innerProduct == nil)
        #expect(message(.recall(0.9), .users) == "found 10")
        #expect(try store.removeIndexes(of: .current, .users) == 1 && store.removeIndexes() == 1 && store.indexes().isEmpty)
        #expect(message(.lists(3)).contains("has no index"))
    }

    @Test func `An index of a continuation holds its newest rows, and goes when its version is pruned`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        try store.buildIndex(lists: 8)
        try store.ingestLikes(from: folder.write("mid|uid\nnew|u1\nnew|u3\nnew|u5\ni1|late\ni3|late\n", to: "more.psv"))
        let next = try #require(try store.fitPartial()).version
        #expect(throws: QueryError.self) { try store.nearest(.items, to: "tag:odd", effort: .lists(8)) }
        let summary = try #require(try store.buildIndex(lists: 8))
        #expect(summary.version == next && summary.rows == 601)
        #expect(
            try store.nearest(.items, to: "item:new", k: 30, effort: .lists(8)) == store.nearest(.items, to: "item:new", k: 30))
        let before = try store.verify()
        var policy = RetentionPolicy()
        (policy.last, policy.moves) = (1, 0)
        let foretold = try store.prunePreview(policy)
        let pruned = try store.prune(policy)
        #expect(pruned.blocks > 5 && pruned.blocks == foretold.blocks)
        #expect(try store.indexes() == [summary])
        let after = try store.verify()
        #expect(after.isSound && after.orphans == 0 && after.blocks == before.blocks - pruned.blocks)
        #expect(try store.nearest(.items, to: "tag:odd", effort: .lists(2)).results.count == 10)
        // An index that is replaced or removed leaves its blocks to the next prune.
        try store.buildIndex(lists: 9)
        #expect(try store.verify().orphans > 0 && store.prune(policy).blocks > 0 && store.verify().orphans == 0)
        try store.removeIndexes()
        #expect(try store.prune(policy).blocks > 0 && store.verify().orphans == 0)
    }

    @Test func `An index that was damaged, or made of another version, is refused and found by verify`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        try store.buildIndex(lists: 8)
        let key = SearchIndexKey(try #require(Version("v1")), .item)
        let tables = store.tables
        let record = try #require(
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try SearchIndexes(tables).record(of: key, in: transaction)
            })
        var lies: [SearchIndexRecord] = []
        for change in [
            { (record: inout SearchIndexRecord) in record.manifest = BlockHash(of: [1]).hexadecimal },
            { $0.components = 11 }, { $0.lists = 9 }, { $0.rows = 599 }, { $0.version = Version(rawValue: 2) }, { $0.kind = .user },
            { $0.matrices.removeLast() }, { $0.matrices[2].rows = 599 }, { $0.matrices[3].root = $0.matrices[4].root },
            { $0.matrices[1].root = BlockHash(of: [2]) }, { $0.curves["cosine"] = [.init(probes: 3, recall: 2)] },
        ] {
            var lie = record
            change(&lie)
            lies.append(lie)
        }
        for (place, lie) in lies.enumerated() {
            let bytes = try SealedJSON.seal(lie)
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                try transaction.put(bytes, at: key.bytes, in: tables.indexes)
            }
            #expect(throws: QueryError.self, "\(place)") { try store.nearest(.items, to: "tag:even", effort: .lists(3)) }
            #expect(try !store.verify().isSound, "\(place)")
            #expect(try store.nearest(.items, to: "tag:even").results.count == 10)
        }
    }
}
