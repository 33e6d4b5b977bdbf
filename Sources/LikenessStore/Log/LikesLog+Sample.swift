package import LMDB
package import LikenessFormat

extension LikesLog {
    /// Chunks that are all read: a sample of fewer chunks would say too little.
    private static let leastChunks = 64

    /// A random share of the events up to `through`.
    ///
    /// Of a long log, a quarter of the events of four times the share of its chunks, so that only these are read.
    /// - Complexity: O(chunks + events of the chunks drawn).
    package func sample<Reader: TableReader & ~Copyable>(
        _ share: Double, through: SequenceNumber, seed: UInt64, in reader: borrowing Reader
    ) throws(StoreError) -> LikeColumns where Reader.Failure == StoreError {
        var state = seed
        /// SplitMix64's output function on a counter.
        func unit() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return Double((mixed ^ mixed >> 31) >> 11) * 0x1p-53
        }
        let isLong = through.rawValue > UInt64(Self.leastChunks * LogChunk.capacity)
        let chunks = isLong ? min(1, 4 * share) : 1
        let events = chunks > 0 ? share / chunks : 0
        var sample = LikeColumns()
        try forEachRun(through: through, in: reader, wanted: { chunks >= 1 || unit() < chunks }) { _, run throws(StoreError) in
            var kept = run
            kept.times = nil
            kept.keep { _ in events >= 1 || unit() < events }
            if kept.count > 0 { sample.append(kept) }
        }
        return sample
    }
}
