import Algorithms
import LMDB
import LikenessFormat

/// What a repair wrote anew or removed.
public struct RepairReport: Sendable, Codable, Equatable {
    /// Entries of the vocabularies' tables that did not lead to each other.
    public var vocabularyEntries = 0
    /// Users whose lists of liked or disliked items did not say what the log says.
    public var likeLists = 0
    /// Whether the counts of likes and dislikes were wrong.
    public var counts = false
    /// Whether the histories were removed; the next full fit lays them down again.
    public var histories = false
    /// Blocks that no version leads to, which were removed, and their bytes.
    public var orphans = 0
    /// Bytes of those blocks.
    public var orphanBytes = 0

    /// Whether anything was changed.
    public var didChange: Bool { self != RepairReport() }
}

/// How far a repair is.
public enum RepairPhase: Sendable {
    /// Ids and indices are compared.
    case vocabularies
    /// The like index is compared with the log: users done, of so many.
    case likes(users: Int, of: Int)
    /// The histories are compared with the log.
    case histories
    /// Blocks that no version leads to are removed.
    case orphans
}

extension Store {
    /// Rebuilds what can be derived from the rest, and removes what nothing leads to.
    ///
    /// From the ids of a vocabulary their indices and the reverse, from the log the like index and the counts; histories that do not say what the
    /// log says are removed, as are blocks of no version. What is damaged in the log, in features, names or versions cannot be derived: a
    /// verification after the repair names it.
    ///
    /// It runs beside readers and other writers, in bounded transactions, each of which leaves the store better than before; cut off and run
    /// again it goes on.
    ///
    /// - Parameter progress: called now and then.
    /// - Throws: `StoreError` if the log cannot be read, or nothing can be written; what was repaired until then stays.
    /// - Complexity: O(ids + events + blocks), streaming; memory for some 2 million pairs of user and item.
    @discardableResult
    public func repair(progress: (RepairPhase) -> Void = { _ in }) throws(StoreError) -> RepairReport {
        try requireWritable()
        var report = RepairReport()
        progress(.vocabularies)
        for kind in RowKind.allCases { report.vocabularyEntries += try repairVocabulary(kind) }
        report.likeLists = try repairLikeIndex(progress)
        report.counts = try repairCounts()
        progress(.histories)
        if try !Verification.historiesAreSound(self) {
            try removeHistories()
            report.histories = true
        }
        progress(.orphans)
        // Where a version's record is damaged, nobody knows what it leads to: nothing is removed.
        _ = try Verification.problem { () throws(StoreError) in
            let swept = try Sweep(store: self).run(progress: { _, _ in })
            (report.orphans, report.orphanBytes) = (swept.blocks, swept.bytes)
        }
        return report
    }

    /// Makes a vocabulary's two tables each other's inverse, as far as one of them knows.
    ///
    /// - Returns: entries that were written or removed.
    private func repairVocabulary(_ kind: RowKind) throws(StoreError) -> Int {
        let vocabulary = Vocabulary(kind, in: tables)
        return try environment.write { (transaction: inout Writing) throws(StoreError) in
            var changes = 0
            // An id that is missing or is no text, and that the other table knows.
            var known: [(index: UInt32, id: [UInt8])] = []
            var strays: [[UInt8]] = []
            let entries = max(
                try transaction.statistics(of: vocabulary.indices).entries, try transaction.statistics(of: vocabulary.ids).entries)
            let length = UInt32(clamping: entries)
            do {
                var cursor = try transaction.cursor(in: vocabulary.indices)
                var isThere = try cursor.move(to: .first)
                while isThere {
                    let id = cursor.key.copied
                    let index = try? VocabularyIndex.parse(cursor.value, below: length)
                    let there = try index.flatMap { (index) throws(StoreError) in try Self.soundId(index, vocabulary, in: transaction) }
                    if let index, there == nil, (try? Identifier.parse(cursor.key)) != nil {
                        known.append((index, id))
                    } else if there != id {
                        strays.append(id)
                    }
                    isThere = try cursor.move(to: .next)
                }
            }
            for (index, id) in known { try transaction.put(id, at: index, in: vocabulary.ids) }
            changes += try Self.removeStrayIds(vocabulary, in: &transaction)
            // The ids decide: what leads elsewhere goes, and what is not led to is.
            for id in strays { try transaction.delete(id, in: vocabulary.indices) }
            changes += known.count + strays.count
            var missing: [(index: UInt32, id: [UInt8])] = []
            do {
                var cursor = try transaction.cursor(in: vocabulary.ids)
                var isThere = try cursor.move(to: .first)
                while isThere {
                    if let index = try? IndexKey(cursor.key).index, (try? Identifier.parse(cursor.value)) != nil {
                        let id = cursor.value.copied
                        if try !Self.leads(id, to: index, vocabulary, in: transaction) { missing.append((index, id)) }
                    }
                    isThere = try cursor.move(to: .next)
                }
            }
            for (index, id) in missing {
                var bytes: [UInt8] = []
                bytes.append(littleEndian: index)
                try transaction.put(bytes, at: id, in: vocabulary.indices)
            }
            return changes + missing.count
        }
    }

    /// Removes ids whose key is no index, or lies behind a gap where no id leads to it.
    private static func removeStrayIds(_ vocabulary: Vocabulary, in transaction: inout Writing) throws(StoreError) -> Int {
        var strays: [[UInt8]] = []
        do {
            var next: UInt32 = 0
            var cursor = try transaction.cursor(in: vocabulary.ids)
            var isThere = try cursor.move(to: .first)
            while isThere {
                if let index = try? IndexKey(cursor.key).index {
                    let isNext = index == next
                    if isNext { next += 1 }
                    if !isNext {
                        let isLedTo = try leads(cursor.value.copied, to: index, vocabulary, in: transaction)
                        if !isLedTo { strays.append(cursor.key.copied) }
                    }
                } else {
                    strays.append(cursor.key.copied)
                }
                isThere = try cursor.move(to: .next)
            }
        }
        for key in strays { try transaction.delete(key, in: vocabulary.ids) }
        return strays.count
    }

    /// The id at an index; nil if there is none or it is damaged.
    private static func soundId(
        _ index: UInt32, _ vocabulary: Vocabulary, in transaction: borrowing Writing
    ) throws(StoreError) -> [UInt8]? {
        guard let value = try transaction.get(index, in: vocabulary.ids), (try? Identifier.parse(value)) != nil else { return nil }
        return value.copied
    }

    private static func leads(
        _ id: [UInt8], to index: UInt32, _ vocabulary: Vocabulary, in transaction: borrowing Writing
    ) throws(StoreError) -> Bool {
        guard let value = try transaction.get(id, in: vocabulary.indices), value.byteCount == 4 else { return false }
        return value.littleEndian(at: 0, as: UInt32.self) == index
    }

    /// Writes the lists of users that do not say what the log says.
    ///
    /// - Returns: how many users' lists were wrong.
    private func repairLikeIndex(_ progress: (RepairPhase) -> Void) throws(StoreError) -> Int {
        let tables = tables
        let users = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            Int(try Vocabulary(.user, in: tables).length(in: transaction))
        }
        var changed = try removeStrayLists(users: users)
        var start = 0
        while start < users {
            progress(.likes(users: start, of: users))
            // The log is read in the transaction that writes, so that nothing comes in between.
            let (end, count) = try environment.write { (transaction: inout Writing) throws(StoreError) in
                let (lists, end) = try UserLists.read(from: UInt32(start), users: UInt32(users), tables, in: transaction)
                var count = 0
                for user in UInt32(start)..<end {
                    let (likes, dislikes) = lists.lists(of: user)
                    let isWrong = try Self.put(likes, user, tables.likesByUser, in: &transaction)
                    let isWrongToo = try Self.put(dislikes, user, tables.dislikesByUser, in: &transaction)
                    if isWrong || isWrongToo { count += 1 }
                }
                return (end, count)
            }
            start = Int(end)
            changed += count
        }
        return changed
    }

    /// Removes records whose key is no user's.
    private func removeStrayLists(users: Int) throws(StoreError) -> Int {
        let tables = tables
        return try environment.write { (transaction: inout Writing) throws(StoreError) in
            var count = 0
            for table in [tables.likesByUser, tables.dislikesByUser] {
                var strays: [[UInt8]] = []
                do {
                    var cursor = try transaction.cursor(in: table)
                    var isThere = try cursor.move(to: .first)
                    while isThere {
                        if (try? IndexKey(cursor.key, below: UInt32(users))) == nil { strays.append(cursor.key.copied) }
                        isThere = try cursor.move(to: .next)
                    }
                }
                for key in strays { try transaction.delete(key, in: table) }
                count += strays.count
            }
            return count
        }
    }

    /// Writes a list if the table has another one.
    private static func put(
        _ list: [UInt32], _ user: UInt32, _ table: Table, in transaction: inout Writing
    ) throws(StoreError) -> Bool {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * list.count)
        for item in list { bytes.append(littleEndian: item) }
        let there = try transaction.get(user, in: table)?.copied
        if there == (list.isEmpty ? nil : bytes) { return false }
        if list.isEmpty { try transaction.delete(user, in: table) } else { try transaction.put(bytes, at: user, in: table) }
        return true
    }

    private func repairCounts() throws(StoreError) -> Bool {
        let tables = tables
        return try environment.write { (transaction: inout Writing) throws(StoreError) in
            let (likes, dislikes) = try LikesIndex(tables).countedAnew(in: transaction)
            let counts = OpinionCounts(likes: UInt64(likes), dislikes: UInt64(dislikes))
            let record = try transaction.get("opinions", in: tables.meta)?.copied
            // A store without likes needs no record.
            if record == counts.bytes || record == nil && likes + dislikes == 0 { return false }
            try transaction.put(counts.bytes, at: "opinions", in: tables.meta)
            return true
        }
    }

    /// Takes the histories out of force, and then removes them.
    func removeHistories() throws(StoreError) {
        let tables = tables
        _ = try environment.write { (transaction: inout Writing) throws(StoreError) in
            try transaction.delete("histories", in: tables.meta)
        }
        var isDone = false
        while !isDone {
            isDone = try environment.write { (transaction: inout Writing) throws(StoreError) in
                var keys: [[UInt8]] = []
                do {
                    var cursor = try transaction.cursor(in: tables.histories)
                    var isThere = try cursor.move(to: .first)
                    while isThere, keys.count < 4_096 {
                        keys.append(cursor.key.copied)
                        isThere = try cursor.move(to: .next)
                    }
                }
                for key in keys { try transaction.delete(key, in: tables.histories) }
                return keys.count < 4_096
            }
        }
    }
}

/// What the log says of consecutive users: what each likes and dislikes.
private struct UserLists {
    /// Pairs of user and item that are in memory at a time.
    private static let most = 2 << 20

    /// User, item and kind of each pair's last event, ascending.
    private var entries: [(pair: UInt64, kind: UInt8)] = []

    /// Reads users from `start` on, as many as fit.
    ///
    /// - Returns: the lists, and the user after the last of them.
    static func read(
        from start: UInt32, users: UInt32, _ tables: StoreTables, in transaction: borrowing Writing
    ) throws(StoreError) -> (UserLists, end: UInt32) {
        var counts = [Int](repeating: 0, count: Int(users - start))
        try LikesLog(tables).forEachRun(in: transaction) { (_, events) throws(StoreError) in
            for user in events.users where user >= start && user < users { counts[Int(user - start)] += 1 }
        }
        var (end, pairs) = (start, 0)
        while end < users, end == start || pairs + counts[Int(end - start)] <= most {
            pairs += counts[Int(end - start)]
            end += 1
        }
        var kinds: [UInt64: UInt8] = [:]
        kinds.reserveCapacity(pairs)
        try LikesLog(tables).forEachRun(in: transaction) { (_, events) throws(StoreError) in
            for row in 0..<events.count where events.users[row] >= start && events.users[row] < end {
                if events.kinds?[row] == EventKind.erased.rawValue { continue }
                kinds[UInt64(events.users[row]) << 32 | UInt64(events.items[row])] = events.kinds?[row] ?? LikeKind.like.rawValue
            }
        }
        var lists = UserLists()
        lists.entries = kinds.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
        return (lists, end)
    }

    /// What a user likes and dislikes, ascending.
    func lists(of user: UInt32) -> (likes: [UInt32], dislikes: [UInt32]) {
        var (likes, dislikes): ([UInt32], [UInt32]) = ([], [])
        var place = entries.partitioningIndex { $0.pair >> 32 >= UInt64(user) }
        while place < entries.count, entries[place].pair >> 32 == UInt64(user) {
            let item = UInt32(truncatingIfNeeded: entries[place].pair)
            switch LikeKind(rawValue: entries[place].kind) {
            case .like: likes.append(item)
            case .dislike: dislikes.append(item)
            default: break
            }
            place += 1
        }
        return (likes, dislikes)
    }
}
