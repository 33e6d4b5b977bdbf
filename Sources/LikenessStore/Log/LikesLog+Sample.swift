package import LMDB
package import LikenessFormat
import RandomNumbers

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
        var random = SplitMix64(seed: seed)
        let isLong = through.rawValue > UInt64(Self.leastChunks * LogChunk.capacity)
        let chunks = isLong ? min(1, 4 * share) : 1
        let events = chunks > 0 ? share / chunks : 0
        var sample = LikeColumns()
        try forEachRun(through: through, in: reader, wanted: { chunks >= 1 || random.unit() < chunks }) { _, run throws(StoreError) in
            var kept = run
            kept.times = nil
            kept.keep { event in (events >= 1 || random.unit() < events) && run.kinds?[event].isOpinion ?? true }
            if kept.count > 0 { sample.append(kept) }
        }
        return sample
    }
}
