import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

/// What a store must hold after likes and dislikes, kept in dictionaries.
private struct NaiveLikes {
    var users: [String] = []
    var items: [String] = []
    var state: [[String]: LikeKind] = [:]
    var events: [(user: String, item: String, kind: LikeKind)] = []

    mutating func add(_ user: String, _ item: String, _ kind: LikeKind) -> Bool {
        if !users.contains(user) { users.append(user) }
        if !items.contains(item) { items.append(item) }
        if state[[user, item]] == kind { return false }
        state[[user, item]] = kind
        events.append((user, item, kind))
        return true
    }

    func items(of user: String, _ kind: LikeKind) -> [UInt32] {
        items.indices.filter { state[[user, items[$0]]] == kind }.map { UInt32($0) }
    }
}

extension LikesWriter {
    fileprivate mutating func add(
        _ user: String, _ item: String, name: String? = nil, weight: Float = 1, time: Int64? = nil
    ) {
        let name = name.map { Array($0.utf8) }
        Array(user.utf8).withUnsafeBytes { user in
            Array(item.utf8).withUnsafeBytes { item in
                guard let name else { return add(user: user, item: item, name: nil, weight: weight, time: time) }
                name.withUnsafeBytes { add(user: user, item: item, name: $0, weight: weight, time: time) }
            }
        }
    }
}

extension TemporaryStore {
    /// All tables but `meta`, which holds random bytes: table → key → value.
    func dump() throws -> [String: [[UInt8]: [UInt8]]] {
        try read { (transaction) throws(StoreError) in
            var dump: [String: [[UInt8]: [UInt8]]] = [:]
            for table in store.environment.tables where table.name != "meta" {
                var cursor = try transaction.cursor(in: table)
                var more = try cursor.move(to: .first)
                while more {
                    dump[table.name, default: [:]][cursor.key.copied] = cursor.value.copied
                    more = try cursor.move(to: .next)
                }
            }
            return dump
        }
    }

    fileprivate func events() throws -> LikeColumns {
        try read { (transaction) throws(StoreError) in try LikesLog(store.tables).events(in: transaction) }
    }
}

@Suite struct LikesWriterTests {
    @Test("Random likes and dislikes in random batches end as in dictionaries", arguments: [1, 2, 3, 4] as [UInt64])
    func randomBatches(seed: UInt64) throws {
        var random = SplitMix(seed)
        let temporary = try TemporaryStore()
        var naive = NaiveLikes()
        var accepted = 0
        for _ in 0..<40 {
            let kind: LikeKind = random.next(4) == 0 ? .dislike : .like
            var writer = LikesWriter(temporary.store, kind: kind)
            for _ in 0..<2 {
                var expected = 0
                let rows = random.next(60)
                for _ in 0..<rows {
                    let (user, item) = ("u\(random.next(12))", "i\(random.next(25))")
                    writer.add(user, item)
                    if naive.add(user, item, kind) { expected += 1 }
                }
                let counts = try writer.commit()
                accepted += expected
                #expect(counts.accepted == expected)
                #expect(counts.duplicates == rows - expected)
                #expect(counts.lastSequence.rawValue == UInt64(accepted))
            }
        }
        let store = temporary.store
        try temporary.read { (transaction) throws(StoreError) in
            let users = Vocabulary(.user, in: store.tables)
            #expect(try Int(users.length(in: transaction)) == naive.users.count)
            for (place, id) in naive.users.enumerated() {
                let index = UInt32(place)
                #expect(try users.index(of: id, in: transaction) == index)
                #expect(try users.id(at: index, in: transaction) == id)
                #expect(
                    try LikesIndex(store.tables).items(likedBy: index, in: transaction) == naive.items(of: id, .like))
                var disliked: [UInt32] = []
                try LikesIndex(store.tables).read(index, from: store.tables.dislikesByUser, into: &disliked, in: transaction)
                #expect(disliked == naive.items(of: id, .dislike))
            }
            let counts = try LikesIndex(store.tables).counts(in: transaction)
            #expect(Int(counts.likes) == naive.state.values.filter { $0 == .like }.count)
            #expect(Int(counts.dislikes) == naive.state.values.filter { $0 == .dislike }.count)
            let events = try LikesLog(store.tables).events(in: transaction)
            #expect(events.users.map { naive.users[Int($0)] } == naive.events.map(\.user))
            #expect(events.items.map { naive.items[Int($0)] } == naive.events.map(\.item))
            #expect(events.kinds ?? [] == naive.events.map(\.kind.rawValue))
            var likes = try LikesLog(store.tables).opinions(in: transaction)
            if let kinds = likes.kinds { likes.keep { kinds[$0] == LikeKind.like.rawValue } }
            let pairs = zip(likes.users, likes.items).map { [naive.users[Int($0)], naive.items[Int($1)]] }
            #expect(Set(pairs) == Set(naive.state.filter { $0.value == .like }.keys))
            #expect(pairs.count == counts.likes)
        }
    }

    @Test("However a run is cut into batches, and wherever it is broken off and begun again, it ends in the same bytes")
    func batchesLeaveNoTrace() throws {
        var random = SplitMix(7)
        let rows = (0..<20_000).map { _ in
            (user: "u\(random.next(3_000))", item: "i\(random.next(900))", weight: Float(random.next(3)))
        }
        func ingest(_ cuts: [Int], resumedAt: Int?) throws -> [String: [[UInt8]: [UInt8]]] {
            let temporary = try TemporaryStore()
            for end in [resumedAt, rows.count].compactMap({ $0 }) {
                var writer = LikesWriter(temporary.store, shape: [.weights])
                for (place, row) in rows[..<end].enumerated() {
                    writer.add(row.user, row.item, name: "name \(row.item)", weight: row.weight)
                    if cuts.contains(place) { _ = try writer.commit() }
                }
                _ = try writer.commit()
            }
            return try temporary.dump()
        }
        let whole = try ingest([], resumedAt: nil)
        #expect((whole["log"]?.count ?? 0) > 1)
        #expect(try ingest([0, 1, 5_000, 8_191, 16_000], resumedAt: nil) == whole)
        #expect(try ingest([10, 9_000], resumedAt: 12_345) == whole)
    }

    @Test("Two writers on one store, in turns, both find what the other wrote")
    func twoWriters() throws {
        let temporary = try TemporaryStore()
        var random = SplitMix(3)
        var first = LikesWriter(temporary.store)
        var second = LikesWriter(temporary.store)
        var pairs: Set<[String]> = []
        var accepted = 0
        for turn in 0..<20 {
            for _ in 0..<30 {
                let (user, item) = ("u\(random.next(40))", "i\(random.next(40))")
                pairs.insert([user, item])
                if turn % 2 == 0 { first.add(user, item) } else { second.add(user, item) }
            }
            accepted += turn % 2 == 0 ? try first.commit().accepted : try second.commit().accepted
        }
        #expect(accepted == pairs.count)
        let store = temporary.store
        let found = try temporary.read { (transaction) throws(StoreError) in
            let events = try LikesLog(store.tables).events(in: transaction)
            var found: [[String]] = []
            for (user, item) in zip(events.users, events.items) {
                let userID = try Vocabulary(.user, in: store.tables).id(at: user, in: transaction)
                let itemID = try Vocabulary(.item, in: store.tables).id(at: item, in: transaction)
                found.append([userID ?? "", itemID ?? ""])
            }
            return found
        }
        #expect(found.count == pairs.count)
        #expect(Set(found) == pairs)
    }

    @Test("Any range of the log is read as a slice of the whole")
    func rangesOfTheLog() throws {
        let temporary = try TemporaryStore()
        var writer = LikesWriter(temporary.store, shape: [.weights, .times])
        for row in 0..<20_000 {
            writer.add("u\(row % 700)", "i\(row)", weight: Float(row), time: row % 3 == 0 ? nil : Int64(row))
        }
        _ = try writer.commit()
        let all = try temporary.events()
        #expect(all.count == 20_000)
        #expect(all.weights?[19_999] == 19_999)
        #expect(all.times?[3] == LikeColumns.noTime)
        #expect(all.times?[4] == 4)
        let edge = UInt64(LogChunk.capacity)
        for (after, through) in [(0, 1), (edge - 1, edge), (edge, edge + 1), (5, 19_999), (19_999, nil), (20_000, nil)]
            as [(UInt64, UInt64?)]
        {
            let part = try temporary.read { (transaction) throws(StoreError) in
                try LikesLog(temporary.store.tables).events(
                    after: SequenceNumber(rawValue: after), through: through.map(SequenceNumber.init(rawValue:)),
                    in: transaction)
            }
            #expect(part.users == Array(all.users[Int(after)..<Int(through ?? 20_000)]))
            if part.count > 0 { #expect(part == all.slice(Int(after)..<Int(through ?? 20_000))) }
        }
    }

    @Test("One wrong bit anywhere in a chunk is found")
    func wrongBits() throws {
        let temporary = try TemporaryStore()
        var writer = LikesWriter(temporary.store)
        for row in 0..<40 { writer.add("u\(row % 5)", "i\(row)") }
        _ = try writer.commit()
        let log = temporary.store.tables.log
        let chunk = try temporary.read { (transaction) throws(StoreError) in
            try transaction.get(UInt64(1), in: log)?.copied ?? []
        }
        #expect(chunk.count == 48 + 40 * 8)
        for place in chunk.indices {
            var wrong = chunk
            wrong[place] ^= 1 << UInt8(place % 8)
            try temporary.write { (transaction) throws(StoreError) in try transaction.put(wrong, at: UInt64(1), in: log)
            }
            #expect(throws: StoreError.self, "byte \(place)") { try temporary.events() }
        }
        for count in [0, 4, 47, 48, chunk.count - 1] {
            let short = Array(chunk[..<count])
            try temporary.write { (transaction) throws(StoreError) in try transaction.put(short, at: UInt64(1), in: log)
            }
            #expect(throws: StoreError.self, "\(count) bytes") { try temporary.events() }
        }
        try temporary.write { (transaction) throws(StoreError) in try transaction.put(chunk, at: UInt64(1), in: log) }
        #expect(try temporary.events().count == 40)
    }

    @Test("The checksum is CRC-32C, and goes on from where it was")
    func checksum() {
        let digits = Array("123456789".utf8)
        digits.withUnsafeBytes { bytes in
            #expect(CRC32C.checksum(bytes) == 0xE306_9283)
            for cut in 0...9 {
                let head = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
                #expect(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[cut...]), after: head) == 0xE306_9283)
            }
        }
        let longer = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        longer.withUnsafeBytes { bytes in
            // The processor's instruction and the tables agree, whatever the length and the start.
            for start in 0..<17 {
                for end in start...100 {
                    let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                    #expect(CRC32C.checksum(part, after: 77) == CRC32C.checksumByTables(part, after: 77))
                }
            }
            let whole = CRC32C.checksum(bytes)
            let byByte = bytes.indices.reduce(UInt32(0)) {
                CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[$1...$1]), after: $0)
            }
            #expect(whole == byByte)
        }
    }

    @Test(
        "Batches that become durable beside the next ones end as batches that are waited for, whatever their size",
        arguments: [1, 7, 64, 65, 500], [LikeKind.like, .dislike])
    func alongside(batchRows: Int, kind: LikeKind) throws {
        var random = SplitMix(UInt64(batchRows))
        let (waiting, beside) = (try TemporaryStore(), try TemporaryStore())
        var first = LikesWriter(waiting.store, kind: kind, shape: [.weights])
        var second = LikesWriter(beside.store, kind: kind, shape: [.weights])
        var (expected, found) = (LikesWriter.Counts(), LikesWriter.Counts())
        func add(_ counts: LikesWriter.Counts, to sum: inout LikesWriter.Counts) {
            sum.accepted += counts.accepted
            sum.duplicates += counts.duplicates
            sum.lastSequence = max(sum.lastSequence, counts.lastSequence)
        }
        let long = String(repeating: "x", count: 490)
        for row in 1...(batchRows == 1 ? 60 : 1_500) {
            let user = random.next(9) == 0 ? long + "\(random.next(20))" : "u\(random.next(90))"
            let (item, weight) = ("i\(random.next(70))", Float(random.next(5)))
            let name = random.next(3) == 0 ? "name \(random.next(4))" : nil
            first.add(user, item, name: name, weight: weight)
            second.add(user, item, name: name, weight: weight)
            guard row % batchRows == 0 else { continue }
            add(try first.commit(), to: &expected)
            add(try second.commitAlongside(), to: &found)
            #expect(found.accepted <= expected.accepted)
        }
        add(try first.commit(), to: &expected)
        add(try second.commit(), to: &found)
        #expect(found == expected)
        #expect(try beside.dump() == waiting.dump())
    }

    @Test("A writer that goes away while a batch is written leaves the batch whole")
    func abandoned() throws {
        let temporary = try TemporaryStore()
        do {
            var writer = LikesWriter(temporary.store)
            for row in 0..<2_000 { writer.add("u\(row % 300)", "i\(row)") }
            _ = try writer.commitAlongside()
        }
        #expect(try temporary.events().count == 2_000)
    }

    @Test("The last name that is not empty is the item's name, whichever batch it came in")
    func names() throws {
        let temporary = try TemporaryStore()
        var writer = LikesWriter(temporary.store)
        for (item, name) in [("a", "one"), ("b", ""), ("a", "two"), ("c", "see"), ("a", "")] {
            writer.add("u", item, name: name)
        }
        _ = try writer.commit()
        writer.add("u", "c", name: "sea")
        writer.add("v", "b", name: "bee")
        _ = try writer.commit()
        let names = try temporary.read { (transaction) throws(StoreError) in
            var names: [String?] = []
            for item in 0..<3 as Range<UInt32> {
                names.append(try ItemDetails.name(of: item, in: transaction, temporary.store.tables))
            }
            return names
        }
        #expect(names == ["two", "bee", "sea"])
    }

    @Test("Features are kept sorted, a new weight replaces the old one, and cold items join the vocabulary")
    func features() throws {
        var random = SplitMix(11)
        let temporary = try TemporaryStore()
        var expected: [String: [String: Float]] = [:]
        for _ in 0..<15 {
            var writer = FeaturesWriter(temporary.store, of: .item, rule: .replace)
            let before = expected
            let rows = random.next(50)
            for _ in 0..<rows {
                let (item, label, weight) = ("i\(random.next(9))", "tag:\(random.next(9))", Float(random.next(3)))
                Array(item.utf8).withUnsafeBytes { item in
                    Array(label.utf8).withUnsafeBytes { writer.add(entity: item, label: $0, weight: weight) }
                }
                expected[item, default: [:]][label] = weight
            }
            let counts = try writer.commit()
            let added = expected.reduce(0) { total, entry in
                total + entry.value.filter { before[entry.key]?[$0.key] == nil }.count
            }
            #expect(counts.accepted == added)
            #expect(counts.accepted + counts.updated + counts.duplicates == rows)
        }
        let store = temporary.store
        let found = try temporary.read { (transaction) throws(StoreError) in
            var found: [String: [String: Float]] = [:]
            var pairs: [(UInt32, [(feature: UInt32, weight: Float)])] = []
            try EntityFeatures(of: .item, in: store.tables).forEach(in: transaction) { pairs.append(($0, $1)) }
            for (item, features) in pairs {
                let id = try Vocabulary(.item, in: store.tables).id(at: item, in: transaction) ?? ""
                for pair in features {
                    let label =
                        try Vocabulary(.itemFeature, in: store.tables).id(at: pair.feature, in: transaction) ?? ""
                    found[id, default: [:]][label] = pair.weight
                }
            }
            return found
        }
        #expect(found == expected)
    }
}

@Suite struct IdentifierTableTests {
    @Test("Ids of all lengths get ordinals in order of first appearance")
    func ordinals() {
        var random = SplitMix(5)
        var table = IdentifierTable()
        var expected: [String: UInt32] = [:]
        for _ in 0..<30_000 {
            let number = random.next(6_000)
            let id = String(repeating: "x", count: number % 41) + String(number)
            let ordinal = Array(id.utf8).withUnsafeBytes { table.ordinal(of: $0) }
            if let known = expected[id] {
                #expect(ordinal == known)
            } else {
                #expect(ordinal == UInt32(expected.count))
                expected[id] = ordinal
            }
        }
        #expect(table.count == expected.count)
    }
}

/// The same numbers on every run.
struct SplitMix {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}

extension LikesWriterTests {
    @Test("A sample holds events of the log as they are, about as many as asked for", arguments: [0.1, 0.5, 0.9])
    func sample(share: Double) throws {
        let temporary = try TemporaryStore()
        var writer = LikesWriter(temporary.store, kind: .like, shape: [.weights, .times])
        for row in 0..<3_000 {
            Array("user-\(row % 97)".utf8).withUnsafeBytes { user in
                Array("item-\(row * 31 % 2_503)".utf8).withUnsafeBytes { item in
                    writer.add(user: user, item: item, name: nil, weight: Float(row % 7 + 1), time: Int64(row))
                }
            }
        }
        _ = try writer.commit()
        let all = try temporary.events()
        let last = SequenceNumber(rawValue: UInt64(all.count))
        let sample = try temporary.read { (transaction) throws(StoreError) in
            try LikesLog(temporary.store.tables).sample(share, through: last, seed: 5, in: transaction)
        }
        let events = Dictionary(
            uniqueKeysWithValues: (0..<all.count).map { ([all.users[$0], all.items[$0]], all.weights?[$0] ?? 1) })
        #expect(sample.items.count == sample.count && sample.weights?.count == sample.count)
        #expect((0..<sample.count).allSatisfy { events[[sample.users[$0], sample.items[$0]]] == sample.weights?[$0] })
        #expect(abs(Double(sample.count) - share * Double(all.count)) < 0.1 * Double(all.count))
    }
}
