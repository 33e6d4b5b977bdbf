import LMDB
import LikenessFormat

extension LikesLog {
    /// The weights that pairs of user and item have now, as the last event of each says.
    ///
    /// - Parameter pairs: the user in the upper half, the item in the lower; ascending, each once. Each has an event.
    /// - Complexity: O(histories of the users + events after the histories that were laid down + log n of each of their events).
    func weights<Reader: TableReader & ~Copyable>(
        of pairs: [UInt64], _ tables: StoreTables, in reader: borrowing Reader
    ) throws(StoreError) -> [Float] where Reader.Failure == StoreError {
        var weights = [Float](repeating: 1, count: pairs.count)
        if pairs.isEmpty { return weights }
        let users = try Vocabulary(.user, in: tables).length(in: reader)
        var isWanted = [Bool](repeating: false, count: Int(users))
        var wanted: [UInt32] = []
        for pair in pairs {
            let user = UInt32(truncatingIfNeeded: pair >> 32)
            if wanted.last != user { wanted.append(user) }
            isWanted[Int(user)] = true
        }
        var read = SequenceNumber.zero
        let laid = Histories(tables)
        if let header = try laid.header(in: reader) {
            read = header.watermark
            try laid.forEach(wanted, of: .user, header, in: reader) { place, events in
                guard let found = events.weights else {
                    for item in events.others {
                        if let position = pairs.position(of: wanted[place], item) { weights[position] = 1 }
                    }
                    return
                }
                for (item, weight) in zip(events.others, found) {
                    if let position = pairs.position(of: wanted[place], item) { weights[position] = weight }
                }
            }
        }
        try forEachRun(after: read, in: reader) { _, run in
            for event in 0..<run.count where isWanted[Int(run.users[event])] && run.kinds?[event] != EventKind.erased.rawValue {
                guard let position = pairs.position(of: run.users[event], run.items[event]) else { continue }
                weights[position] = run.weights?[event] ?? 1
            }
        }
        return weights
    }
}

extension [UInt64] {
    /// Where a pair of user and item is among ascending ones.
    fileprivate func position(of user: UInt32, _ item: UInt32) -> Int? {
        let pair = UInt64(user) << 32 | UInt64(item)
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < pair { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == pair ? low : nil
    }
}
