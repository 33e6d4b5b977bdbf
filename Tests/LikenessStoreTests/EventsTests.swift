import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

/// What a store must hold after likes, dislikes, new weights and what is taken back, kept in dictionaries.
private struct NaiveOpinions {
    struct Opinion: Equatable {
        var kind: LikeKind
        var weight: Float
    }

    struct Event: Equatable {
        var pair: [String]
        var kind: EventKind
        var weight: Float
    }

    var state: [[String]: Opinion] = [:]
    var events: [Event] = []

    /// What a row does: it is new, it changes a weight, or it does nothing.
    enum Outcome { case new, changed, nothing }

    mutating func say(_ pair: [String], _ kind: LikeKind, _ weight: Float, _ rule: DuplicateRule) -> Outcome {
        guard let before = state[pair], before.kind == kind else {
            state[pair] = Opinion(kind: kind, weight: weight)
            events.append(Event(pair: pair, kind: EventKind(rawValue: kind.rawValue)!, weight: weight))
            return .new
        }
        let after: Float
        switch rule {
        case .keep: after = before.weight
        case .replace: after = weight
        case .sum: after = before.weight + weight
        case .max: after = before.weight < weight ? weight : before.weight
        }
        if after == before.weight { return .nothing }
        state[pair]?.weight = after
        events.append(Event(pair: pair, kind: EventKind(rawValue: kind.rawValue)!, weight: after))
        return .changed
    }

    mutating func takeBack(_ pair: [String]) -> Bool {
        guard state.removeValue(forKey: pair) != nil else { return false }
        events.append(Event(pair: pair, kind: .takenBack, weight: 1))
        return true
    }
}

/// Likes that are taken back and weights that change: events of the log, and what follows from them.
@Suite struct EventsTests {
    private let temporary: TemporaryStore
    private var store: Store { temporary.store }

    init() throws {
        temporary = try TemporaryStore()
    }

    private func with(_ pair: [String], _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        Array(pair[0].utf8).withUnsafeBytes { user in Array(pair[1].utf8).withUnsafeBytes { item in body(user, item) } }
    }

    private func remove(_ pairs: [[String]]) throws -> LikesRemover.Counts {
        var remover = LikesRemover(store)
        for pair in pairs { with(pair) { remover.add(user: $0, item: $1, time: nil) } }
        return try remover.commit()
    }

    private func say(
        _ rows: [(pair: [String], weight: Float)], _ kind: LikeKind = .like, _ rule: DuplicateRule = .keep, weights: Bool = true
    ) throws -> LikesWriter.Counts {
        var writer = LikesWriter(store, kind: kind, shape: weights ? .weights : [], rule: rule)
        for row in rows { with(row.pair) { writer.add(user: $0, item: $1, name: nil, weight: row.weight, time: nil) } }
        return try writer.commit()
    }

    /// The id of an index.
    private func name(_ kind: RowKind, _ index: UInt32, _ transaction: borrowing Reading) throws(StoreError) -> String {
        try Vocabulary(kind, in: store.tables).id(at: index, in: transaction) ?? "-"
    }

    /// Compares everything that the store says with the dictionaries.
    private func expect(_ naive: NaiveOpinions, _ moment: Comment) throws {
        let store = store
        try temporary.read { (transaction) throws(StoreError) in
            let log = LikesLog(store.tables)
            let events = try log.events(in: transaction)
            #expect(events.count == naive.events.count, moment)
            for place in 0..<min(events.count, naive.events.count) {
                let pair = [try name(.user, events.users[place], transaction), try name(.item, events.items[place], transaction)]
                let kind = events.kinds?[place] ?? 0
                let found = NaiveOpinions.Event(pair: pair, kind: EventKind(rawValue: kind)!, weight: events.weights?[place] ?? 1)
                #expect(found == naive.events[place], moment)
            }
            let counts = try LikesIndex(store.tables).counts(in: transaction)
            #expect(Int(counts.likes) == naive.state.values.count { $0.kind == .like }, moment)
            #expect(Int(counts.dislikes) == naive.state.values.count { $0.kind == .dislike }, moment)
            let opinions = try log.opinions(in: transaction)
            var found: [[String]: NaiveOpinions.Opinion] = [:]
            for place in 0..<opinions.count {
                let pair = [try name(.user, opinions.users[place], transaction), try name(.item, opinions.items[place], transaction)]
                found[pair] = NaiveOpinions.Opinion(
                    kind: LikeKind(rawValue: opinions.kinds?[place] ?? 0)!, weight: opinions.weights?[place] ?? 1)
            }
            #expect(found == naive.state && opinions.count == found.count, moment)
            let last = try log.lastSequence(in: transaction)
            for user in 0..<(try Vocabulary(.user, in: store.tables).length(in: transaction)) {
                let id = try name(.user, user, transaction)
                let mine = naive.state.filter { $0.key[0] == id }
                let one = try log.opinions(ofUser: user, through: last, in: transaction)
                var ofUser: [[String]: NaiveOpinions.Opinion] = [:]
                for place in one.items.indices {
                    ofUser[[id, try name(.item, one.items[place], transaction)]] = NaiveOpinions.Opinion(
                        kind: one.isLike[place] ? .like : .dislike, weight: one.weights?[place] ?? 1)
                }
                #expect(ofUser == mine, moment)
                var liked: [String] = []
                for item in try LikesIndex(store.tables).items(likedBy: user, in: transaction) {
                    liked.append(try name(.item, item, transaction))
                }
                #expect(Set(liked) == Set(mine.filter { $0.value.kind == .like }.map { $0.key[1] }), moment)
            }
            #expect(try log.hasRepeatedPairs(in: transaction) == (naive.events.count != naive.state.count), moment)
            let gone = try log.pairsNotLiked(in: transaction)
            var expected: Set<[String]> = []
            for event in naive.events where event.kind != .like && naive.state[event.pair]?.kind != .like { expected.insert(event.pair) }
            var named: Set<[String]> = []
            for pair in gone {
                named.insert([
                    try name(.user, UInt32(pair >> 32), transaction), try name(.item, UInt32(truncatingIfNeeded: pair), transaction),
                ])
            }
            #expect(named == expected, moment)
        }
    }

    @Test("Random events in random batches end as in dictionaries", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func randomEvents(seed: UInt64) throws {
        var random = SplitMix(seed)
        var naive = NaiveOpinions()
        for round in 0..<40 {
            let pairs = (0..<random.next(40)).map { _ in ["u\(random.next(9))", "i\(random.next(12))"] }
            if random.next(4) == 0 {
                let expected = pairs.count { naive.takeBack($0) }
                let counts = try remove(pairs)
                #expect(counts.takenBack == expected && counts.notThere == pairs.count - expected)
                #expect(counts.lastSequence.rawValue == UInt64(naive.events.count))
                continue
            }
            let (kind, rule) = (random.next(4) == 0 ? LikeKind.dislike : .like, DuplicateRule.allCases[random.next(4)])
            let rows = pairs.map { (pair: $0, weight: Float(random.next(4))) }
            var (new, changed) = (0, 0)
            for row in rows {
                switch naive.say(row.pair, kind, row.weight, rule) {
                case .new: new += 1
                case .changed: changed += 1
                case .nothing: break
                }
            }
            let counts = try say(rows, kind, rule)
            #expect(counts.accepted == new && counts.updated == changed && counts.duplicates == rows.count - new - changed)
            #expect(counts.lastSequence.rawValue == UInt64(naive.events.count))
            if round % 13 == 5 { try store.layHistories() }
        }
        try expect(naive, "seed \(seed)")
        #expect(try Verification.run(store).problems == [])
        try store.layHistories()
        #expect(try Verification.run(store).problems == [])
    }

    @Test("What is taken back adds no id, and an event on what is not there is none")
    func notThere() throws {
        #expect(try remove([["u", "i"]]) == LikesRemover.Counts(notThere: 1))
        _ = try say([(["u", "i"], 1), (["u", "j"], 1)], weights: false)
        let counts = try remove([["u", "i"], ["u", "i"], ["nobody", "i"], ["u", "nothing"]])
        #expect(counts.takenBack == 1 && counts.notThere == 3)
        let statistics = try store.statistics()
        #expect(statistics.users == 1 && statistics.items == 2 && statistics.likes == 1 && statistics.lastSequence == 3)
        #expect(try remove([]) == LikesRemover.Counts(lastSequence: SequenceNumber(rawValue: 3)))
    }

    @Test("However rows with weights are cut into batches, they leave the same log", arguments: DuplicateRule.allCases)
    func batchesLeaveNoTrace(rule: DuplicateRule) throws {
        var random = SplitMix(5)
        let rows = (0..<3_000).map { _ in (pair: ["u\(random.next(40))", "i\(random.next(30))"], weight: Float(random.next(5))) }
        func log(_ size: Int) throws -> [[UInt8]: [UInt8]]? {
            let temporary = try TemporaryStore()
            var writer = LikesWriter(temporary.store, shape: .weights, rule: rule)
            for (place, row) in rows.enumerated() {
                with(row.pair) { writer.add(user: $0, item: $1, name: nil, weight: row.weight, time: nil) }
                if place % size == size - 1 { _ = try writer.commit() }
            }
            _ = try writer.commit()
            return try temporary.dump()["log"]
        }
        let whole = try log(rows.count)
        #expect(try log(7) == whole)
        #expect(try log(1_024) == whole)
    }

    @Test("A sum that no float can hold stays the greatest one")
    func greatSum() throws {
        let most = Float.greatestFiniteMagnitude
        #expect(try say([(["u", "i"], most), (["u", "i"], most)], .like, .sum).duplicates == 1)
        #expect(try say([(["u", "j"], most), (["u", "j"], 1)], .like, .sum).updated == 0, "what is added is rounded away")
        #expect(try Verification.run(store).isSound)
    }

    @Test("An erased event that still says something, and one of an unknown kind, are damage")
    func hostileChunks() throws {
        func parse(_ columns: LikeColumns) throws(Damage) -> LikeColumns {
            let bytes = LogChunk.encode(columns, first: SequenceNumber(rawValue: 1))
            let key: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
            let header = try LogChunk.header(bytes.span.bytes, key: key.span.bytes)
            return try LogChunk.columns(bytes.span.bytes, header, users: 5, items: 5)
        }
        var columns = LikeColumns()
        (columns.users, columns.items, columns.kinds) = ([0, 3], [0, 4], [3, 2])
        #expect(try parse(columns) == columns)
        for change in 0..<5 {
            var bad = columns
            switch change {
            case 0: bad.users[0] = 1
            case 1: bad.items[0] = 1
            case 2: bad.weights = [2, 1]
            case 3: bad.times = [7, 7]
            default: bad.kinds = [4, 0]
            }
            #expect(throws: Damage.self) { try parse(bad) }
        }
    }
}
