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
        let store = try StoreReader.open(at: copy(1, in: folder))
        let report = try store.verify()
        #expect(report.isSound && report.versions == 5 && report.blocks == 84, "\(report)")
        let statistics = try store.statistics()
        #expect(statistics.format == 1 && statistics.likes == 912 && statistics.users == 62 && statistics.items == 82)
        #expect(try store.versions().map(\.note) == ["the first", nil, nil, nil, nil])
        #expect(try store.history().map(\.to.rawValue) == [1, 3, 1])
        let tags = try store.nearest(.tags, to: "tag:lowpoly", k: 3)
        #expect(tags.results.map(\.id) == ["tag:tiny-elf", "tag:old-hero", "tag:red-elf"])
        #expect(tags.results[0].score == 0.9209494900622294, "scores have the same bits on every machine")
        // A version by least squares, with layers over its parent.
        let items = try store.nearest(.items, to: "tag:old-elf", k: 3, version: .alias("squares"))
        #expect(items.results.map(\.name) == ["Grey Hero", "Blue Hero", "Moss Hero"])
        #expect(items.version == 4)
        // The same from a pack, in an index, and what a search for settings left.
        #expect(try store.nearest(.items, to: "tag:old-elf", k: 3, version: .alias("packed")).results == items.results)
        #expect(try store.summary(of: .alias("packed")).origin?.version == Version(rawValue: 4))
        #expect(try store.indexes().map(\.lists) == [5])
        #expect(try store.studies().map(\.trials.count) == [2])
    }

    @Test("The store of format 1 holds what it did, record by record; RECORD_DUMP=1 writes the snapshot anew")
    func snapshot() throws {
        let folder = try TemporaryFolder()
        let snapshot = GoldenStoreTests.golden.appendingPathComponent("1/dump.jsonl")
        var lines = ""
        try StoreReader.open(at: copy(1, in: folder)).dump { line in
            lines += line + "\n"
            return true
        }
        if ProcessInfo.processInfo.environment["RECORD_DUMP"] != nil { try Data(lines.utf8).write(to: snapshot) }
        let expected = try String(contentsOf: snapshot, encoding: .utf8)
        for (found, expected) in zip(lines.split(separator: "\n"), expected.split(separator: "\n")) { #expect(found == expected) }
        #expect(lines.count == expected.count && !lines.contains("\"damage\""))
    }

    @Test("The store of format 1 can be written and continued")
    func continuation() throws {
        let folder = try TemporaryFolder()
        let store = try Store.open(at: copy(1, in: folder))
        #expect(try store.fitPartial()?.parent == 1, "v1 is current, and v3's likes came after it")
        let likes = try folder.write("modelname|mid|uid\nNew|new|a\nNew|new|b\n", to: "likes.psv")
        #expect(try store.ingestLikes(from: likes).lastSequence == 916)
        #expect(try store.fitPartial()?.version == 7)
        var squares = FitPartialOptions()
        (squares.parent, squares.alias) = (.alias("squares"), "squares")
        #expect(try store.fitPartial(squares)?.newItems == 2)
        #expect(try store.verify().isSound)
    }
}
