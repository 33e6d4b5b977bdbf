import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import Likeness
@testable import LikenessSearch
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

    /// The record of a version's index, and the list of each row.
    private func lists(_ store: Store, _ version: UInt64) throws -> (record: SearchIndexRecord, byRow: [UInt32?]) {
        try store.withSession(of: .version(Version(rawValue: version))) { session in
            let record = try #require(
                try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try SearchIndexes(store.tables).record(of: SearchIndexKey(Version(rawValue: version), .item), in: transaction)
                })
            return (record, try session.lists(of: record).listsByRow(below: 4_000))
        }
    }

    @Test func `A continuation's index lays what moved over the parent's lists, shares their blocks, and finds what an exact search finds`()
        throws
    {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore(users: 300, items: 3_000, likesPerUser: 40)
        var options = LeastSquaresFitOptions()
        options.settings.components = 12
        options.minimumItemLikes = 0
        try store.fit(options)
        let parent = try #require(try store.buildIndex(lists: 40, threads: 2))
        #expect(parent.placed == 0 && parent.measured == 1)
        var folded = 0
        var odd = QueryFilter()
        odd.condition = "tag:odd"
        for round in 0..<8 {
            let likes = "mid|uid\n" + (0..<6).map { "i\(round * 31 + $0 * 7)|fresh\(round)\nnew\(round)|u\($0)\n" }.joined()
            try store.ingestLikes(from: folder.write(likes, to: "more\(round).psv"))
            let version = try #require(try store.fitPartial()).version
            // A version without an index in between is passed over.
            if round == 2 { continue }
            #expect(try store.wantsIndex())
            let joined = try #require(try store.buildIndex(joinsParent: true, threads: 2))
            #expect(joined.version == version && joined.lists == parent.lists && joined.rows == 3_001 + round)
            let ((record, after), before) = (try lists(store, version), try lists(store, 1))
            #expect(after.count { $0 != nil } >= 3_001 + round && record.layers.count <= SearchIndexRecord.mostLayers)
            let isFolded = record.layers.isEmpty
            if isFolded {
                folded += 1
            } else if folded == 0 {
                #expect(record.matrices == before.record.matrices && joined.cosine == parent.cosine && joined.measured == 1)
                #expect(joined.placed > 0)
            }
            #expect(try store.verify().isSound)
            for query in ["item:new\(round)", "tag:even", "user:u3", "user:fresh0", "item:i31"] {
                for filter in [QueryFilter(), odd] {
                    let found = try store.nearest(.items, to: query, k: 25, filter: filter, effort: .lists(40))
                    #expect(try found == (try store.nearest(.items, to: query, k: 25, filter: filter)), "\(round) \(query)")
                }
            }
            #expect(try store.recommend(user: "u7", effort: .lists(40)) == store.recommend(user: "u7"))
        }
        // Blocks that are shared stay when the version that they were written with is pruned.
        var policy = RetentionPolicy()
        (policy.last, policy.moves) = (1, 0)
        let newest = try #require(try store.indexes().last)
        try store.prune(policy)
        #expect(try store.indexes() == [newest] && store.verify().isSound && store.verify().orphans == 0)
        #expect(try store.nearest(.items, to: "item:new7", effort: .lists(40)) == store.nearest(.items, to: "item:new7"))
        // Without an index of a version before lists are sought anew.
        try store.removeIndexes()
        #expect(try !store.wantsIndex())
        let anew = try #require(try store.buildIndex(joinsParent: true))
        #expect(anew.placed == 0 && anew.measured == anew.version)
    }

    @Test func `An index pays where an exact search takes long, and is due anew when most rows have moved`() throws {
        #expect(!SearchIndexSummary.pays(rows: 200_000, components: 64) && SearchIndexSummary.pays(rows: 2_100_000, components: 64))
        #expect(SearchIndexSummary.pays(rows: 1_050_000, components: 128))
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        #expect(try !store.wantsIndex() && store.buildIndex(lists: 8)?.isRebuildDue == false)
        let key = SearchIndexKey(Version(rawValue: 1), .item)
        var (record, _) = try lists(store, 1)
        record.placed = 301
        let bytes = try SealedJSON.seal(record)
        let table = store.tables.indexes
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            try transaction.put(bytes, at: key.bytes, in: table)
        }
        #expect(try store.indexes()[0].isRebuildDue)
    }

    @Test func `Layers of an index that do not fit are refused and found by verify`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore(users: 200, items: 2_000, likesPerUser: 30)
        var options = LeastSquaresFitOptions()
        options.settings.components = 12
        options.minimumItemLikes = 0
        try store.fit(options)
        try store.buildIndex(lists: 8)
        try store.ingestLikes(from: folder.write("mid|uid\nnew|u1\nnew|u3\n", to: "more.psv"))
        try #require(try store.fitPartial() != nil)
        try store.buildIndex(joinsParent: true)
        let record = try lists(store, 2).record
        try #require(record.layers.count == 1)
        let layer = record.layers[0]
        func altered(_ change: (inout [MatrixDescriptor]) -> Void) -> SearchIndexRecord.Layer {
            var matrices = layer.matrices
            change(&matrices)
            return SearchIndexRecord.Layer(rows: layer.rows, matrices: matrices)
        }
        let key = SearchIndexKey(Version(rawValue: 2), .item)
        let tables = store.tables
        for (place, layers) in [
            [SearchIndexRecord.Layer(rows: layer.rows + 1, matrices: layer.matrices)], [altered { $0.removeLast() }],
            [altered { $0[1].root = $0[0].root }], [altered { $0[2].root = BlockHash(of: [3]) }],
            Array(repeating: layer, count: 5), [SearchIndexRecord.Layer(rows: 0, matrices: [])],
        ].enumerated() {
            var lie = record
            lie.layers = layers
            let bytes = try SealedJSON.seal(lie)
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                try transaction.put(bytes, at: key.bytes, in: tables.indexes)
            }
            // Row numbers in the place of lists are no damage to a block, but they are past the last list.
            #expect(throws: QueryError.self, "\(place)") { try store.nearest(.items, to: "tag:even", effort: .lists(3)) }
            if place != 2 { #expect(try !store.verify().isSound, "\(place)") }
            #expect(try store.nearest(.items, to: "tag:even").results.count == 10)
        }
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
