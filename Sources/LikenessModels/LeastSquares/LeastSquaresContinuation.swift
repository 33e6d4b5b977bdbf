import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining

/// Continues a version by alternating least squares in closed form, or one by the softmax of cosines by folding in: reads what new likes touch,
/// solves it, and writes what changed as layers.
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
        let (parent, cut) = try store.reading { transaction in
            let parent = try ParentRows(store, manifest, in: transaction)
            return (parent, try LeastSquaresCut(parent, record, options, in: transaction))
        }
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
        do throws(TrainingError) {
            if let centers = record.centers { try update.run(centers, news: cut.news) } else { try update.run() }
        } catch {
            throw named(error)
        }
        let seconds = (clock.now - begin) / .seconds(1)
        let loss = cut.meanLoss(update)
        if !progress(.training(epoch: 1, of: 1, fraction: 1, meanLoss: loss, likesPerSecond: seconds > 0 ? Double(count) / seconds : 0))
            || !progress(.publishing)
        {
            throw .stopped(epoch: 1)
        }
        for kind in RowKind.allCases { parent.rows(kind).forgetPlaces() }
        let drafts = try store.reading {
            try LeastSquaresDrafts(cut, update, parent, hasUnitRows: record.softmax != nil, name: name, in: $0)
        }
        let grams = record.softmax == nil ? [(kind: RowKind.item, gram: update.itemGram), (kind: .user, gram: update.userGram)] : []
        var next = record
        next.terms = update.terms
        next.selection = nil
        let written = try parent.publish(drafts.drafts, in: store, grams: grams, options) { manifest in
            manifest.watermark = cut.histories.watermark
            manifest.likes = cut.totals.likes
            manifest.trainedLikes = count
            manifest.hyperparameters = JSONValue(encoding: next) ?? .null
            manifest.metrics = ["meanLoss": loss]
            manifest.totals = cut.totals
            manifest.tags = options.tags
        }
        return report(written, drafts, meanLoss: loss, trainingSeconds: seconds, totalSeconds: (clock.now - start) / .seconds(1))
    }

    private func report(
        _ written: PublishedLayers, _ drafts: LeastSquaresDrafts, meanLoss: Double, trainingSeconds: Double, totalSeconds: Double
    ) -> FitReport {
        let (totals, published, histories) = (cut.totals, written.published, cut.histories)
        let manifest = published.manifest
        var report = FitReport(
            version: manifest.version.rawValue, parent: parent.manifest.version.rawValue, alias: nil, loss: record.loss.rawValue,
            epochs: 1, likes: totals.likes, dislikes: totals.dislikes, trainedLikes: histories.newOpinions, users: totals.users,
            items: totals.items, features: totals.itemFeatures, userFeatures: totals.userFeatures,
            newUsers: histories.joiningUsers.count, newItems: histories.joiningItems.count, newFeatures: cut.items.fresh.count,
            threads: cut.update.settings.threads, meanLoss: meanLoss,
            likesPerSecond: trainingSeconds > 0 ? Double(histories.newOpinions) / trainingSeconds : 0,
            trainingSeconds: trainingSeconds, totalSeconds: totalSeconds, bytesWritten: published.bytesWritten,
            drift: parent.drift(drafts.moved[.item], .item),
            isFullFitDue: parent.isFullFitDue(likes: totals.likes))
        report.note(written.alias)
        report.changes = ContinuationChanges(
            tags: options.tags, touchedUsers: drafts.touched[.user] ?? 0, touchedItems: drafts.touched[.item] ?? 0,
            touchedFeatures: drafts.touched[.itemFeature] ?? 0, userDrift: parent.drift(drafts.moved[.user], .user),
            featureDrift: parent.drift(drafts.moved[.itemFeature], .itemFeature),
            rowsWritten: written.rowsWritten, layers: manifest.layers?.count ?? 0)
        return report
    }

    /// A trainer's error with ids in place of rows.
    private func named(_ error: TrainingError) -> FitError {
        FitError(error) { kind, row in name(kind, Int(kind == .user ? cut.userNumbers[row] : cut.itemNumbers[row])) }
    }

    private func name(_ kind: RowKind, _ row: Int) -> String { store.name(of: row, kind) }
}
