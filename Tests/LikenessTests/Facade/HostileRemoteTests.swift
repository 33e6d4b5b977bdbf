import Foundation
import LikenessFormat
import LikenessStore
import Testing

@testable import Likeness
@testable import LikenessReplication

/// Small random numbers, the same on every machine.
private struct Dice {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(bound, 1)))
    }
}

/// Remotes in which something is missing, cut short, changed or made up: the replica stays as it is and answers.
@Suite struct HostileRemoteTests {
    private let folder: TemporaryFolder
    private let primary: Store
    private let expected: Neighbors

    init() throws {
        folder = try TemporaryFolder()
        primary = try folder.plantedStore()
        var options = LeastSquaresFitOptions()
        options.settings.components = 8
        try primary.fit(options)
        try primary.publish(to: folder.path + "/remote")
        try Replica.pull(folder.path + "/remote", into: folder.path + "/replica")
        expected = try primary.nearest(.items, to: "item:i3")
        try primary.ingestLikes(from: folder.write("modelname|mid|uid\nN|i3|u0\nN|i4|u1\nN|new|u2\n", to: "rows.psv"))
        try primary.fitPartial()
        try primary.publish(to: folder.path + "/remote")
    }

    private var remote: String { folder.path + "/remote" }

    private func files() throws -> [String] {
        let names = FileManager.default.enumerator(atPath: remote)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: remote + "/" + name, isDirectory: &isFolder) && !isFolder.boolValue
                && name != "lock"
        }.sorted()
    }

    private func expectRefused(_ comment: String) throws {
        #expect(throws: ReplicationError.self, "\(comment)") { try Replica.pull(remote, into: folder.path + "/replica") }
        let store = try Replica.open(at: folder.path + "/replica")
        #expect(try store.nearest(.items, to: "item:i3") == expected, "\(comment)")
        #expect(try store.versions().count == 1)
    }

    /// Every file that the next pull reads: all but the packs that the replica has, of which only the header is read again.
    @Test func `Flipped bits and cut files are refused, and the remote is taken in when it is whole again`() throws {
        var random = Dice(state: 77)
        let oldPack = try firstPack()
        for name in try files() where name != oldPack {
            let path = remote + "/" + name
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for round in 0..<120 {
                var changed = whole
                if round % 4 == 0 {
                    changed = changed.prefix(random.next(whole.count))
                } else {
                    changed[random.next(whole.count)] ^= UInt8(1 << random.next(8))
                }
                try changed.write(to: URL(fileURLWithPath: path))
                // A copy each time: what an interrupted pull has taken in is not read again.
                let copy = folder.path + "/copy\(round)"
                try FileManager.default.copyItem(atPath: folder.path + "/replica", toPath: copy)
                #expect(throws: ReplicationError.self, "\(name), round \(round)") { try Replica.pull(remote, into: copy) }
                let store = try StoreReader.open(at: copy)
                #expect(try store.nearest(.items, to: "item:i3") == expected && store.versions().count == 1)
                if round % 10 == 0 { #expect(try store.verify().isSound) }
                try FileManager.default.removeItem(atPath: copy)
            }
            try whole.write(to: URL(fileURLWithPath: path))
        }
        #expect(try Replica.pull(remote, into: folder.path + "/replica").versions == [Version(rawValue: 2)])
        let store = try Replica.open(at: folder.path + "/replica")
        #expect(try store.nearest(.items, to: "item:i3") == primary.nearest(.items, to: "item:i3"))
        #expect(try store.verify().isSound)
    }

    /// The pack that has no other before it.
    private func firstPack() throws -> String {
        for name in try files() where name.hasPrefix("packs/") {
            if try PackFile(remote + "/" + name).header.place == 1 { return name }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    @Test func `A fresh replica refuses every flipped bit of every pack, and verifying finds each`() throws {
        var random = Dice(state: 78)
        for name in try files() where name.hasPrefix("packs/") {
            let path = remote + "/" + name
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for round in 0..<60 {
                var changed = whole
                // What no version leads to is not read by a pull, but the check reads it all.
                changed[random.next(whole.count)] ^= UInt8(1 << random.next(8))
                try changed.write(to: URL(fileURLWithPath: path))
                #expect(try !Replica.verify(remote).isSound, "\(name), round \(round)")
            }
            try whole.write(to: URL(fileURLWithPath: path))
        }
        #expect(try Replica.verify(remote).isSound)
    }

    @Test func `Missing files are named, and what is put in their place is seen through`() throws {
        for name in try files() {
            let path = remote + "/" + name
            try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/kept")
            try expectRefused("\(name) is missing")
            for other in try files() where other != name {
                try FileManager.default.copyItem(atPath: remote + "/" + other, toPath: path)
                try expectRefused("\(other) as \(name)")
                try FileManager.default.removeItem(atPath: path)
            }
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            try expectRefused("\(name) is a folder")
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: folder.path + "/kept", toPath: path)
        }
        #expect(try Replica.pull(remote, into: folder.path + "/replica").versions.count == 1)
    }

    @Test func `Pointers that lie are refused`() throws {
        let folder = try FolderRemote(remote)
        let pointer = try #require(try folder.pointer("production"))
        func changed(
            version: UInt64 = 2, rootHash: BlockHash? = nil, moves: UInt64 = 2, pack: BlockHash? = nil, place: UInt64 = 2
        ) -> RemotePointer {
            RemotePointer(
                alias: "production", version: Version(rawValue: version), rootHash: rootHash ?? pointer.rootHash, moves: moves,
                kind: .publish,
                who: "me", when: 1, pack: pack ?? pointer.pack, place: place, published: 1)
        }
        #expect(changed().moves == pointer.moves)
        let nowhere = BlockHash(of: [1])
        for (lie, what) in [
            (changed(version: 3), "a version that no pack has"), (changed(version: 1), "another version's root hash"),
            (changed(rootHash: nowhere), "no version's root hash"), (changed(moves: 0), "no move"), (changed(pack: nowhere), "no pack"),
            (changed(place: 1), "another place"), (changed(place: 1 << 52), "a place far away"), (changed(place: .max), "no place"),
        ] {
            try folder.write(lie)
            try expectRefused(what)
        }
        try folder.write(pointer)
        #expect(try Replica.pull(remote, into: self.folder.path + "/replica").versions.count == 1)
    }
}
