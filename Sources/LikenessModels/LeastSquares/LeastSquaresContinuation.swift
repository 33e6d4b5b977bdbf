import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining

/// Continues a version by alternating least squares in closed form: reads what new likes touch, solves it, and writes what changed as layers.
struct LeastSquaresContinuation {
    private let store: Store
    private let options: FitPartialOptions
    private let parent: ParentRows
    private let record: LeastSquaresRecord
    private let cut: LeastSquaresCut

    /// - Returns: nil if nothing after the parent's watermark concerns it.
    init?(_ store: Store, _ manifest: Manifest, _ record: LeastSquaresRecord, _ options: FitPartialOptions) throws(FitError) {
        guard manifest.totals != nil else {
            throw .cannotContinue(manifest.version, reason: "it counted none of its likes. Fit anew")
        }
        let read: Result<(ParentRows, LeastSquaresCut?), FitError>
        do {
            read = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let parent = try ParentRows(store, manifest, in: transaction)
                do throws(FitError) {
                    return .success((parent, try LeastSquaresCut(parent, record, options, in: transaction)))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .store(error)
        }
        let (parent, cut) = try read.get()
        guard let cut else { return nil }
        (self.store, self.options, self.parent, self.record, self.cut) = (store, options, parent, record, cut)
    }

    /// Solves and publishes.
    func run(since start: ContinuousClock.Instant, progress: (FitProgress) -> Bool) throws(FitError) -> FitReport {
        let clock = ContinuousClock()
        let begin = clock.now
        let count = cut.histories.newOpinions
        let goesOn = progress(.training(epoch: 1, of: 1, fraction: 0, meanLoss: 0, likesPerSecond: 0))
        if !goesOn { throw .stopped(epoch: 0) }
        var update = cut.update
        do { try update.run() } catch { throw named(error) }
        let seconds = (clock.now - begin) / .seconds(1)
        let loss = cut.meanLoss(update)
        if !progress(.training(epoch: 1, of: 1, fraction: 1, meanLoss: loss, likesPerSecond: seconds > 0 ? Double(count) / seconds : 0))
            || !progress(.publishing)
        {
            throw .stopped(epoch: 1)
        }
        for kind in RowKind.allCases { parent.rows(kind).forgetPlaces() }
        let drafted: Result<LeastSquaresDrafts, FitError>
        do {
            drafted = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                do throws(FitError) {
                    return .success(try LeastSquaresDrafts(cut, update, parent, name: name, in: transaction))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .store(error)
        }
        let drafts = try drafted.get()
        do {
            let kept = try store.keepBlocks()
            var writer = LayerWriter(store, parent: parent.manifest)
            for draft in drafts.drafts {
                try writer.write(draft, over: parent.rows(draft.kind), count: parent.lengths[draft.kind])
            }
            let components = record.settings.components
            try writer.write(gram: update.itemGram, .item, components: components)
            try writer.write(gram: update.userGram, .user, components: components)
            let bytes = try writer.finish()
            let manifest = manifest(update.terms, loss, matrices: writer.matrices, layers: writer.layers)
            let published = try store.catalog.publish(
                manifest, blockBytes: bytes, alias: options.alias, note: options.note, by: options.creator, keeping: kept)
            return report(
                published, drafts, meanLoss: loss, trainingSeconds: seconds, rowsWritten: writer.rowsWritten,
                totalSeconds: (clock.now - start) / .seconds(1))
        } catch {
            throw .store(error)
        }
    }

    private func manifest(
        _ terms: LeastSquaresTerms, _ loss: Double, matrices: [MatrixDescriptor], layers: [LayerDescriptor]
    ) -> Manifest {
        var manifest = parent.manifest
        manifest.parent = parent.manifest.version
        manifest.created = store.now()
        manifest.creator = options.creator
        manifest.watermark = cut.histories.watermark
        manifest.likes = cut.totals.likes
        manifest.trainedLikes = cut.histories.newOpinions
        manifest.vocabularies = parent.lengths
        manifest.hyperparameters = JSONValue(encoding: LeastSquaresRecord(settings: record.settings, terms: terms)) ?? .null
        manifest.metrics = ["meanLoss": loss]
        manifest.matrices = matrices
        manifest.layers = layers
        manifest.totals = cut.totals
        manifest.tags = options.tags
        return manifest
    }

    private func report(
        _ published: Catalog.Publication, _ drafts: LeastSquaresDrafts, meanLoss: Double, trainingSeconds: Double, rowsWritten: Int,
        totalSeconds: Double
    ) -> FitReport {
        let (totals, manifest, histories) = (cut.totals, published.manifest, cut.histories)
        let fullFitLikes = Double(parent.manifest.fullFitLikes)
        /// The mean over all rows of the parent: those that were not touched have not moved.
        func drift(_ kind: RowKind) -> Double {
            max(0, (drafts.moved[kind] ?? 0) / Double(max(parent.manifest.totals?[kind] ?? 1, 1)))
        }
        var report = FitReport(
            version: manifest.version.rawValue, parent: parent.manifest.version.rawValue, alias: options.alias, loss: "als",
            epochs: 1, likes: totals.likes, dislikes: totals.dislikes, trainedLikes: histories.newOpinions, users: totals.users,
            items: totals.items, features: totals.itemFeatures, userFeatures: totals.userFeatures,
            newUsers: histories.joiningUsers.count, newItems: histories.joiningItems.count, newFeatures: cut.items.fresh.count,
            threads: cut.update.settings.threads, meanLoss: meanLoss,
            likesPerSecond: trainingSeconds > 0 ? Double(histories.newOpinions) / trainingSeconds : 0,
            trainingSeconds: trainingSeconds, totalSeconds: totalSeconds, bytesWritten: published.bytesWritten, drift: drift(.item),
            isFullFitDue: Double(totals.likes) - fullFitLikes > 0.2 * fullFitLikes)
        report.changes = ContinuationChanges(
            tags: options.tags, touchedUsers: drafts.touched[.user] ?? 0, touchedItems: drafts.touched[.item] ?? 0,
            touchedFeatures: drafts.touched[.itemFeature] ?? 0, userDrift: drift(.user), featureDrift: drift(.itemFeature),
            rowsWritten: rowsWritten, layers: manifest.layers?.count ?? 0)
        return report
    }

    /// A trainer's error with ids in place of rows.
    private func named(_ error: TrainingError) -> FitError {
        guard case .notSolvable(let iteration, let kind, let row) = error else { return FitError(error) }
        let number = kind == .user ? cut.userNumbers[row] : cut.itemNumbers[row]
        return .diverged(epoch: iteration, kind: kind.description, id: name(kind, Int(number)))
    }

    private func name(_ kind: RowKind, _ row: Int) -> String { FitRun.name(kind, row, store) }
}
