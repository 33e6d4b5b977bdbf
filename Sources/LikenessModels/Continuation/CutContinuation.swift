import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining

/// Continues a version by a model cut out of it: reads what new likes touch, trains it, and writes what changed as layers.
struct CutContinuation {
    private let store: Store
    private let parent: ParentRows
    private let cut: CutOut
    private let hyperparameters: Hyperparameters
    private let options: FitPartialOptions

    /// - Returns: nil if nothing after the parent's watermark can be trained on.
    /// - Throws: `FitError`: too little memory, or a damaged store.
    init?(_ store: Store, _ manifest: Manifest, _ options: FitPartialOptions) throws(FitError) {
        let (parent, cut) = try store.reading { transaction in
            let parent = try ParentRows(store, manifest, in: transaction)
            return (parent, try CutOut(parent, options, in: transaction))
        }
        guard let cut else { return nil }
        (self.store, self.parent, self.cut, self.options) = (store, parent, cut, options)
        var hyperparameters = parent.hyperparameters
        hyperparameters.threads = options.threads ?? hyperparameters.threads
        self.hyperparameters = hyperparameters
    }

    /// Trains and publishes.
    func run(since start: ContinuousClock.Instant, progress: (FitProgress) -> Bool) throws(FitError) -> FitReport {
        let trained = try train(progress)
        if !progress(.publishing) { throw .stopped(epoch: options.epochs) }
        for kind in RowKind.allCases { parent.rows(kind).forgetPlaces() }
        let drafts = try store.reading { try CutDrafts(cut, trained, parent, name: name, in: $0) }
        let written = try parent.publish(drafts.drafts, in: store, options, meanWeight: cut.meanWeight) { manifest in
            manifest.watermark = cut.watermark
            manifest.likes = cut.totals.likes
            manifest.trainedLikes = trained.examples
            manifest.epochs = trained.state.epochsDone
            manifest.hyperparameters = JSONValue(encoding: hyperparameters) ?? .null
            manifest.randomState = JSONValue(encoding: trained.state) ?? .null
            manifest.metrics = ["meanLoss": trained.meanLoss]
            manifest.totals = cut.totals
            manifest.tags = .fixed
        }
        return report(trained, written, drafts, totalSeconds: (ContinuousClock().now - start) / .seconds(1))
    }

    private func train(_ progress: (FitProgress) -> Bool) throws(FitError) -> TrainedModel {
        var model = Model(components: hyperparameters.components, schedule: hyperparameters.schedule)
        (model.items, model.itemFeatures) = (cut.items.identity, cut.items.named)
        (model.users, model.userFeatures) = (cut.users.identity, cut.users.named)
        if let features = cut.items.features { model.handOver(cut.items.former, to: features) }
        var partial = PartialModel()
        partial.drawableItems = cut.totals.drawable
        partial.negatives = cut.negatives
        partial.fixedItemFeatures = cut.items.fixed
        partial.fixedUserFeatures = cut.users.fixed
        let trainer: Trainer
        do {
            trainer = try Trainer(
                model: model, rows: cut.rows, itemFeatures: cut.items.features, userFeatures: cut.users.features,
                hyperparameters: hyperparameters, state: parent.state, partial: partial)
        } catch {
            throw FitError(error, name: storedName)
        }
        return try TrainedModel.train(trainer, epochs: options.epochs, progress: progress, name: storedName)
    }

    private func report(
        _ trained: TrainedModel, _ written: PublishedLayers, _ drafts: CutDrafts, totalSeconds: Double
    ) -> FitReport {
        let (totals, published) = (cut.totals, written.published)
        let manifest = published.manifest
        var report = FitReport(
            version: manifest.version.rawValue, parent: parent.manifest.version.rawValue, alias: nil,
            loss: hyperparameters.loss.rawValue, epochs: options.epochs, likes: totals.likes, dislikes: totals.dislikes,
            trainedLikes: trained.examples, users: totals.users, items: totals.items, features: totals.itemFeatures,
            userFeatures: totals.userFeatures, newUsers: cut.joined.users, newItems: cut.joined.items,
            newFeatures: drafts.fresh[.itemFeature] ?? 0, threads: hyperparameters.threads, meanLoss: trained.meanLoss,
            likesPerSecond: trained.likesPerSecond, trainingSeconds: trained.seconds, totalSeconds: totalSeconds,
            bytesWritten: published.bytesWritten, drift: parent.drift(drafts.moved[.item], .item),
            isFullFitDue: parent.isFullFitDue(likes: totals.likes))
        report.note(written.alias)
        report.changes = ContinuationChanges(
            tags: .fixed, touchedUsers: drafts.touched[.user] ?? 0, touchedItems: drafts.touched[.item] ?? 0, touchedFeatures: 0,
            userDrift: parent.drift(drafts.moved[.user], .user), featureDrift: 0, rowsWritten: written.rowsWritten,
            layers: manifest.layers?.count ?? 0)
        return report
    }

    /// The id of a row of the cut-out.
    private func storedName(_ kind: RowKind, _ row: Int) -> String { name(kind, number(kind, row)) }

    /// The number in the store of a row of the cut-out.
    private func number(_ kind: RowKind, _ row: Int) -> Int {
        let side = kind == .item || kind == .itemFeature ? cut.items : cut.users
        if kind == side.kind { return Int(side.numbers[row]) }
        return row >= side.fixed ? Int(side.fresh[row - side.fixed]) : row
    }

    private func name(_ kind: RowKind, _ row: Int) -> String { store.name(of: row, kind) }
}
