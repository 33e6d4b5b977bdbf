import DelimitedText
import LikenessStore

/// Reads rows and makes them durable batch by batch: what ingests of likes and of features share.
///
/// `commit` may make a batch durable while the next one is read, and then counts it later; all are counted when it is called for the last time.
struct IngestLoop {
    let batchRows: Int
    /// Rows between two looks at the progress.
    private static let stride = 16_384

    init(batchRows: Int) {
        self.batchRows = max(1, batchRows)
    }

    func run(
        _ rows: inout RowReader, progress: (IngestProgress) -> Bool, take: (borrowing DelimitedRecord) -> RowOutcome,
        commit: (_ isLast: Bool) throws(StoreError) -> BatchCounts
    ) throws(IngestError) -> IngestReport {
        let clock = ContinuousClock()
        let start = clock.now
        var hasMore = true
        var isStopped = false
        var failure: IngestError?
        while hasMore && !isStopped {
            do {
                hasMore = try rows.readRows(limit: max(1, min(IngestLoop.stride, batchRows - rows.tally.pending)), take)
            } catch {
                // What was read before the file failed becomes durable all the same.
                (failure, hasMore) = (error, false)
            }
            isStopped = !progress(rows.progress)
            if rows.tally.pending >= batchRows || !hasMore || isStopped {
                do {
                    rows.tally.count(try commit(!hasMore || isStopped))
                } catch {
                    throw .store(error, durableRows: rows.progress.durableRows)
                }
            }
        }
        _ = progress(rows.progress)
        if let failure {
            guard case .file(let words) = failure, rows.report.read > 0 else { throw failure }
            throw .interrupted(words, durableRows: rows.tally.durableRows)
        }
        let elapsed = (clock.now - start).components
        return rows.finish(
            seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18, isStopped: isStopped && hasMore)
    }
}
