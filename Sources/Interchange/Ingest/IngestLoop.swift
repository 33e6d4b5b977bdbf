import DelimitedText
import LikenessStore

/// Reads rows and makes them durable batch by batch: what ingests of likes and of features share.
struct IngestLoop {
    let batchRows: Int
    /// Rows between two looks at the progress.
    private static let stride = 16_384

    init(batchRows: Int) {
        self.batchRows = max(1, batchRows)
    }

    func run(
        _ rows: inout RowReader, progress: (IngestProgress) -> Bool, take: (borrowing DelimitedRecord) -> String?,
        commit: () throws(StoreError) -> (accepted: Int, duplicates: Int, lastSequence: UInt64)
    ) throws(IngestError) -> IngestReport {
        let clock = ContinuousClock()
        let start = clock.now
        var pending = 0
        var hasMore = true
        var isStopped = false
        while hasMore && !isStopped {
            let room = min(IngestLoop.stride, batchRows - pending)
            let before = rows.report.read - rows.report.rejected
            hasMore = try rows.readRows(limit: room, take)
            pending += rows.report.read - rows.report.rejected - before
            isStopped = !progress(rows.progress)
            if pending >= batchRows || !hasMore || isStopped {
                do {
                    let counts = try commit()
                    rows.count(
                        accepted: counts.accepted, duplicates: counts.duplicates, lastSequence: counts.lastSequence)
                } catch {
                    throw .store(error, durableRows: rows.progress.durableRows)
                }
                pending = 0
            }
        }
        _ = progress(rows.progress)
        let elapsed = (clock.now - start).components
        return try rows.finish(
            seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18, isStopped: isStopped && hasMore)
    }
}
