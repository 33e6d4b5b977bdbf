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
        #expect { try Store.open(at: text, forReading: true) } throws: { error in
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
        #expect { try Store.open(at: copy, forReading: true) } throws: { error in
            "\(error)".contains("cut short")
        }
        #expect { try Store.open(at: copy) } throws: { error in
            "\(error)".contains("cut short")
        }
        try FileHandle(forWritingTo: URL(fileURLWithPath: copy)).truncate(atOffset: 100)
        #expect(throws: StoreError.self) { try Store.open(at: copy, forReading: true) }
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
        #expect(try Store.open(at: copy, forReading: true).isReadOnly)
        header.readerFeatures = 8
        try rewrite()
        #expect(throws: StoreError.unsupportedFeatures(path: copy, bits: 8, forWriting: false)) {
            try Store.open(at: copy, forReading: true)
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
        let replica = try Store.open(at: copy, forReading: true)
        let version = try replica.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try replica.catalog.manifest(at: .current, in: transaction).version
        }
        #expect(version == Version(rawValue: 1))
        #expect(!FileManager.default.fileExists(atPath: copy + "-lock"))
        #expect(throws: StoreError.file(path: copy, reason: "there is such a file already; choose another name, or remove it")) {
            try temporary.store.backUp(to: copy)
        }
    }
}
