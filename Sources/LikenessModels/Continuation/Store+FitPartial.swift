import LMDB
import LikenessFormat
public import LikenessStore
import LikenessTraining

extension Store {
    /// Continues a version on the likes that came after it, and publishes the result as a version of its own.
    ///
    /// Users, items and features that are new get rows of their own; all likes of the past count as seen, so that none is drawn as
    /// a negative. Loss, step rule, components and learning rate are the parent's.
    ///
    /// A version by alternating least squares is continued in closed form: users with new likes are solved from all that they like, then items
    /// whose likes have grown by a tenth since they were solved last, from all who like them. `epochs` and `replay` do not concern it.
    ///
    /// - Parameter progress: called several times a second; returns false to stop, and then nothing is published.
    /// - Returns: nil if nothing came after the parent that its loss trains on (likes; for logistic loss dislikes too): then there is
    ///   nothing to do, and nothing is published.
    /// - Throws: `FitError`; then nothing is published.
    @discardableResult
    public func fitPartial(
        _ options: FitPartialOptions = FitPartialOptions(), progress: (FitProgress) -> Bool = { _ in true }
    ) throws(FitError) -> FitReport? {
        let clock = ContinuousClock()
        let start = clock.now
        guard options.epochs >= 0 else {
            throw .badOption(name: "epochs", value: "\(options.epochs)", rule: "it must be 0 or more")
        }
        guard (0...1).contains(options.replay) else {
            throw .badOption(name: "replay", value: "\(options.replay)", rule: "it must be a share from 0 to 1")
        }
        if let alias = options.alias {
            do { try catalog.checkName(alias) } catch { throw .store(error) }
        }
        if !progress(.reading) { throw .stopped(epoch: 0) }
        let manifest: Manifest
        do {
            manifest = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try catalog.manifest(at: options.parent, in: transaction)
            }
        } catch {
            throw .store(error)
        }
        if let origin = manifest.origin {
            throw .cannotContinue(
                manifest.version,
                reason:
                    "it came in a pack, and the likes that it was made from are in store \(origin.store). Continue \(origin.version) there "
                    + "and export what comes of it, or ingest likes here and run `likeness fit`")
        }
        if let record = LeastSquaresRecord(of: manifest) {
            return try LeastSquaresContinuation(self, manifest, record, options)?.run(since: start, progress: progress)
        }
        if options.tags == .fixed, try canBeCut(manifest) {
            return try CutContinuation(self, manifest, options)?.run(since: start, progress: progress)
        }
        guard var continuation = try readContinuation(options) else { return nil }
        let trained = try continuation.train(epochs: options.epochs, progress: progress)
        let run = continuation.run
        if !progress(.publishing) { throw .stopped(epoch: options.epochs) }
        let alias = run.gate(trained, options.alias, isForced: options.forcesAlias)
        let publication = try run.publish(trained, in: self, alias: alias, note: options.note, creator: options.creator)
        return run.report(
            trained, publication, alias: alias, totalSeconds: (clock.now - start) / .seconds(1), epochs: options.epochs,
            drift: try continuation.drift(to: trained.model))
    }

    /// Whether a small model can be cut out of a version: not if it is of a build that counted nothing, nor for k-OS WARP with weights,
    /// which are in the log alone.
    private func canBeCut(_ manifest: Manifest) throws(FitError) -> Bool {
        guard manifest.totals != nil else { return false }
        guard manifest.hyperparameters.decoded(as: Hyperparameters.self)?.loss == .warpKOS else { return true }
        do {
            return try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try !LikesLog(tables).extent(in: transaction).shape.contains(.weights)
            }
        } catch {
            throw .store(error)
        }
    }

    private func readContinuation(_ options: FitPartialOptions) throws(FitError) -> Continuation? {
        let (parent, newOpinions) = try reading { transaction in
            let manifest = try catalog.manifest(at: options.parent, in: transaction)
            if var choice = manifest.hyperparameters.decoded(as: Hyperparameters.self) {
                choice.threads = options.threads ?? choice.threads
                let readsFeatures = FeatureOptions(of: manifest)?.weighting != FeatureWeighting.none
                try MemoryNeed(self, readsFeatures: readsFeatures, in: transaction).check(choice, isContinuation: true)
            }
            let parent = try ParentState(self, options.parent, in: transaction)
            let new = try LikesLog(tables).opinions(
                after: parent.manifest.watermark, through: parent.data.watermark, readsTimes: false, in: transaction
            ).count
            return (parent, new)
        }
        return try Continuation(self, parent, newOpinions: newOpinions, options)
    }
}
