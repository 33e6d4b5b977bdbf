import Foundation
import Platform
import Testing

@testable import LMDB

/// The page walker accepts what LMDB writes, and names what is wrong where bytes were changed.
@Suite struct PageWalkerTests {
    private let folder = NSTemporaryDirectory() + "walker-test-" + UUID().uuidString
    private var file: String { folder + "/data.mdb" }

    private struct Dice {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// Writes a file of two tables, with short and long values, deletes and overwrites, over some commits; `body` sees it after each.
    private func makeFile(rounds: Int, _ body: () throws -> Void = {}) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var options = Environment.Options()
        options.mapByteCount = 1 << 28
        let environment = try Environment.open(file, tableNames: ["a", "b"], options: options)
        var dice = Dice(state: 5)
        for _ in 0..<rounds {
            try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                for _ in 0..<300 {
                    let table = environment.tables[dice.next(2)]
                    let key = UInt32(dice.next(900))
                    if dice.next(3) == 0 {
                        try transaction.delete(key, in: table)
                    } else {
                        let size = dice.next(10) == 0 ? dice.next(20_000) : dice.next(90)
                        try transaction.put([UInt8](repeating: UInt8(dice.next(256)), count: size), at: key, in: table)
                    }
                }
            }
            try body()
        }
    }

    @Test("What LMDB writes is sound after every commit, and a store without anything too")
    func sound() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var most: UInt64 = 0
        try makeFile(rounds: 40) { most = max(most, try #require(try PageWalker.check(file))) }
        #expect(most > 100)
    }

    @Test("Clearing unused space takes away what was deleted or replaced, and nothing else")
    func cleared() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeFile(rounds: 30)
        let environment = try Environment.open(file, tableNames: ["a", "b"])
        func records() throws -> [[UInt8]] {
            try environment.read { (transaction: borrowing ReadTransaction<LMDBError>) throws(LMDBError) in
                var records: [[UInt8]] = []
                for table in environment.tables {
                    var cursor = try transaction.cursor(in: table)
                    var isThere = try cursor.move(to: .first)
                    while isThere {
                        records.append(cursor.key.withUnsafeBytes { Array($0) } + cursor.value.withUnsafeBytes { Array($0) })
                        isThere = try cursor.move(to: .next)
                    }
                }
                return records
            }
        }
        let secret: [UInt8] = Array("what nobody may read again".utf8)
        func holdsSecret() throws -> Bool { try Data(contentsOf: URL(fileURLWithPath: file)).range(of: Data(secret)) != nil }
        let before = try records()
        let table = environment.tables[0]
        // Short and long values, overwritten by shorter ones and deleted.
        for round in 0..<3 as Range<UInt32> {
            try environment.write { (transaction: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                for key in 2_000..<2_060 as Range<UInt32> {
                    let filler = [UInt8](repeating: 7, count: Int(key % 5) * Int(key % 7) * 400)
                    if round == 0 { try transaction.put(secret + filler + secret, at: key, in: table) }
                    if round == 1, key % 2 == 0 { try transaction.put([1, 2, 3], at: key, in: table) }
                    if round == 2 { try transaction.delete(key, in: table) }
                }
            }
        }
        #expect(try holdsSecret())
        #expect(try environment.clearUnusedSpace())
        #expect(try !holdsSecret())
        #expect(try records() == before)
        #expect(try PageWalker.check(file) != nil)
        // Pages that a reader may still see stay.
        try environment.read { (transaction: borrowing ReadTransaction<LMDBError>) throws(LMDBError) in
            let count = try transaction.statistics(of: table).entries
            for _ in 0..<3 {
                try environment.write { (other: inout WriteTransaction<LMDBError>) throws(LMDBError) in
                    for key in 0..<900 as Range<UInt32> { try other.delete(key, in: table) }
                    try other.put([1], at: UInt32(5_000), in: table)
                }
            }
            #expect(try !environment.clearUnusedSpace())
            var seen = 0
            var cursor = try transaction.cursor(in: table)
            var isThere = try cursor.move(to: .first)
            while isThere {
                seen += 1
                isThere = try cursor.move(to: .next)
            }
            #expect(seen == count)
        }
    }

    @Test("Whatever bytes of pages are changed, the walk ends in words or finds nothing, and most changes are seen")
    func changed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeFile(rounds: 12)
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let other = folder + "/changed.mdb"
        var dice = Dice(state: 9)
        var (seen, headers) = (0, 0)
        let (rounds, pages) = (2_500, whole.count / 4_096)
        try whole.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: other)) }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: other))
        for round in 0..<rounds {
            // Half of the changes are in the first bytes of pages, where LMDB keeps what it follows.
            let isHead = round % 2 == 0
            let place = dice.next(pages) * 4_096 + (isHead ? dice.next(64) : dice.next(4_096))
            let byte = dice.next(3) == 0 ? UInt8(dice.next(256)) : whole[place] ^ UInt8(1 << dice.next(8))
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: Data([byte]))
            do throws(PageFault) { try PageWalker.check(other) } catch {
                seen += 1
                if isHead { headers += 1 }
                #expect(!error.description.isEmpty)
            }
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: Data([whole[place]]))
        }
        // Most pages are those of long values, which are not read.
        #expect(headers > rounds / 40, "\(seen) of \(rounds) seen, \(headers) in heads")
        #expect(try PageWalker.check(other) != nil)
    }

    @Test("Damage that LMDB would follow is named with its page")
    func named() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeFile(rounds: 12)
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        func reason(_ change: (inout [UInt8]) -> Void) throws -> String {
            var bytes = whole
            change(&bytes)
            try Data(bytes).write(to: URL(fileURLWithPath: file + ".x"))
            do throws(PageFault) { try PageWalker.check(file + ".x") } catch { return error.description }
            return ""
        }
        func word(_ bytes: [UInt8], _ at: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[at + $1]) << (8 * UInt64($1)) } }
        let newest = word(whole, 144) > word(whole, 4_096 + 144) ? 0 : 4_096
        let root = Int(word(whole, newest + 88 + 40))
        #expect(try reason { $0[newest + 88 + 40 + 5] = 0xFF }.contains("leads to page"))
        #expect(try reason { $0[root * 4_096 + 10] = 0x08 }.contains("page \(root) is of another kind"))
        #expect(try reason { $0[root * 4_096 + 12] = 0xFF }.contains("bounds"))
        #expect(try reason { $0[newest + 88 + 32] ^= 1 }.contains("counts"))
        #expect(try reason { $0.removeLast($0.count / 2) } != "")
        #expect(try reason { $0[40] = 3 }.contains("bytes"))
    }

    @Test("A file that is not there or not LMDB's is told from one that is damaged")
    func noFile() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(throws: PageFault.unreadable(.noSuchFile)) { try PageWalker.check(file) }
        try Data("these are words".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: PageFault.notLMDB(reason: "it is too short for an LMDB file")) { try PageWalker.check(file) }
        try Data([UInt8](repeating: 0x41, count: 9_000)).write(to: URL(fileURLWithPath: file))
        #expect(throws: PageFault.notLMDB(reason: "it is not an LMDB file")) { try PageWalker.check(file) }
    }
}
