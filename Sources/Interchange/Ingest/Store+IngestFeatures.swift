import DelimitedText
import LikenessFormat
public import LikenessStore

extension Store {
    /// Takes the features of items or users in. A feature's label is `type:value`, both in lower case.
    ///
    /// Features of an item that no like has named yet are kept: the item joins the vocabulary, and its features are there when its
    /// likes arrive.
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input. gzip and zstd are read as they are.
    ///   - progress: called several times a second; returns false to stop after what is read so far.
    /// - Throws: `IngestError`; what was durable before stays.
    @discardableResult
    public func ingestFeatures(
        from path: String, of owner: FeatureOwner = .items, columns: FeaturesColumns = FeaturesColumns(),
        options: IngestOptions = IngestOptions(), progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        try ingestFeatures(from: [path], of: owner, columns: columns, options: options, progress: progress)
    }

    /// Takes the features of several files in, one after the other. A folder stands for the text files in it, in the order of their
    /// names.
    ///
    /// - Throws: `IngestError`; what was durable before stays.
    @discardableResult
    public func ingestFeatures(
        from paths: [String], of owner: FeatureOwner = .items, columns: FeaturesColumns = FeaturesColumns(),
        options: IngestOptions = IngestOptions(), progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        if isReadOnly, !options.isDryRun { throw .store(.readOnly(path: self.path), durableRows: 0) }
        var run = try FileRun(paths, options)
        do throws(IngestError) {
            while let file = run.current {
                let before = run
                run.add(
                    try takeFeatures(file, of: owner, columns, options, run.rejects, namesFile: run.namesFiles) {
                        progress(before.whole($0))
                    })
            }
        } catch {
            // The rows that were rejected before stay known.
            _ = try? run.finish()
            throw error
        }
        return try run.finish()
    }

    private func takeFeatures(
        _ path: String, of owner: FeatureOwner, _ columns: FeaturesColumns, _ options: IngestOptions, _ rejects: RejectsFile,
        namesFile: Bool, progress: (IngestProgress) -> Bool
    ) throws(IngestError) -> IngestReport {
        var rows = try RowReader(path, options: options, rejects: rejects, namesFile: namesFile)
        var intake = FeaturesIntake(
            try FeaturesPlaces(columns, of: owner, in: &rows), options,
            options.isDryRun ? nil : FeaturesWriter(self, of: owner == .users ? .user : .item))
        var report = try IngestLoop(batchRows: options.batchRows).run(&rows, progress: progress) { record in
            intake.take(record)
        } commit: { () throws(StoreError) in
            try intake.commit()
        }
        report.sample = intake.sample
        return report
    }
}
