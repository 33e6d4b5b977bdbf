import CVectorKernels

/// The position of the k-th best of some scores.
enum KthBest {
    /// - Parameter k: counted from 1, at most `count`.
    /// - Complexity: O(`count`²) without branches that depend on the data up to 64 scores, O(`count` log `count`) above.
    @inline(__always)
    static func position(in scores: UnsafePointer<Float>, _ count: Int, k: Int) -> Int {
        guard count <= 64 else {
            let order = (0..<count).sorted { unsafe (scores[$1], $0) < (scores[$0], $1) }
            return order[k - 1]
        }
        return unsafe training_kth_best(scores, count, k)
    }
}
