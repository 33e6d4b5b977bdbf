import LikenessFormat
public import LikenessStore
import PlainText

extension Store {
    /// Takes the likes of a file in; each (user, item) pair once.
    ///
    /// Rows become durable batch by batch. Interrupted and run again, it goes on where it was: rows that are there count as
    /// duplicates. A row that gives a pair another weight counts as updated; ``IngestOptions/onDuplicate`` says which weight holds. Weights
    /// that are summed up count twice if the file is taken in twice.
    ///
    /// ```swift
    /// let report = try store.ingestLikes(from: "likes.psv")
    ///
    /// var options = IngestOptions()
    /// options.takesBack = true  // The rows take likes and dislikes back.
    /// try store.ingestLikes(from: "unliked.psv", options: options)
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
        try takeLikes(from: paths, columns, options, into: self, progress: progress)
    }
}

extension StoreReader {
    /// Reads, checks and counts the rows that ``Store/ingestLikes(from:columns:options:progress:)`` would take in, and gives the first of
    /// them. Nothing is written, and duplicates are not looked for.
    ///
    /// - Throws: `IngestError`.
    public func previewLikes(
        from paths: [String], columns: LikesColumns = LikesColumns(), options: IngestOptions = IngestOptions(),
        progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        try takeLikes(from: paths, columns, options, into: nil, progress: progress)
    }

    /// - Parameter store: nil to preview.
    fileprivate func takeLikes(
        from paths: [String], _ columns: LikesColumns, _ options: IngestOptions, into store: Store?,
        progress: (IngestProgress) -> Bool
    ) throws(IngestError) -> IngestReport {
        try FileRun.run(paths, options, protecting: files) { (file, run) throws(IngestError) in
            try takeLikes(file, columns, options, run, into: store) { progress(run.whole($0)) }
        }
    }

    private func takeLikes(
        _ path: String, _ columns: LikesColumns, _ options: IngestOptions, _ run: FileRun, into store: Store?,
        progress: (IngestProgress) -> Bool
    ) throws(IngestError) -> IngestReport {
        var rows = try RowReader(path, options: options, rejects: run.rejects, namesFile: run.namesFiles)
        let places = try LikesPlaces(columns, in: &rows, options)
        var intake = LikesIntake(places, options, store, hasRating: columns.rating != nil)
        var report = try IngestLoop(batchRows: options.batchRows).run(&rows, progress: progress) { record in
            intake.take(record)
        } commit: { isLast throws(StoreError) in
            try intake.commit(waits: isLast)
        }
        report.sample = intake.sample
        if let notice = intake.oddId.notice(trims: options.trims) { report.notices.append(notice) }
        return report
    }
}
