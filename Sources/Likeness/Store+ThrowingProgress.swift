public import Interchange
public import LikenessModels
public import LikenessStore

/// The long operations with a progress closure that may throw: they stop as they do when it returns false, and its error is thrown.
extension Store {
    /// Learns a model from all likes and publishes it as a version: see `fit(_:progress:)`.
    ///
    /// ```swift
    /// let report = try store.fit(options) { _ in
    ///     try Task.checkCancellation()
    ///     return true
    /// }
    /// ```
    ///
    /// - Throws: `FitError`, or what `progress` throws; then nothing is published.
    @discardableResult
    public func fit(
        _ options: FitOptions, progress: (FitProgress) throws -> Bool
    ) throws -> FitReport {
        try stopping(on: progress) { (progress) throws(FitError) in try fit(options, progress: progress) }
    }

    /// The same by alternating least squares.
    ///
    /// - Throws: `FitError`, or what `progress` throws; then nothing is published.
    @discardableResult
    public func fit(
        _ options: LeastSquaresFitOptions = LeastSquaresFitOptions(), progress: (FitProgress) throws -> Bool
    ) throws -> FitReport {
        try stopping(on: progress) { (progress) throws(FitError) in try fit(options, progress: progress) }
    }

    /// The same with settings that are chosen by held-out likes.
    ///
    /// - Throws: `FitError`, or what `progress` throws; then nothing is published.
    @discardableResult
    public func fit(
        _ options: AutomaticFitOptions, progress: (FitProgress) throws -> Bool
    ) throws -> FitReport {
        try stopping(on: progress) { (progress) throws(FitError) in try fit(options, progress: progress) }
    }

    /// Continues a version on the likes that came after it: see `fitPartial(_:progress:)`.
    ///
    /// - Throws: `FitError`, or what `progress` throws; then nothing is published.
    @discardableResult
    public func fitPartial(
        _ options: FitPartialOptions = FitPartialOptions(), progress: (FitProgress) throws -> Bool
    ) throws -> FitReport? {
        try stopping(on: progress) { (progress) throws(FitError) in try fitPartial(options, progress: progress) }
    }

    /// Searches for settings: see `tune(_:progress:)`.
    ///
    /// - Throws: `TuneError`, or what `progress` throws; trials that have ended are kept.
    @discardableResult
    public func tune(
        _ options: TuneOptions = TuneOptions(), progress: (TuneProgress) throws -> Bool
    ) throws -> StudyReport {
        try stopping(on: progress) { (progress) throws(TuneError) in try tune(options, progress: progress) }
    }

    /// Takes in a file of likes: see `ingestLikes(from:columns:options:progress:)`.
    ///
    /// - Throws: `IngestError`, or what `progress` throws; batches that are written by then stay.
    @discardableResult
    public func ingestLikes(
        from path: String, columns: LikesColumns = LikesColumns(), options: IngestOptions = IngestOptions(),
        progress: (IngestProgress) throws -> Bool
    ) throws -> IngestReport {
        try stopping(on: progress) { (progress) throws(IngestError) in
            try ingestLikes(from: path, columns: columns, options: options, progress: progress)
        }
    }

    /// Takes in a file of features: see `ingestFeatures(from:of:columns:options:progress:)`.
    ///
    /// - Throws: `IngestError`, or what `progress` throws; batches that are written by then stay.
    @discardableResult
    public func ingestFeatures(
        from path: String, of owner: FeatureOwner = .items, columns: FeaturesColumns = FeaturesColumns(),
        options: IngestOptions = IngestOptions(), progress: (IngestProgress) throws -> Bool
    ) throws -> IngestReport {
        try stopping(on: progress) { (progress) throws(IngestError) in
            try ingestFeatures(from: path, of: owner, columns: columns, options: options, progress: progress)
        }
    }
}

extension StoreReader {
    /// Trains and measures without publishing: see `learningCurve(test:options:progress:)`.
    ///
    /// - Throws: `LearningCurveError`, or what `progress` throws.
    public func learningCurve(
        test path: String, options: LearningCurveOptions = LearningCurveOptions(), progress: (FitProgress) throws -> Bool
    ) throws -> LearningCurveReport {
        try stopping(on: progress) { (progress) throws(LearningCurveError) in
            try learningCurve(test: path, options: options, progress: progress)
        }
    }
}

/// Runs `body` with a closure that returns false once `progress` has thrown, then throws that error.
private func stopping<Event, R, Failure: Error>(
    on progress: (Event) throws -> Bool, _ body: ((Event) -> Bool) throws(Failure) -> R
) throws -> R {
    // The compiler lends no closure to a closure that was itself lent, in case they change the same variable; these do not.
    try withoutActuallyEscaping(progress) { progress in
        var thrown: (any Error)?
        let result: R
        do {
            result = try body { event in
                do {
                    return try progress(event)
                } catch {
                    thrown = error
                    return false
                }
            }
        } catch {
            throw thrown ?? error
        }
        if let thrown { throw thrown }
        return result
    }
}
