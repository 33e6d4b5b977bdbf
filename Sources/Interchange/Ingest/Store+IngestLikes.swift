import DelimitedText
import LikenessFormat
public import LikenessStore

extension Store {
    /// Takes the likes of a file in; each (user, item) pair once.
    ///
    /// Rows become durable batch by batch. Interrupted and run again, it goes on where it was: rows that are there count as
    /// duplicates.
    ///
    /// ```swift
    /// let report = try store.ingestLikes(from: "likes.psv")
    /// ```
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input. gzip and zstd are read as they are.
    ///   - progress: called several times a second; returns false to stop after what is read so far.
    /// - Throws: `IngestError`; what was durable before stays.
    /// - Complexity: O(rows) time; memory for one batch and the ids that the file names.
    @discardableResult
    public func ingestLikes(
        from path: String, columns: LikesColumns = LikesColumns(), options: IngestOptions = IngestOptions(),
        progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        try ingestLikes(from: [path], columns: columns, options: options, progress: progress)
    }

    /// Takes the likes of several files in, one after the other. A folder stands for the text files in it, in the order of their names.
    ///
    /// - Throws: `IngestError`; what was durable before stays.
    @discardableResult
    public func ingestLikes(
        from paths: [String], columns: LikesColumns = LikesColumns(), options: IngestOptions = IngestOptions(),
        progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        if isReadOnly, !options.isDryRun { throw .store(.readOnly(path: self.path), durableRows: 0) }
        var run = try FileRun(paths, options)
        do throws(IngestError) {
            while let file = run.current {
                let before = run
                run.add(try takeLikes(file, columns, options, run.rejects, namesFile: run.namesFiles) { progress(before.whole($0)) })
            }
        } catch {
            // The rows that were rejected before stay known.
            _ = try? run.finish()
            throw error
        }
        return try run.finish()
    }

    private func takeLikes(
        _ path: String, _ columns: LikesColumns, _ options: IngestOptions, _ rejects: RejectsFile, namesFile: Bool,
        progress: (IngestProgress) -> Bool
    ) throws(IngestError) -> IngestReport {
        var rows = try RowReader(path, options: options, rejects: rejects, namesFile: namesFile)
        let places = try LikesPlaces(columns, in: &rows, options)
        var intake = LikesIntake(places, options, self, hasRating: columns.rating != nil)
        var report = try IngestLoop(batchRows: options.batchRows).run(&rows, progress: progress) { record in
            intake.take(record)
        } commit: { () throws(StoreError) in
            try intake.commit()
        }
        report.sample = intake.sample
        if let id = intake.oddId {
            report.notices.append(
                "the id '\(id.printable(atMost: 60))' has white space at an end or characters that cannot be seen; it is kept so"
                    + (options.trims ? "" : " (--trim takes white space off)"))
        }
        return report
    }
}
