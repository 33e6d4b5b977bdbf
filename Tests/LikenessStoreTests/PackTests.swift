import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct PackTests {
    private func expectSound(_ store: StoreReader, versions: Int) throws {
        let report = try Verification.run(store)
        #expect(report.isSound && report.versions == versions && report.orphans == 0, "\(report)")
    }

    @Test func `An empty store takes a version in with its ids, names, likes and blocks, and has it as it was`() throws {
        let (from, to) = (try TemporaryStore(), try TemporaryStore())
        try from.fillForPacks()
        let report = try to.takeIn(from.pack(), alias: "production")
        try expectSound(to.store, versions: 1)
        #expect(report.version.rawValue == 1 && report.alias == "production")
        let (before, after) = (try from.dump(), try to.dump())
        for table in ["user.ids", "user.indices", "item.ids", "item.indices", "item.feature.ids", "item.details", "blocks"] {
            #expect(before[table] == after[table], "\(table)")
        }
        func withoutChecksums(_ table: [[UInt8]: [UInt8]]?) -> [[UInt8]: [UInt8]]? { table?.mapValues { Array($0.dropLast(4)) } }
        #expect(before["likes.user"] == withoutChecksums(after["seen.likes"]))
        #expect(before["dislikes.user"] == withoutChecksums(after["seen.dislikes"]))
        #expect(after["log"] == nil && after["likes.user"] == nil && after["annotations"] == nil)
        let manifests = try [from, to].map { temporary in
            try temporary.read { (transaction) throws(StoreError) in
                try temporary.store.catalog.manifest(at: .current, in: transaction)
            }
        }
        let rootHash = try from.read { (transaction) throws(StoreError) in
            try from.store.catalog.rootHash(of: Version(rawValue: 1), in: transaction)
        }
        var expected = manifests[0]
        expected.origin = VersionOrigin(store: from.store.header.identity, version: Version(rawValue: 1), rootHash: try #require(rootHash))
        #expect(manifests[1] == expected && report.origin == expected.origin)
        // Out and in again, it is still from where it was made.
        let third = try TemporaryStore()
        #expect(try third.takeIn(to.pack()).origin == report.origin)
        #expect(try third.dump()["seen.likes"] == after["seen.likes"])
        try expectSound(third.store, versions: 1)
    }

    @Test func `The same version gives the same bytes, and taken in where it is from it writes no block`() throws {
        let temporary = try TemporaryStore()
        try temporary.fillForPacks()
        let pack = try temporary.pack()
        #expect(try temporary.pack() == pack)
        let report = try temporary.takeIn(pack)
        #expect(report.version.rawValue == 2 && report.bytesWritten < 5_000)
        try expectSound(temporary.store, versions: 2)
        let index = SeenItems(temporary.store.tables)
        let (likes, counts) = try temporary.read { (transaction) throws(StoreError) in
            (try index.items(likedBy: 0, in: transaction), try index.popularity(itemCount: 11, in: transaction))
        }
        let (own, ownCounts) = try temporary.read { (transaction) throws(StoreError) in
            (
                try LikesIndex(temporary.store.tables).items(likedBy: 0, in: transaction),
                try LikesIndex(temporary.store.tables).popularity(itemCount: 11, in: transaction)
            )
        }
        #expect(likes == own && counts == ownCounts, "likes that are in both tables count once")
    }

    @Test func `A store with ids of its own at the same indices is refused with the first one, and stays as it is`() throws {
        let (from, to) = (try TemporaryStore(), try TemporaryStore())
        try from.fillForPacks()
        try to.fillForPacks(seed: 3)
        let before = try to.dump()
        let error = #expect(throws: StoreError.self) { try to.takeIn(from.pack()) }
        guard case .pack(.vocabulariesDiffer(_, .user, 0, "user-4", "user-1"))? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try to.dump() == before)
        // A store that has only the first of the ids agrees.
        let prefix = try TemporaryStore()
        var writer = LikesWriter(prefix.store)
        Array("user-1".utf8).withUnsafeBytes { user in
            Array("item-7".utf8).withUnsafeBytes { writer.add(user: user, item: $0, name: nil, weight: 1, time: nil) }
        }
        _ = try writer.commit()
        try prefix.takeIn(from.pack())
        try expectSound(prefix.store, versions: 1)
    }

    @Test func `Every truncation is refused and changes nothing`() throws {
        let (from, to) = (try TemporaryStore(), try TemporaryStore())
        try from.fillForPacks()
        let pack = try from.pack()
        let before = try to.dump()
        let file = to.folder + "/cut.pack"
        try Data(pack).write(to: URL(fileURLWithPath: file))
        for length in (0..<pack.count).reversed() {
            truncate(file, off_t(length))
            guard isRefused(try to.store.importVersion(from: file)) else {
                Issue.record("\(length) of \(pack.count) bytes were taken in")
                break
            }
        }
        #expect(try to.dump() == before)
        #expect(throws: StoreError.self) { try to.takeIn(pack + [0]) }
        #expect(throws: StoreError.self) { try to.takeIn(pack + pack) }
    }

    @Test(arguments: [5, 6] as [UInt64])
    func `Every flipped bit is refused and changes nothing`(seed: UInt64) throws {
        let (from, to) = (try TemporaryStore(), try TemporaryStore())
        try from.fillForPacks()
        let pack = try from.pack()
        let before = try to.dump()
        var random = SplitMix(seed)
        for round in 0..<600 {
            var flipped = pack
            // A third of them in the header.
            let place = random.next(round % 3 == 0 ? PackHeader.byteCount : pack.count)
            flipped[place] ^= UInt8(1 << random.next(8))
            guard isRefused(try to.takeIn(flipped)) else {
                Issue.record("byte \(place) of \(pack.count)")
                break
            }
        }
        #expect(try to.dump() == before)
    }

    @Test func `An export refuses a file that is there, and a version that is damaged or not there`() throws {
        let temporary = try TemporaryStore()
        try temporary.fillForPacks()
        let file = temporary.folder + "/a.pack"
        try temporary.store.exportVersion(to: file)
        #expect(throws: StoreError.pack(.exists(path: file))) { try temporary.store.exportVersion(to: file) }
        #expect(throws: StoreError.self) { try temporary.store.exportVersion(.version(Version(rawValue: 9)), to: temporary.folder + "/b") }
        #expect(throws: StoreError.self) { try temporary.store.exportVersion(to: temporary.folder + "/no/folder") }
        let (hash, block) = try #require(try temporary.dump()["blocks"]?.first)
        var broken = block
        broken[60] ^= 1
        try temporary.write { (transaction) throws(StoreError) in
            try transaction.put(broken, at: hash, in: temporary.store.tables.blocks)
        }
        #expect(throws: StoreError.self) { try temporary.store.exportVersion(to: temporary.folder + "/c.pack") }
        let names = try FileManager.default.contentsOfDirectory(atPath: temporary.folder)
        #expect(Set(names) == ["a.pack", "data.mdb", "data.mdb-lock"])
    }

    private func isRefused(_ body: @autoclosure () throws -> ImportReport) -> Bool {
        do { _ = try body() } catch { return error is StoreError }
        return false
    }
}
