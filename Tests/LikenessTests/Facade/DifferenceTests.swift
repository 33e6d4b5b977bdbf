import LMDB
import LikenessFormat
import LikenessModels
import LikenessStore
import Testing

@testable import Likeness

/// What a comparison of versions says is what looking at every row and every block says.
@Suite struct DifferenceTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore(users: 400, items: 300)
    }

    private func version(_ number: UInt64) -> VersionReference { .version(Version(rawValue: number)) }

    private func fit(seed: UInt64 = 1, components: Int = 8) throws {
        var options = FitOptions()
        options.hyperparameters.components = components
        options.hyperparameters.epochs = 2
        options.hyperparameters.seed = seed
        (options.minimumUserLikes, options.minimumItemLikes) = (1, 1)
        try store.fit(options)
    }

    private func grow(_ round: Int) throws {
        var likes = "modelname|mid|uid\n"
        for step in 0..<5 {
            likes += "Item|i\((round * 31 + step) % 300)|u\((round * 7 + step) % 400)\n"
        }
        likes += "New|new\(round)|u\(round)\nItem|i1|v\(round)\n"
        try store.ingestLikes(from: folder.write(likes, to: "rows.psv"))
        #expect(try store.fitPartial() != nil)
    }

    /// Every row of a kind that is part of a version, with its vector.
    private func vectors(_ kind: RowKind, _ number: UInt64) throws -> [Int: [Float]] {
        let session = try store.session(of: version(number))
        let rows = try session.rows(kind)
        let layout = MatrixNames.representations(kind, components: session.manifest.components)
        var found: [Int: [Float]] = [:]
        for row in 0..<rows.count where try rows.isPresent(row, in: session.transaction) {
            found[row] = try rows.vector(row, layout, in: session.transaction) ?? []
        }
        return found
    }

    /// Every block that a version leads to, with its bytes.
    private func blocks(_ number: UInt64) throws -> [BlockHash: Int] {
        let session = try store.session(of: version(number))
        var found: [BlockHash: Int] = [:]
        var waiting = session.manifest.roots.map(\.hash)
        while let hash = waiting.popLast() {
            guard found[hash] == nil,
                let block = try session.transaction.get(hash, in: store.tables.blocks)
            else { continue }
            found[hash] = block.byteCount
            waiting += try References.children(of: hash, in: session.transaction, store.tables)
        }
        return found
    }

    private func expectTrue(_ first: UInt64, _ second: UInt64) throws {
        let difference = try store.difference(from: version(first), to: version(second))
        #expect(difference.from == first && difference.to == second)
        for rows in difference.rows where rows.kind != .userFeature {
            let (before, after) = (try vectors(rows.kind, first), try vectors(rows.kind, second))
            let moved = before.filter { after[$0.key] != nil && after[$0.key] != $0.value }.count
            #expect(rows.moved == moved, "\(rows.kind) from v\(first) to v\(second)")
            #expect(
                rows.added == after.keys.count { before[$0] == nil }
                    && rows.removed == before.keys.count { after[$0] == nil })
            #expect(rows.most.count == min(5, moved))
            #expect(rows.most.map(\.distance) == rows.most.map(\.distance).sorted(by: >))
        }
        let (before, after) = (try blocks(first), try blocks(second))
        let (removed, added) = (
            before.filter { after[$0.key] == nil }, after.filter { before[$0.key] == nil }
        )
        #expect(
            difference.removedBlocks == .init(count: removed.count, bytes: removed.values.reduce(0, +)))
        #expect(difference.addedBlocks == .init(count: added.count, bytes: added.values.reduce(0, +)))
    }

    @Test
    func
        `Continuations, new bases and fits of their own are compared as row by row and block by block`()
        throws
    {
        try fit()
        for round in 0..<5 { try grow(round) }
        for second in 2...6 as ClosedRange<UInt64> {
            try expectTrue(1, second)
            try expectTrue(second, second - 1)
        }
        try fit(seed: 9)
        try expectTrue(6, 7)
        let difference = try store.difference(from: version(6), to: version(7))
        #expect(
            !difference.isContinuation
                && difference.settings.contains { $0.name == "seed" && $0.before == "1" && $0.after == "9" }
        )
        #expect(try store.difference(from: version(1), to: version(4)).isContinuation)
    }

    @Test func `A version and itself have no difference, and widths that differ are said`() throws {
        try fit()
        let same = try store.difference(from: version(1), to: version(1))
        #expect(
            same.settings.isEmpty && same.metrics.isEmpty && same.neighborhoods.isEmpty
                && same.isContinuation)
        #expect(
            same.rows.allSatisfy { $0.moved == 0 && $0.added == 0 && $0.removed == 0 && $0.most.isEmpty })
        #expect(same.addedBlocks.count == 0 && same.removedBlocks.count == 0)
        try fit(components: 12)
        let wider = try store.difference(from: version(1), to: version(2))
        #expect(
            wider.settings.contains { $0.name == "components" && $0.before == "8" && $0.after == "12" })
        #expect(wider.rows.allSatisfy { $0.moved == 0 && $0.most.isEmpty })
        #expect(throws: QueryError.self) { try store.difference(from: version(1), to: version(3)) }
    }

    @Test func `Neighbours that come and go are those of both answers`() throws {
        try fit()
        try grow(1)
        var options = DifferenceOptions()
        (options.around, options.k) = (["tag:even", "item:i32"], 7)
        let difference = try store.difference(from: version(1), to: version(2), options)
        #expect(difference.neighborhoods.map(\.query) == options.around)
        for near in difference.neighborhoods {
            let before = try store.nearest(.items, to: near.query, k: 7, version: version(1)).results
            let after = try store.nearest(.items, to: near.query, k: 7, version: version(2)).results
            #expect(near.gained == after.filter { new in !before.contains { $0.id == new.id } })
            #expect(near.lost == before.filter { old in !after.contains { $0.id == old.id } })
            #expect(near.kept + near.gained.count == after.count)
        }
        options.around = ["item:nothing"]
        #expect(throws: QueryError.self) {
            try store.difference(from: version(1), to: version(2), options)
        }
    }

    @Test("Items that changed have the neighbours that a look at all of them says")
    func neighbors() throws {
        try fit()
        try grow(1)
        let (before, after) = (version(1), version(2))
        let numbers = try #require(try store.session(of: after).rows(.item).layers.last?.numbers)
        let found = try #require(try store.neighborOverlap(from: before, to: after, most: 10_000, k: 7))
        var (kept, items) = (0, 0)
        for row in numbers {
            let id = try store.session(of: after).names(of: [row], .item)[0].id
            guard let old = try? store.nearest(.items, to: "item:\"\(id)\"", k: 7, version: before) else { continue }
            let new = try store.nearest(.items, to: "item:\"\(id)\"", k: 7, version: after)
            kept += Set(old.results.map(\.id)).intersection(new.results.map(\.id)).count
            items += 1
        }
        #expect(items > 3 && found == NeighborOverlap(items: items, k: 7, share: Double(kept) / Double(7 * items)))
        #expect(try store.neighborOverlap(from: before, to: before)?.items == nil)
        #expect(try store.neighborOverlap(from: before, to: after)?.items == 5)
        #expect(try store.neighborOverlap(from: before, to: after, most: 0) == nil)
    }
}
