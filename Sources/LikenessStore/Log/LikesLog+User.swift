package import LMDB
package import LikenessFormat

extension LikesLog {
    /// What one user thinks as of an event: each item once, as the last event says, in the order of these last events.
    ///
    /// - Returns: the items, their weights (nil if no event of the log has one), and whether each is liked.
    /// - Complexity: O(events); one chunk in memory at a time.
    package func opinions<Reader: TableReader & ~Copyable>(
        ofUser user: UInt32, through: SequenceNumber, in reader: borrowing Reader
    ) throws(StoreError) -> (items: [UInt32], weights: [Float]?, isLike: [Bool]) where Reader.Failure == StoreError {
        var last: [UInt32: Int] = [:]
        var events: [(item: UInt32, weight: Float, kind: UInt8)] = []
        var hasWeights = false
        try forEachRun(through: through, in: reader) { _, run in
            if run.weights != nil { hasWeights = true }
            for event in 0..<run.count where run.users[event] == user {
                last[run.items[event]] = events.count
                events.append((run.items[event], run.weights?[event] ?? 1, run.kinds?[event] ?? LikeKind.like.rawValue))
            }
        }
        let known = [LikeKind.like.rawValue, LikeKind.dislike.rawValue]
        let kept = events.indices.filter { last[events[$0].item] == $0 && known.contains(events[$0].kind) }
        return (
            kept.map { events[$0].item }, hasWeights ? kept.map { events[$0].weight } : nil,
            kept.map { events[$0].kind == LikeKind.like.rawValue }
        )
    }
}
