import Foundation
import LMDB
import Platform
import Testing

/// What several threads and processes do with one file at once.
@Suite struct SharedMapTests {
    private let folder = NSTemporaryDirectory() + "lmdb-shared-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func open(_ megabytes: Int = 1_024, forReading: Bool = false) throws(LMDBError) -> Environment {
        var options = Environment.Options()
        options.mapByteCount = megabytes << 20
        options.isReadOnly = forReading
        return try Environment.open(folder + "/data.mdb", tableNames: ["a"], options: options)
    }

    /// Writes so many values of a megabyte in a process of its own, with a large map.
    private func growElsewhere(_ count: Int) async throws {
        let path = folder + "/data.mdb"
        await #expect(processExitsWith: .success) { [path = path as String, count = count as Int] in
            let environment = try Environment.open(path, tableNames: ["a"])
            let table = environment.tables[0]
            for number in 0..<count {
                try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                    try transaction.put([UInt8](repeating: 7, count: 1 << 20), at: UInt32(number), in: table)
                }
            }
        }
    }

    @Test("Another process grows the file past the map while threads read: the map is taken over anew, and every reading is whole")
    func grownElsewhere() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let environment = try open(2)
        let table = environment.tables[0]
        try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
            try transaction.put([1, 2, 3], at: "key", in: table)
        }
        let isDone = Monitor(false)
        let failures = Monitor<[String]>([])
        let readings = Monitor(0)
        let threads = (0..<4).compactMap { number in
            SystemThread {
                while !isDone.withLock({ $0 }) {
                    do throws(LMDBError) {
                        try environment.read { (transaction: borrowing ReadTransaction<LMDBError>) throws(LMDBError) in
                            // Some readings begin another one inside, as a session does.
                            if number == 0 {
                                let inner = try environment.read { (inner: borrowing ReadTransaction<LMDBError>) throws(LMDBError) in
                                    try inner.get("key", in: table)?.byteCount
                                }
                                if inner != 3 { failures.withLock { $0.append("inner: \(String(describing: inner))") } }
                            }
                            let bytes = try transaction.get("key", in: table)?.withUnsafeBytes { Array($0) }
                            if bytes != [1, 2, 3] { failures.withLock { $0.append("\(String(describing: bytes))") } }
                        }
                        readings.withLock { $0 += 1 }
                    } catch {
                        // A reading that holds another one open cannot wait for itself; it says so, and nothing else fails.
                        if number != 0 || error.code != .mapResized { failures.withLock { $0.append("\(error)") } }
                    }
                }
            }
        }
        try await growElsewhere(8)
        let before = readings.withLock { $0 }
        _ = readings.wait(until: { $0 > before + 1_000 }) { _ in }
        isDone.withLock { $0 = true }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 }.isEmpty)
        #expect(environment.mapByteCount > 8 << 20)
        try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
            try transaction.put([4], at: "after", in: table)
        }
    }

    @Test("A file that threads open and close at once stays locked and readable all the while")
    func openedAndClosed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try open().write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in }
        let failures = Monitor<[String]>([])
        let threads = (0..<8).compactMap { number in
            SystemThread {
                for round in 0..<50 {
                    do throws(LMDBError) {
                        let environment = try open()
                        let table = environment.tables[0]
                        try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                            try transaction.put([UInt8(number)], at: UInt32(number * 1_000 + round), in: table)
                        }
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 }.isEmpty)
        let environment = try open(forReading: true)
        let entries = try environment.read { (transaction: borrowing ReadTransaction<LMDBError>) throws(LMDBError) in
            try transaction.statistics(of: environment.tables[0]).entries
        }
        #expect(entries == 400)
    }

    @Test("A writer may open what is open for writing elsewhere in the process, and a reader beside it still cannot write")
    func readerBesideWriter() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let writer = try open()
        let reader = try open(forReading: true)
        #expect(reader.isReadOnly && !writer.isReadOnly)
        let error = #expect(throws: LMDBError.self) {
            try reader.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                try transaction.put([1], at: "key", in: reader.tables[0])
            }
        }
        #expect(error?.code == .openedForReading)
        try writer.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
            try transaction.put([1], at: "key", in: writer.tables[0])
        }
        let found = try reader.read { (transaction: borrowing ReadTransaction<LMDBError>) throws(LMDBError) in
            try transaction.contains("key", in: reader.tables[0])
        }
        #expect(found)
    }
}
