import Foundation
import LMDB
import Testing

/// An LMDB file of its own, removed with the value's last use.
private final class TemporaryEnvironment {
    let folder: String
    let environment: Environment

    init(tables: [String] = ["a", "b"], mapByteCount: Int = 1 << 30) throws {
        folder = NSTemporaryDirectory() + "lmdb-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var options = Environment.Options()
        options.mapByteCount = mapByteCount
        environment = try Environment.open(folder + "/data.mdb", tableNames: tables, options: options)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func write(_ body: (inout WriteTransaction<LMDBError>) throws(LMDBError) -> Void) throws {
        try environment.write(body)
    }

    func read<R>(_ body: (borrowing ReadTransaction<LMDBError>) throws(LMDBError) -> R) throws -> R {
        try environment.read(body)
    }

    /// Everything in a table, in its order.
    func pairs(_ table: Table) throws -> [[UInt8]] {
        try read { (transaction) throws(LMDBError) in
            var pairs: [[UInt8]] = []
            var cursor = try transaction.cursor(in: table)
            var more = try cursor.move(to: .first)
            while more {
                pairs.append(bytes(cursor.key))
                pairs.append(bytes(cursor.value))
                more = try cursor.move(to: .next)
            }
            return pairs
        }
    }
}

private func bytes(_ span: RawSpan) -> [UInt8] {
    span.withUnsafeBytes { Array($0) }
}

extension RawSpan {
    fileprivate var array: [UInt8] { bytes(self) }
}

/// SplitMix64: the same numbers on every run.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct EnvironmentTests {
    @Test("A value whose pages were released can be read again, and one that is not yet committed is not lost")
    func releasedPages() throws {
        let file = try TemporaryEnvironment()
        let table = file.environment.tables[0]
        let values = (0..<4).map { number in (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) } }
        try file.write { (transaction) throws(LMDBError) in
            for (number, value) in values.enumerated() { try transaction.put(value, at: UInt64(number), in: table) }
            for (number, value) in values.enumerated() {
                guard let dirty = try transaction.get(UInt64(number), in: table) else { continue }
                transaction.releasePages(of: dirty)
                #expect(dirty.array == value)
            }
        }
        try file.read { (transaction) throws(LMDBError) in
            for _ in 0..<2 {
                for (number, value) in values.enumerated() {
                    guard let found = try transaction.get(UInt64(number), in: table) else { continue }
                    #expect(found.array == value)
                    transaction.releasePages(of: found)
                    #expect(found.array == value)
                }
            }
        }
        #expect(try file.pairs(table).count == 8)
    }

    @Test("What is committed can be read, in every table by itself")
    func committedValuesAreThere() throws {
        let temporary = try TemporaryEnvironment()
        let (a, b) = (temporary.environment.tables[0], temporary.environment.tables[1])
        try temporary.write { (transaction) throws(LMDBError) in
            try transaction.put([1, 2, 3], at: "key", in: a)
            try transaction.put([4], at: UInt32(7), in: b)
        }
        try temporary.read { (transaction) throws(LMDBError) in
            #expect(try transaction.get("key", in: a)?.array == [1, 2, 3])
            #expect(try transaction.get(UInt32(7), in: b)?.array == [4])
            #expect(try transaction.contains("key", in: b) == false)
            #expect(try transaction.statistics(of: a).entries == 1)
        }
    }

    @Test("A transaction that throws leaves nothing behind")
    func throwingDropsChanges() throws {
        let temporary = try TemporaryEnvironment()
        let a = temporary.environment.tables[0]
        try temporary.write { (transaction) throws(LMDBError) in try transaction.put([1], at: "kept", in: a) }
        #expect(throws: LMDBError.self) {
            try temporary.write { (transaction) throws(LMDBError) in
                try transaction.put([2], at: "kept", in: a)
                try transaction.put([2], at: "dropped", in: a)
                throw LMDBError(code: .panic, operation: "test")
            }
        }
        #expect(try temporary.pairs(a) == [Array("kept".utf8), [1]])
    }

    @Test("A reader keeps its view while a writer goes on")
    func readersKeepTheirView() throws {
        let temporary = try TemporaryEnvironment()
        let a = temporary.environment.tables[0]
        try temporary.write { (transaction) throws(LMDBError) in try transaction.put([1], at: "key", in: a) }
        try temporary.read { (transaction) throws(LMDBError) in
            try temporary.environment.write { (writing: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                try writing.put([2], at: "key", in: a)
            }
            #expect(try transaction.get("key", in: a)?.array == [1])
        }
        #expect(try temporary.pairs(a) == [Array("key".utf8), [2]])
    }

    @Test("Integers are ordered as numbers, and a cursor finds their neighbours")
    func cursorsSeek() throws {
        let temporary = try TemporaryEnvironment()
        let a = temporary.environment.tables[0]
        let numbers: [UInt32] = [1, 5, 255, 256, 65_535, 65_536, .max]
        try temporary.write { (transaction) throws(LMDBError) in
            for number in numbers.reversed() { try transaction.put([0], at: number, in: a) }
        }
        try temporary.read { (transaction) throws(LMDBError) in
            var cursor = try transaction.cursor(in: a)
            for probe: UInt32 in [0, 1, 2, 5, 254, 256, 257, 70_000, .max] {
                let above = numbers.first { $0 >= probe }
                let below = numbers.last { $0 <= probe }
                let foundAbove = try cursor.move(toFirstNotLessThan: probe)
                #expect(foundAbove == (above != nil))
                if let above, foundAbove {
                    #expect(bytes(cursor.key) == withUnsafeBytes(of: above.bigEndian) { Array($0) })
                }
                let foundBelow = try cursor.move(toLastNotGreaterThan: probe)
                #expect(foundBelow == (below != nil))
                if let below, foundBelow {
                    #expect(bytes(cursor.key) == withUnsafeBytes(of: below.bigEndian) { Array($0) })
                }
            }
        }
    }

    @Test("A full map is an error that says what to do, and what was there before stays")
    func fullMapKeepsWhatWasThere() throws {
        let temporary = try TemporaryEnvironment(mapByteCount: 1 << 20)
        let a = temporary.environment.tables[0]
        try temporary.write { (transaction) throws(LMDBError) in try transaction.put([1], at: "kept", in: a) }
        let error = #expect(throws: LMDBError.self) {
            try temporary.write { (transaction) throws(LMDBError) in
                for number in 0..<100 as Range<UInt32> {
                    try transaction.put([UInt8](repeating: 0, count: 50_000), at: number, in: a)
                }
            }
        }
        #expect(error?.code == .mapFull)
        #expect(error.map { "\($0)".contains("LIKENESS_MAP_SIZE") } == true)
        #expect(try temporary.pairs(a) == [Array("kept".utf8), [1]])
        try temporary.write { (transaction) throws(LMDBError) in try transaction.put([2], at: "after", in: a) }
    }

    @Test("Keys that LMDB cannot hold are errors that name the table", arguments: [0, 512])
    func impossibleKeys(byteCount: Int) throws {
        let temporary = try TemporaryEnvironment()
        let a = temporary.environment.tables[0]
        let error = #expect(throws: LMDBError.self) {
            try temporary.write { (transaction) throws(LMDBError) in
                try transaction.put([1], at: [UInt8](repeating: 1, count: byteCount), in: a)
            }
        }
        #expect(error?.code == .badValueSize)
        #expect(error?.table == "a")
    }

    @Test("Any sequence of operations ends as the same on a dictionary", arguments: [1, 2, 3] as [UInt64])
    func randomOperations(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let temporary = try TemporaryEnvironment()
        let a = temporary.environment.tables[0]
        var expected: [UInt32: [UInt8]] = [:]
        for _ in 0..<60 {
            let isDropped = Int.random(in: 0..<4, using: &generator) == 0
            var draft = expected
            do {
                try temporary.write { (transaction) throws(LMDBError) in
                    for _ in 0..<50 {
                        let key = UInt32.random(in: 0..<200, using: &generator)
                        switch Int.random(in: 0..<4, using: &generator) {
                        case 0:
                            #expect(try transaction.delete(key, in: a) == (draft.removeValue(forKey: key) != nil))
                        case 1:
                            #expect(try transaction.get(key, in: a)?.array == draft[key])
                        default:
                            let count = Int.random(in: 0..<(key % 17 == 0 ? 9_000 : 60), using: &generator)
                            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: key), count: count)
                            try transaction.put(value, at: key, in: a)
                            draft[key] = value
                        }
                    }
                    if isDropped { throw LMDBError(code: .panic, operation: "test") }
                }
                expected = draft
            } catch {
                #expect(isDropped)
            }
            let all = expected.sorted { $0.key < $1.key }
                .flatMap { [withUnsafeBytes(of: $0.key.bigEndian) { Array($0) }, $0.value] }
            #expect(try temporary.pairs(a) == all)
        }
    }
}
