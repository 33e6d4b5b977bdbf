import LMDB
import LikenessFormat

extension Verification {
    /// Sums that events come to, whatever their order.
    private struct Sum: Equatable {
        var events = 0
        var mixed: UInt64 = 0

        mutating func add(_ row: UInt32, _ other: UInt32, _ weight: Float, _ kind: UInt8) {
            events += 1
            var hash = UInt64(row) << 32 | UInt64(other)
            for word in [UInt64(weight.bitPattern), UInt64(kind)] {
                hash = (hash ^ hash >> 31) &* 0x9FB2_1C65_1E98_DF25 &+ word
            }
            mixed &+= (hash ^ hash >> 28) &* 0xD6E8_FEB8_6659_FD93
        }
    }

    /// Checks the histories: that every row has its chunk, and that they say what the log says.
    mutating func checkHistories(in transaction: borrowing Reading) throws(StoreError) {
        let (tables, histories) = (store.tables, Histories(store.tables))
        let header: HistoriesHeader
        do throws(StoreError) {
            guard let found = try histories.header(in: transaction) else { return }
            header = found
        } catch {
            return  // The record was named already.
        }
        for kind in [RowKind.user, .item] {
            var (laid, logged) = (Sum(), Sum())
            let problem = try Verification.problem { () throws(StoreError) in
                let lengths = try histories.lengths(kind, in: transaction)
                var next: UInt32 = 0
                var cursor = try transaction.cursor(in: tables.histories)
                while next < header.rows(kind) {
                    let key = HistoryKey(header.generation, kind, firstRow: next)
                    guard try cursor.move(toFirstNotLessThan: key.bytes), cursor.key.copied == key.bytes else {
                        throw .damaged(table: tables.histories.name, key: key.bytes.printedKey, reason: "the chunk is missing")
                    }
                    let chunk = try StoreError.parsing(
                        tables.histories.name, key.bytes.printedKey,
                        try HistoryChunk(cursor.value, firstRow: next, below: lengths.rows, others: lengths.others))
                    for row in 0..<chunk.rows {
                        for event in Int(chunk.offsets[row])..<Int(chunk.offsets[row + 1]) {
                            laid.add(
                                next + UInt32(row), chunk.others[event], chunk.weights?[event] ?? 1,
                                chunk.kinds?[event] ?? LikeKind.like.rawValue)
                        }
                    }
                    next += UInt32(chunk.rows)
                }
                try LikesLog(tables).forEachRun(through: header.watermark, in: transaction) { (_, run) throws(StoreError) in
                    for event in 0..<run.count where run.kinds?[event] != EventKind.erased.rawValue {
                        let (user, item) = (run.users[event], run.items[event])
                        logged.add(
                            kind == .user ? user : item, kind == .user ? item : user, run.weights?[event] ?? 1,
                            run.kinds?[event] ?? LikeKind.like.rawValue)
                    }
                }
            }
            if let problem {
                add(problem)
            } else if laid != logged {
                add("table \(tables.histories.name): the histories of \(kind)s do not say what the log says")
            }
        }
    }
}
