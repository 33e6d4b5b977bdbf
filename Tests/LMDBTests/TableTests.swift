import Foundation
import LMDB
import Testing

@Suite struct TableTests {
    private let folder = NSTemporaryDirectory() + "lmdb-table-test-" + UUID().uuidString

    /// Opens the file of the test, and removes its folder afterwards.
    private func inFolder(_ body: (String) throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder + "/data.mdb")
    }

    private func open(_ path: String, _ tables: [String], forReading: Bool = false) throws -> Environment {
        var options = Environment.Options()
        options.mapByteCount = 1 << 26
        options.isReadOnly = forReading
        return try Environment.open(path, tableNames: tables, options: options)
    }

    @Test("A table that the file lacks reads as empty, and a writer makes it")
    func absentTable() throws {
        try inFolder { path in
            do {
                let environment = try open(path, ["old"])
                try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                    try transaction.put([1], at: "key", in: environment.table("old"))
                }
            }
            do {
                let environment = try open(path, ["new", "old"], forReading: true)
                let (new, old) = (environment.table("new"), environment.table("old"))
                #expect(!new.isPresent && old.isPresent)
                try environment.read { (transaction: borrowing ReadTransaction<LMDBError>) throws(LMDBError) in
                    #expect(try transaction.contains("key", in: old))
                    #expect(try !transaction.contains("key", in: new))
                    #expect(try transaction.statistics(of: new).entries == 0)
                    var cursor = try transaction.cursor(in: new)
                    let found = try (
                        cursor.move(to: .first), cursor.move(toFirstNotLessThan: "key"), cursor.move(toLastNotGreaterThan: "key")
                    )
                    #expect(found == (false, false, false))
                }
            }
            #expect(try open(path, ["new", "old"]).table("new").isPresent)
        }
    }

    @Test("An insertion and an append never replace a value")
    func insertion() throws {
        try inFolder { path in
            let environment = try open(path, ["a"])
            let a = environment.table("a")
            try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                #expect(try transaction.insert([1], at: UInt32(7), in: a))
                #expect(try !transaction.insert([2], at: UInt32(7), in: a))
                for mode in [PutMode.inserting, .appending] {
                    do throws(LMDBError) {
                        try transaction.put([3], at: UInt32(7), in: a, mode: mode)
                        Issue.record("\(mode) replaced a value")
                    } catch { #expect(error.code == .keyExists) }
                }
                let kept = try transaction.get(UInt32(7), in: a)?.withUnsafeBytes { Array($0) }
                #expect(kept == [1])
            }
        }
    }

    @Test("The lock file has all of its blocks, so that a full disk cannot take them away")
    func reservedLockFile() throws {
        try inFolder { path in
            let environment = try open(path, ["a"])
            var status = stat()
            #expect(stat(environment.path + "-lock", &status) == 0)
            #expect(Int(status.st_blocks) * 512 >= Int(status.st_size) && status.st_size >= 64 * 1_024)
        }
    }
}
