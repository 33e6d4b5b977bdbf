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
        try takeFeatures(from: paths, of: owner, columns, options, into: self, progress: progress)
    }
}

extension StoreReader {
    /// Reads, checks and counts the rows that ``Store/ingestFeatures(from:of:columns:options:progress:)`` would take in, and gives the
    /// first of them. Nothing is written.
    ///
    /// - Throws: `IngestError`.
    public func previewFeatures(
        from paths: [String], of owner: FeatureOwner = .items, columns: FeaturesColumns = FeaturesColumns(),
        options: IngestOptions = IngestOptions(), progress: (IngestProgress) -> Bool = { _ in true }
    ) throws(IngestError) -> IngestReport {
        try takeFeatures(from: paths, of: owner, columns, options, into: nil, progress: progress)
    }

    /// - Parameter store: nil to preview.
    fileprivate func takeFeatures(
        from paths: [String], of owner: FeatureOwner, _ columns: FeaturesColumns, _ options: IngestOptions, into store: Store?,
        progress: (IngestProgress) -> Bool
    ) throws(IngestError) -> IngestReport {
        try FileRun.run(paths, options, protecting: files) { (file, run) throws(IngestError) in
            try takeFeatures(file, of: owner, columns, options, run, into: store) { progress(run.whole($0)) }
        }
    }

    private func takeFeatures(
        _ path: String, of owner: FeatureOwner, _ columns: FeaturesColumns, _ options: IngestOptions, _ run: FileRun,
        into store: Store?, progress: (IngestProgress) -> Bool
    ) throws(IngestError) -> IngestReport {
        var rows = try RowReader(path, options: options, rejects: run.rejects, namesFile: run.namesFiles)
        let places = try FeaturesPlaces(columns, of: owner, in: &rows)
        let rule = options.duplicateRule(hasWeights: places.weight != nil)
        var intake = FeaturesIntake(
            places, options, store.map { FeaturesWriter($0, of: owner == .users ? .user : .item, rule: rule) })
        var report = try IngestLoop(batchRows: options.batchRows).run(&rows, progress: progress) { record in
            intake.take(record)
        } commit: { _ throws(StoreError) in
            try intake.commit()
        }
        report.sample = intake.sample
        if let notice = intake.oddId.notice(trims: options.trims) { report.notices.append(notice) }
        return report
    }
}
