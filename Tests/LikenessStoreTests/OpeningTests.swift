import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct OpeningTests {
    @Test("What is not there, not a store, or there already is said by name")
    func wrongPaths() throws {
        let temporary = try TemporaryStore()
        let nowhere = temporary.folder + "/nowhere"
        #expect(throws: StoreError.notFound(path: nowhere)) { try Store.open(at: nowhere) }
        #expect(throws: StoreError.alreadyExists(path: temporary.folder)) { try Store.create(at: temporary.folder) }
        let text = temporary.folder + "/text"
        try Data("mid|type|value\n".utf8).write(to: URL(fileURLWithPath: text))
        #expect { try StoreReader.open(at: text) } throws: { error in
            if case .notAStore = error as? StoreError { true } else { false }
        }
    }

    @Test("A truncated file is refused, not mapped")
    func truncated() throws {
        let temporary = try TemporaryStore()
        let (matrix, _) = try temporary.writeMatrix(rows: 60_000) { Float($0 ^ $1) }
        try temporary.publish([matrix])
        let copy = temporary.folder + "/copy.mdb"
        let size = try temporary.store.backUp(to: copy)
        #expect(size > 1 << 21)
        try FileHandle(forWritingTo: URL(fileURLWithPath: copy)).truncate(atOffset: UInt64(size / 3))
        #expect { try StoreReader.open(at: copy) } throws: { error in
            "\(error)".contains("cut short")
        }
        #expect { try Store.open(at: copy) } throws: { error in
            "\(error)".contains("cut short")
        }
        try FileHandle(forWritingTo: URL(fileURLWithPath: copy)).truncate(atOffset: 100)
        #expect(throws: StoreError.self) { try StoreReader.open(at: copy) }
    }

    @Test("A newer format and unknown features are refused by name")
    func newerFormat() throws {
        let temporary = try TemporaryStore()
        let copy = temporary.folder + "/copy.mdb"
        var header = temporary.store.header
        func rewrite() throws {
            try temporary.write { (transaction) throws(StoreError) in
                try transaction.put(header.bytes, at: "header", in: temporary.store.tables.meta)
            }
            try? FileManager.default.removeItem(atPath: copy)
            try temporary.store.backUp(to: copy)
        }
        header.format = 2
        try rewrite()
        #expect(throws: StoreError.newerFormat(path: copy, found: 2, supported: 1)) { try Store.open(at: copy) }
        header.format = 1
        header.writerFeatures = 4
        try rewrite()
        #expect(throws: StoreError.unsupportedFeatures(path: copy, bits: 4, forWriting: true)) { try Store.open(at: copy) }
        _ = try StoreReader.open(at: copy)
        header.readerFeatures = 8
        try rewrite()
        #expect(throws: StoreError.unsupportedFeatures(path: copy, bits: 8, forWriting: false)) {
            try StoreReader.open(at: copy)
        }
    }

    @Test("A copy that nobody may write answers without a lock file beside it")
    func readOnlyCopy() throws {
        let temporary = try TemporaryStore()
        let (matrix, _) = try temporary.writeMatrix(rows: 100) { Float($0 + $1) }
        try temporary.publish([matrix])
        let copy = temporary.folder + "/copy.mdb"
        try temporary.store.backUp(to: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: copy)
        let replica = try StoreReader.open(at: copy)
        let version = try replica.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try replica.catalog.manifest(at: .current, in: transaction).version
        }
        #expect(version == Version(rawValue: 1))
        #expect(!FileManager.default.fileExists(atPath: copy + "-lock"))
        #expect(throws: StoreError.file(path: copy, reason: "there is such a file already; choose another name, or remove it")) {
            try temporary.store.backUp(to: copy)
        }
    }

    @Test("One process opens a file twice, by any path, and sees what it wrote through the other")
    func openedTwice() throws {
        let temporary = try TemporaryStore()
        let again = try StoreReader.open(at: temporary.folder + "/../" + (temporary.folder as NSString).lastPathComponent)
        let (matrix, _) = try temporary.writeMatrix(rows: 10) { Float($0 + $1) }
        try temporary.publish([matrix])
        #expect(try again.statistics().versions == 1)
    }

    @Test("A store that is open for reading refuses a write by name, also beside one that is open for writing")
    func writingThroughAReader() throws {
        let temporary = try TemporaryStore()
        let (matrix, _) = try temporary.writeMatrix(rows: 10) { Float($0 + $1) }
        try temporary.publish([matrix])
        let reader = try StoreReader.open(at: temporary.folder)
        let error = #expect(throws: StoreError.self) { try reader.catalog.promote(.current, to: "other", by: "me") }
        #expect(error.map { "\($0)".contains("opened for reading only") } == true)
        #expect(try temporary.store.catalog.promote(.current, to: "other", by: "me") != nil)
    }

    @Test("Of eight creations at once one succeeds, the others find its store, and nothing is left beside it")
    func creationsAtOnce() async throws {
        let folder = NSTemporaryDirectory() + "created-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcomes = await withTaskGroup(of: StoreError?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do throws(StoreError) {
                        _ = try Store.create(at: folder)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == nil }.count == 1)
        #expect(outcomes.compactMap(\.self).allSatisfy { $0 == .alreadyExists(path: folder) }, "\(outcomes)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["data.mdb", "data.mdb-lock"])
    }

    @Test("Of two backups to one name at once one is whole and the other an error")
    func backupsAtOnce() async throws {
        let temporary = try TemporaryStore()
        let (matrix, _) = try temporary.writeMatrix(rows: 20_000) { Float($0 + $1) }
        try temporary.publish([matrix])
        let (store, copy) = (temporary.store, temporary.folder + "/copy.mdb")
        let sizes = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<4 { group.addTask { try? store.backUp(to: copy) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sizes.compactMap(\.self).count == 1)
        #expect(try Verification.run(try StoreReader.open(at: copy)).problems.isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: temporary.folder)
        #expect(!names.contains { $0.hasSuffix(".part") })
    }

    @Test("Statistics say which process still reads the store as it was, and how much that holds")
    func laggingReaders() throws {
        let temporary = try TemporaryStore()
        func write(_ value: UInt8) throws {
            try temporary.write { (transaction: inout Writing) throws(StoreError) in
                try transaction.put([UInt8](repeating: value, count: 100_000), at: [1], in: temporary.store.tables.blocks)
            }
        }
        try write(1)
        #expect(try temporary.store.statistics().readers.isEmpty)
        try temporary.store.environment.read { (_: borrowing Reading) throws(StoreError) in
            for value in 2...4 as ClosedRange<UInt8> { do { try write(value) } catch { Issue.record("\(error)") } }
            let readers = try temporary.store.statistics().readers
            #expect(readers.count == 1 && readers.first?.process == Int(ProcessInfo.processInfo.processIdentifier), "\(readers)")
            #expect(readers.first?.commitsBehind == 3 && (300_000...500_000).contains(readers.first?.heldBytes ?? 0), "\(readers)")
        }
        #expect(try temporary.store.statistics().readers.isEmpty)
    }
}
