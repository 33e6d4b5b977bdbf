/// The position of the k-th best of some scores.
enum KthBest {
    /// - Parameter k: counted from 1, at most `count`.
    /// - Complexity: O(`count`²) without branches that depend on the data up to 64 scores, O(`count` log `count`) above.
    @inline(__always)
    static func position(in scores: UnsafePointer<Float>, _ count: Int, k: Int) -> Int {
        guard count <= 64 else {
            let order = (0..<count).sorted { unsafe scores[$0] > scores[$1] }
            return order[k - 1]
        }
        for index in 0..<count {
            let score = unsafe scores[index]
            var better = 0
            for other in 0..<count {
                let isBetter = unsafe scores[other] > score
                let isEarlier = unsafe scores[other] == score && other < index
                better &+= (isBetter || isEarlier) ? 1 : 0
            }
            if better == k - 1 { return index }
        }
        // Only scores that are no numbers have no order.
        return 0
    }
}
