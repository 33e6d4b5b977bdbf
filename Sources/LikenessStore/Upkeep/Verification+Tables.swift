import LMDB
import LikenessFormat

extension Verification {
    /// Pairs of user and item that are in memory at a time.
    private static let pairsAtATime = 2 << 20

    /// Checks the log: checksums, gaps, indices, and that each event changes what the one before it of the same pair said: the opinion or
    /// its weight. Then
    /// checks both like indices against it.
    ///
    /// The users are taken range by range, so that no more than some 2 million pairs are in memory, or those of one user of 65,536
    /// ranges: each range is one pass over the log.
    mutating func checkLikes(in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        let users = Int(try Vocabulary(.user, in: tables).length(in: transaction))
        let width = max(1, (users + 65_535) / 65_536)
        var counts = [Int](repeating: 0, count: users / width + 1)
        var next: UInt64 = 1
        let problem = try Verification.problem { () throws(StoreError) in
            try LikesLog(tables).forEachRun(in: transaction) { (first, events) throws(StoreError) in
                if first.rawValue != next {
                    throw .damaged(table: "log", key: first.rawValue.printedKey, reason: "the events before it are missing")
                }
                next += UInt64(events.count)
                for user in events.users { counts[Int(user) / width] += 1 }
            }
        }
        if let problem {
            add(problem)
            return add("the like index was not compared with the log, which cannot be read")
        }
        var start = 0
        repeat {
            var (end, pairs) = (start, 0)
            while end < counts.count, end == start || pairs + counts[end] <= Verification.pairsAtATime {
                pairs += counts[end]
                end += 1
            }
            try checkLikes(of: start * width..<end * width, in: transaction)
            start = end
        } while start < counts.count
    }

    /// Compares the indices of some users with what the log says of them.
    private mutating func checkLikes(of users: Range<Int>, in transaction: borrowing Reading) throws(StoreError) {
        var last: [UInt64: (kind: UInt8, weight: Float)] = [:]
        var (repeated, unfounded): (UInt64?, UInt64?)
        // What is being forgotten goes from the log and the indices one by one.
        let forgetting = try forgettingFlags(in: transaction)
        let (takenBack, erased) = (EventKind.takenBack.rawValue, EventKind.erased.rawValue)
        try LikesLog(store.tables).forEachRun(in: transaction) { (_, events) throws(StoreError) in
            for row in 0..<events.count where users.contains(Int(events.users[row])) {
                let kind = events.kinds?[row] ?? LikeKind.like.rawValue
                if kind == erased { continue }
                if let forgetting, forgetting.users[Int(events.users[row])] || forgetting.items[Int(events.items[row])] { continue }
                let pair = UInt64(events.users[row]) << 32 | UInt64(events.items[row])
                let weight = events.weights?[row] ?? 1
                let before = last.updateValue((kind, weight), forKey: pair)
                if kind == takenBack {
                    if before == nil || before?.kind == takenBack { unfounded = pair }
                } else if let before, before == (kind, weight) {
                    repeated = pair
                }
            }
        }
        let kinds = last.mapValues(\.kind)
        last = [:]
        if let repeated {
            add("table log: user \(repeated >> 32) and item \(repeated & 0xFFFF_FFFF) have the same event twice")
        }
        if let unfounded {
            add("table log: user \(unfounded >> 32) took item \(unfounded & 0xFFFF_FFFF) back, of which there was no like or dislike")
        }
        for kind in LikeKind.allCases {
            let table = kind == .like ? store.tables.likesByUser : store.tables.dislikesByUser
            var left = kinds.filter { $0.value == kind.rawValue }.count
            var wrong: UInt32?
            let tables = store.tables
            let problem = try Verification.problem { () throws(StoreError) in
                try LikesIndex(tables).forEach(table, from: UInt32(users.lowerBound), in: transaction) { user, items in
                    if !users.contains(Int(user)) { return false }
                    for item in items where !(forgetting.map { $0.users[Int(user)] || $0.items[Int(item)] } ?? false) {
                        if kinds[UInt64(user) << 32 | UInt64(item)] == kind.rawValue { left -= 1 } else { wrong = wrong ?? user }
                    }
                    return true
                }
            }
            if let problem {
                add(problem)
                continue
            }
            if let wrong { add("table \(table.name), key \(wrong.printedKey): it does not say what the log says") }
            if left > 0 {
                add("table \(table.name): \(left) pairs of users \(users.lowerBound)..<\(users.upperBound) are missing that the log has")
            }
        }
    }

    /// What is being forgotten; nil for nothing, or where the record is damaged, which is named elsewhere.
    private func forgettingFlags(in transaction: borrowing Reading) throws(StoreError) -> RowFlags? {
        let forgetting: Forgetting?
        do throws(StoreError) { forgetting = try Forgetting.read(store.tables, in: transaction) } catch { return nil }
        guard let forgetting else { return nil }
        return try RowFlags(forgetting, store.tables, in: transaction)
    }

    /// Checks the lists of what users have seen that came in packs.
    mutating func checkSeen(in transaction: borrowing Reading) throws(StoreError) {
        let users = try Vocabulary(.user, in: store.tables).length(in: transaction)
        let items = try Vocabulary(.item, in: store.tables).length(in: transaction)
        var list: [UInt32] = []
        for table in [store.tables.seenLikes, store.tables.seenDislikes] {
            try forEach(table, in: transaction) { key, value throws(Damage) in
                let user = try IndexKey(key, below: users).index
                try SeenList.parse(value, user: user, below: items, into: &list)
            }
        }
    }

    /// Checks that each vocabulary's tables are each other's inverse, in order of the index.
    mutating func checkVocabularies(in transaction: borrowing Reading) throws(StoreError) {
        for kind in RowKind.allCases {
            let vocabulary = Vocabulary(kind, in: store.tables)
            let entries = try transaction.statistics(of: vocabulary.indices).entries
            let length = Int(try vocabulary.length(in: transaction))
            if entries != length { add("table \(vocabulary.indices.name) has \(entries) ids, and \(vocabulary.ids.name) \(length)") }
            var wrong: UInt32?
            let problem = try Verification.problem { () throws(StoreError) in
                var failure: StoreError?
                try vocabulary.forEach(in: transaction) { index, id in
                    do throws(StoreError) {
                        if try vocabulary.index(of: id, in: transaction) != index { wrong = wrong ?? index }
                    } catch {
                        failure = error
                        return false
                    }
                    return true
                }
                if let failure { throw failure }
            }
            if let problem {
                add(problem)
                continue
            }
            if let wrong {
                add("table \(vocabulary.ids.name), key \(wrong.printedKey): table \(vocabulary.indices.name) does not lead to it")
            }
        }
    }

    /// Checks names and features: checksums, order, indices.
    mutating func checkDetails(in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        let items = try Vocabulary(.item, in: tables).length(in: transaction)
        try forEach(tables.itemDetails, in: transaction) { key, value throws(Damage) in
            let item = try IndexKey(key, below: items).index
            _ = try ItemDetails(value, item: item)
        }
        for kind in [RowKind.item, .user] {
            let table = kind == .item ? tables.itemFeatures : tables.userFeatures
            let entities = try Vocabulary(kind, in: tables).length(in: transaction)
            let labels = try Vocabulary(kind == .item ? .itemFeature : .userFeature, in: tables).length(in: transaction)
            try forEach(table, in: transaction) { key, value throws(Damage) in
                let entity = try IndexKey(key, below: entities).index
                _ = try FeatureList.parse(value, entity: entity, below: labels)
            }
        }
    }

    /// Checks the records that are read one by one: the header, the next version's number, notes.
    ///
    /// - Parameter comparesCounts: whether the counts of likes and dislikes are compared with the lists, which takes a look at each user.
    mutating func checkSmallRecords(comparesCounts: Bool, in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        let store = self.store
        let lengths = (
            users: try Vocabulary(.user, in: tables).length(in: transaction),
            items: try Vocabulary(.item, in: tables).length(in: transaction)
        )
        var versions = Version(rawValue: 0)
        do throws(StoreError) { versions = try store.catalog.newest(in: transaction) ?? versions } catch {}
        var opinions: OpinionCounts?
        try forEach(tables.meta, in: transaction) { key, value throws(Damage) in
            switch key.text {
            case "header":
                guard try StoreHeader(value).format <= StoreHeader.currentFormat else { throw Damage("its format is not this store's") }
            case "next.version":
                guard try NextVersion(value).version > versions else { throw Damage("\(versions) is there already") }
            case "histories": _ = try HistoriesHeader(value)
            case Forgetting.key: _ = try Forgetting.parse(value, users: lengths.users, items: lengths.items)
            case Forgotten.key: _ = try Forgotten.parse(value)
            case "opinions": opinions = try OpinionCounts(value)
            case Store.replicaKey:
                guard store.isReplica else { throw Damage("the store is no replica") }
                _ = try ReplicaRecord.parse(value)
            case Store.epochKey: _ = try PrimaryEpoch.parse(value)
            default: throw Damage("this build knows no such record")
            }
        }
        if comparesCounts, let opinions {
            do throws(StoreError) {
                let (likes, dislikes) = try LikesIndex(tables).countedAnew(in: transaction)
                if opinions != OpinionCounts(likes: UInt64(likes), dislikes: UInt64(dislikes)) {
                    add(
                        "table meta, key opinions: it says \(opinions.likes) likes and \(opinions.dislikes) dislikes, and there are \(likes) and \(dislikes)"
                    )
                }
            } catch {}  // The lists are checked one by one, and named there.
        }
        var notes: [Version] = []
        try forEach(tables.annotations, in: transaction) { key, value throws(Damage) in
            let version = try VersionKey(key).version
            _ = try Annotation.parse(value, version: version)
            notes.append(version)
        }
        for version in notes where try !transaction.contains(version.rawValue, in: tables.versions) {
            add("table annotations, key \(version): there is no such version")
        }
    }

    /// Checks the records of studies and trials, and that each trial has its study.
    mutating func checkStudies(in transaction: borrowing Reading) throws(StoreError) {
        var studies: Set<UInt64> = []
        var lost: UInt64?
        try forEach(store.tables.studies, in: transaction) { key, value throws(Damage) in
            if key.byteCount == 8 {
                let number = try StudyKey(key).study
                studies.insert(number)
                _ = try Study.parse(value, number: number)
            } else {
                let key = try TrialKey(key)
                if !studies.contains(key.study) { lost = lost ?? key.study }
                _ = try Trial.parse(value, key: key)
            }
        }
        if let lost { add("table studies has trials of study \(lost), which is not there") }
    }

    /// Calls `parse` with each record of a table; what it throws is a problem of the record.
    mutating func forEach(
        _ table: Table, in transaction: borrowing Reading, _ parse: (RawSpan, RawSpan) throws(Damage) -> Void
    ) throws(StoreError) {
        var cursor = try transaction.cursor(in: table)
        var isThere = try cursor.move(to: .first)
        while isThere {
            do throws(Damage) { try parse(cursor.key, cursor.value) } catch {
                add("table \(table.name), key \(cursor.key.copied.printedKey): \(error.reason)")
            }
            isThere = try cursor.move(to: .next)
        }
    }

    /// Runs a part of the verification, and says what damage it met.
    static func problem(_ body: () throws(StoreError) -> Void) throws(StoreError) -> String? {
        do throws(StoreError) {
            try body()
            return nil
        } catch {
            guard case .damaged(let table, let key, let reason) = error else { throw error }
            return "table \(table), key \(key): \(reason)"
        }
    }
}
