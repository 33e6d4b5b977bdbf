import Foundation
import Likeness
import Testing

/// Every released format has a small store in `store/golden`, which every later build opens, verifies, asks and continues.
@Suite struct GoldenStoreTests {
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("store/golden")

    /// A copy of a golden store, so that nothing is written beside the original.
    private func copy(_ format: Int, in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/golden.mdb"
        try FileManager.default.copyItem(
            atPath: GoldenStoreTests.golden.appendingPathComponent("\(format)/data.mdb").path, toPath: path)
        return path
    }

    @Test("The store of format 1 is whole and answers as it did")
    func format1() throws {
        let folder = try TemporaryFolder()
        let store = try Store.open(at: copy(1, in: folder), forReading: true)
        let report = try store.verify()
        #expect(report.isSound && report.versions == 2 && report.blocks == 40, "\(report)")
        let statistics = try store.statistics()
        #expect(statistics.format == 1 && statistics.likes == 926 && statistics.users == 61 && statistics.items == 81)
        #expect(try store.versions().map(\.note) == ["the first", nil])
        #expect(try store.history().map(\.to.rawValue) == [1, 2, 1])
        let tags = try store.nearest(.tags, to: "tag:red-elf", k: 3)
        #expect(tags.results.map(\.id) == ["tag:red-hero", "tag:old-hero", "tag:old-elf"])
        #expect(tags.results[0].score == 0.9812738277791896, "scores have the same bits on every machine")
        let items = try store.nearest(.items, to: "tag:red-elf", k: 3, version: .alias("staging"))
        #expect(items.results.map(\.name) == ["Rusty Elf", "Dark Elf", "Mad Hero"])
        #expect(items.version == 2)
    }

    @Test("The store of format 1 can be written and continued")
    func continuation() throws {
        let folder = try TemporaryFolder()
        let store = try Store.open(at: copy(1, in: folder))
        #expect(try store.fitPartial()?.parent == 1, "v1 is current, and v2's likes came after it")
        let likes = try folder.write("modelname|mid|uid\nNew|new|a\nNew|new|b\n", to: "likes.psv")
        #expect(try store.ingestLikes(from: likes).lastSequence == 928)
        #expect(try store.fitPartial()?.version == 4)
        #expect(try store.verify().isSound)
    }
}
