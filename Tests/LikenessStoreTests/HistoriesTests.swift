import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

/// The events of the log by user and by item.
@Suite struct HistoriesTests {
    private let temporary: TemporaryStore
    private var store: Store { temporary.store }

    init() throws {
        temporary = try TemporaryStore()
    }

    /// Takes in random likes and dislikes, some with weights.
    private func ingest(_ count: Int, seed: UInt64) throws {
        var random = seed
        func draw(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        for kind in [LikeKind.like, .dislike, .like] {
            var writer = LikesWriter(store, kind: kind, shape: kind == .like ? [.weights] : [])
            for _ in 0..<count {
                let (user, item) = ("u\(draw(50) * draw(4))", "i\(draw(30) * draw(3))")
                let weight = draw(3) == 0 ? Float(draw(5)) : 1
                Array(user.utf8).withUnsafeBytes { user in
                    Array(item.utf8).withUnsafeBytes { writer.add(user: user, item: $0, name: nil, weight: weight, time: nil) }
                }
            }
            _ = try writer.commit()
        }
    }

    /// An event of one row.
    private struct Event: Equatable {
        let other: UInt32
        let weight: Float
        let kind: UInt8
    }

    /// The events of each row, the plain way.
    private func expected(_ kind: RowKind, through last: SequenceNumber) throws -> [UInt32: [Event]] {
        try temporary.read { (transaction) throws(StoreError) in
            let events = try LikesLog(store.tables).events(through: last, in: transaction)
            var rows: [UInt32: [Event]] = [:]
            for place in 0..<events.count {
                let (user, item) = (events.users[place], events.items[place])
                rows[kind == .user ? user : item, default: []].append(
                    Event(
                        other: kind == .user ? item : user, weight: events.weights?[place] ?? 1,
                        kind: events.kinds?[place] ?? LikeKind.like.rawValue))
            }
            return rows
        }
    }

    /// The events of some rows as the histories have them.
    private func found(_ rows: [UInt32], _ kind: RowKind) throws -> [UInt32: [Event]] {
        try temporary.read { (transaction) throws(StoreError) in
            let histories = Histories(store.tables)
            guard let header = try histories.header(in: transaction) else { return [:] }
            var found: [UInt32: [Event]] = [:]
            try histories.forEach(rows, of: kind, header, in: transaction) { place, events in
                let (weights, kinds) = (events.weights.map(Array.init), events.kinds.map(Array.init))
                found[rows[place]] = events.others.enumerated().map { event, other in
                    Event(other: other, weight: weights?[event] ?? 1, kind: kinds?[event] ?? LikeKind.like.rawValue)
                }
            }
            return found
        }
    }

    private func header() throws -> HistoriesHeader? {
        try temporary.read { (transaction) throws(StoreError) in try Histories(store.tables).header(in: transaction) }
    }

    @Test(
        "Each row has what the log says of it, in the log's order, and rows that came later have nothing", arguments: [1, 2, 3] as [UInt64])
    func whatTheLogSays(seed: UInt64) throws {
        try ingest(2_000, seed: seed)
        try store.layHistories()
        let header = try #require(try header())
        let all = (0..<(max(header.users, header.items) + 5)).map { $0 }
        for kind in [RowKind.user, .item] {
            let expected = try expected(kind, through: header.watermark)
            let found = try found(all, kind)
            #expect(found.filter { !$0.value.isEmpty } == expected)
            #expect(found.count == Int(header.rows(kind)))
            // Some rows, across chunks.
            let some = all.filter { $0 % 7 == UInt32(seed) }
            #expect(try self.found(some, kind) == found.filter { some.contains($0.key) })
        }
        #expect(try Verification.run(store).problems == [])
        try ingest(50, seed: seed + 9)
        #expect(try Verification.run(store).problems == [])
        #expect(try self.header() == header)
    }

    @Test("A row with more than fits into a page has a chunk of its own")
    func longRow() throws {
        var writer = LikesWriter(store)
        for item in 0..<3_000 {
            for user in ["busy", "u\(item % 400)"] {
                Array(user.utf8).withUnsafeBytes { user in
                    Array("i\(item)".utf8).withUnsafeBytes { writer.add(user: user, item: $0, name: nil, weight: 1, time: nil) }
                }
            }
        }
        _ = try writer.commit()
        try store.layHistories()
        let last = try #require(try header()).watermark
        #expect(try found([0, 1, 399, 400], .user).mapValues(\.count) == [0: 3_000, 1: 8, 399: 7, 400: 7])
        #expect(try found([0, 2_999], .item) == expected(.item, through: last).filter { [0, 2_999].contains($0.key) })
        #expect(try Verification.run(store).problems == [])
    }

    @Test("Laid down anew they replace what was there, and leave nothing behind")
    func again() throws {
        try ingest(300, seed: 4)
        try store.layHistories()
        let first = try temporary.dump()["histories"]?.count ?? 0
        try ingest(30, seed: 5)
        for _ in 0..<3 { try store.layHistories() }
        #expect(try header()?.generation == 2 || header()?.generation ?? 0 > 2)
        #expect(try temporary.dump()["histories"]?.count ?? 0 < 2 * first + 4)
        #expect(try Verification.run(store).problems == [])
        #expect(try store.refreshHistories() == false, "a short log needs none")
    }

    @Test("Leftovers of a process that was killed do no harm, and go")
    func leftovers() throws {
        try ingest(300, seed: 6)
        try store.layHistories()
        let generation = try #require(try header()).generation
        let table = store.tables.histories
        try temporary.write { (transaction) throws(StoreError) in
            for (place, number) in [generation - 1, generation + 1].enumerated() {
                try transaction.put([1, 2, 3], at: HistoryKey(number, .user, firstRow: UInt32(place)).bytes, in: table)
            }
        }
        #expect(try Verification.run(store).problems == [])
        try store.layHistories()
        #expect(try header()?.generation == generation + 2)
        #expect(try temporary.dump()["histories"]?.keys.allSatisfy { $0[3] == UInt8(generation + 2) } == true)
    }

    @Test("Verifying sees a chunk that is missing, changed, or not what the log says")
    func verification() throws {
        try ingest(2_000, seed: 7)
        try store.layHistories()
        let header = try #require(try header())
        let table = store.tables.histories
        let chunks = try #require(try temporary.dump()["histories"])
        for (key, value) in chunks.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }).prefix(6) {
            try temporary.write { (transaction) throws(StoreError) in _ = try transaction.delete(key, in: table) }
            #expect(try Verification.run(store).problems.count == 1)
            for place in stride(from: 0, to: value.count, by: 131) {
                var changed = value
                changed[place] ^= 4
                try temporary.write { (transaction) throws(StoreError) in try transaction.put(changed, at: key, in: table) }
                #expect(try Verification.run(store).problems.count == 1, "byte \(place)")
            }
            // A sound record that says something else.
            let first = try HistoryKey(key.span.bytes)
            var chunk = try HistoryChunk(value.span.bytes, firstRow: first.firstRow, below: .max, others: .max)
            chunk.others[0] = chunk.others[0] == 0 ? 1 : 0
            try temporary.write { (transaction) throws(StoreError) in try transaction.put(chunk.bytes, at: key, in: table) }
            #expect(try Verification.run(store).problems.count == 1)
            try temporary.write { (transaction) throws(StoreError) in try transaction.put(value, at: key, in: table) }
        }
        #expect(header.users > 0 && header.items > 0)
        #expect(try Verification.run(store).problems == [])
    }
}
