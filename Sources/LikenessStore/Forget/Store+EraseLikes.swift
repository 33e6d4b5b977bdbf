import LMDB
import LikenessFormat

extension Store {
    /// Records that one transaction removes or writes at the most.
    private static let transactionRecords = 1_024
    /// Chunks of the log that one transaction writes.
    private static let transactionChunks = 16

    /// Takes rows out of the like indices, names, features and the log, and removes the histories, which a full fit lays down anew.
    func eraseLikes(_ forgetting: Forgetting, _ report: inout ForgetReport) throws(StoreError) {
        let tables = tables
        let lists: [(table: Table, kind: LikeKind, isSeen: Bool)] = [
            (tables.likesByUser, .like, false), (tables.dislikesByUser, .dislike, false), (tables.seenLikes, .like, true),
            (tables.seenDislikes, .dislike, true),
        ]
        for list in lists {
            let users = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try usersConcerned(list.table, list.isSeen, forgetting, in: transaction)
            }
            for start in stride(from: 0, to: users.count, by: Store.transactionRecords) {
                try environment.write { (transaction: inout Writing) throws(StoreError) in
                    for user in users[start..<min(start + Store.transactionRecords, users.count)] {
                        try erase(forgetting, from: list, of: user, in: &transaction)
                    }
                }
            }
        }
        for (table, rows) in [
            (tables.itemDetails, forgetting.items), (tables.itemFeatures, forgetting.items), (tables.userFeatures, forgetting.users),
        ] {
            for start in stride(from: 0, to: rows.count, by: Store.transactionRecords) {
                try environment.write { (transaction: inout Writing) throws(StoreError) in
                    for row in rows[start..<min(start + Store.transactionRecords, rows.count)] { try transaction.delete(row, in: table) }
                }
            }
        }
        let log = LikesLog(tables)
        let chunks = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try log.events(of: forgetting, tables, in: transaction).chunks
        }
        for start in stride(from: 0, to: chunks.count, by: Store.transactionChunks) {
            report.events += try environment.write { (transaction: inout Writing) throws(StoreError) in
                var erased = 0
                for chunk in chunks[start..<min(start + Store.transactionChunks, chunks.count)] {
                    erased += try log.erase(forgetting, inChunk: chunk, tables, in: &transaction)
                }
                return erased
            }
        }
        try removeHistories()
    }

    /// The users whose lists of a table go or change, ascending.
    private func usersConcerned(
        _ table: Table, _ isSeen: Bool, _ forgetting: Forgetting, in transaction: borrowing Reading
    ) throws(StoreError) -> [UInt32] {
        let flags = try RowFlags(forgetting, tables, in: transaction)
        var users: [UInt32] = []
        var items: [UInt32] = []
        var cursor = try transaction.cursor(in: table)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let user = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in
                try IndexKey(key, below: UInt32(flags.users.count)).index
            }
            try parse(cursor.value, isSeen, of: user, below: UInt32(flags.items.count), table, into: &items)
            if flags.users[Int(user)] || items.contains(where: { flags.items[Int($0)] }) { users.append(user) }
            isThere = try cursor.move(to: .next)
        }
        return users
    }

    private func parse(
        _ value: RawSpan, _ isSeen: Bool, of user: UInt32, below length: UInt32, _ table: Table, into items: inout [UInt32]
    ) throws(StoreError) {
        do {
            if isSeen {
                try SeenList.parse(value, user: user, below: length, into: &items)
            } else {
                try IndexList.parse(value, below: length, into: &items)
            }
        } catch {
            throw .damaged(table: table.name, key: user.printedKey, reason: error.reason)
        }
    }

    /// Takes rows out of one list, or the list of one of them away.
    private func erase(
        _ forgetting: Forgetting, from list: (table: Table, kind: LikeKind, isSeen: Bool), of user: UInt32, in transaction: inout Writing
    ) throws(StoreError) {
        let length = try Vocabulary(.item, in: tables).length(in: transaction)
        var items: [UInt32] = []
        do {
            guard let value = try transaction.get(user, in: list.table) else { return }
            try parse(value, list.isSeen, of: user, below: length, list.table, into: &items)
        }
        let before = items.count
        let gone = Set(forgetting.items)
        if forgetting.users.contains(user) { items = [] } else { items.removeAll { gone.contains($0) } }
        if items.count == before { return }
        if items.isEmpty {
            try transaction.delete(user, in: list.table)
        } else if list.isSeen {
            try transaction.put(SeenList.bytes(items, user: user), at: user, in: list.table)
        } else {
            var bytes: [UInt8] = []
            for item in items { bytes.append(littleEndian: item) }
            try transaction.put(bytes, at: user, in: list.table)
        }
        if list.isSeen { return }
        var totals = try LikesIndex(tables).counts(in: transaction)
        totals.remove(before - items.count, list.kind)
        try transaction.put(totals.bytes, at: "opinions", in: tables.meta)
    }
}
