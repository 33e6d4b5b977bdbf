/// The best `k` of the matches offered to it, by the total order of `Match`.
///
/// A binary heap with the worst kept match at its root.
struct TopK {
    let limit: Int
    private(set) var heap: [Match] = []

    /// Keeps at most `limit` matches.
    init(limit: Int) {
        self.limit = max(0, limit)
    }

    /// Whether `limit` matches are held, so that a new one must beat the worst.
    var isFull: Bool { heap.count == limit }

    /// The lowest score held once full; before that nothing can be refused and it is −∞.
    var threshold: Double { isFull ? heap.first?.score ?? .infinity : -.infinity }

    /// Offers one match; a score that is not a number is never kept.
    ///
    /// - Complexity: O(1) if it is not among the best, O(log k) otherwise.
    mutating func insert(_ match: Match) {
        guard !match.score.isNaN else { return }
        if heap.count < limit {
            heap.append(match)
            var child = heap.count - 1
            while child > 0 {
                let parent = (child - 1) / 2
                guard heap[parent].precedes(heap[child]) else { break }
                heap.swapAt(parent, child)
                child = parent
            }
        } else if let worst = heap.first, match.precedes(worst) {
            heap[0] = match
            sink()
        }
    }

    /// The kept matches, best first.
    ///
    /// - Complexity: O(k log k).
    func sorted() -> [Match] {
        heap.sorted { $0.precedes($1) }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var worst = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[worst].precedes(heap[left]) { worst = left }
            if left + 1 < heap.count, heap[worst].precedes(heap[left + 1]) { worst = left + 1 }
            guard worst != parent else { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
