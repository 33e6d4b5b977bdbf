package import LMDB
package import LikenessFormat

extension LikesLog {
    /// The pairs of user and item that were disliked, or taken back, and are not liked now: the user in the upper half.
    ///
    /// - Complexity: O(chunks); O(events) where any event is not a like.
    package func pairsNotLiked<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader
    ) throws(StoreError) -> Set<UInt64> where Reader.Failure == StoreError {
        var pairs: Set<UInt64> = []
        guard try extent(in: reader).shape.contains(.kinds) else { return pairs }
        try forEachRun(in: reader) { _, run in
            if run.kinds == nil, pairs.isEmpty { return }
            for event in 0..<run.count {
                let pair = UInt64(run.users[event]) << 32 | UInt64(run.items[event])
                switch EventKind(rawValue: run.kinds?[event] ?? LikeKind.like.rawValue) {
                case .like: pairs.remove(pair)
                case .dislike, .takenBack: pairs.insert(pair)
                case .erased, nil: break
                }
            }
        }
        return pairs
    }

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
            for event in 0..<run.count where run.users[event] == user && run.kinds?[event] != EventKind.erased.rawValue {
                last[run.items[event]] = events.count
                events.append((run.items[event], run.weights?[event] ?? 1, run.kinds?[event] ?? LikeKind.like.rawValue))
            }
        }
        let kept = events.indices.filter { last[events[$0].item] == $0 && events[$0].kind.isOpinion }
        return (
            kept.map { events[$0].item }, hasWeights ? kept.map { events[$0].weight } : nil,
            kept.map { events[$0].kind == LikeKind.like.rawValue }
        )
    }
}
