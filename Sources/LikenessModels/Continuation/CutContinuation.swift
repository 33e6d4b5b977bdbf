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
        let read: Result<(ParentRows, CutOut?), FitError>
        do {
            read = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let parent = try ParentRows(store, manifest, in: transaction)
                do throws(FitError) {
                    return .success((parent, try CutOut(parent, options, in: transaction)))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .store(error)
        }
        let (parent, cut) = try read.get()
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
        let written: Result<CutDrafts, FitError>
        for kind in RowKind.allCases { parent.rows(kind).forgetPlaces() }
        do {
            written = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                do throws(FitError) {
                    return .success(try CutDrafts(cut, trained, parent, name: name, in: transaction))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .store(error)
        }
        let drafts = try written.get()
        do {
            let kept = try store.keepBlocks()
            var writer = LayerWriter(store, parent: parent.manifest)
            let lengths = parent.lengths
            for draft in drafts.drafts {
                let count =
                    switch draft.kind {
                    case .item: lengths.items
                    case .user: lengths.users
                    case .itemFeature: lengths.itemFeatures
                    case .userFeature: lengths.userFeatures
                    }
                try writer.write(draft, over: parent.rows(draft.kind), count: count)
            }
            let bytes = try writer.finish()
            let manifest = manifest(trained, matrices: writer.matrices, layers: writer.layers)
            let published = try store.catalog.publish(
                manifest, blockBytes: bytes, alias: options.alias, note: options.note, by: options.creator, keeping: kept)
            return report(
                trained, published, drafts, rowsWritten: writer.rowsWritten,
                totalSeconds: (ContinuousClock().now - start) / .seconds(1))
        } catch {
            throw .store(error)
        }
    }

    private func train(_ progress: (FitProgress) -> Bool) throws(FitError) -> FitRun.Trained {
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
            throw named(error)
        }
        return try FitRun.train(trainer, epochs: options.epochs, progress: progress, named: named)
    }

    private func manifest(_ trained: FitRun.Trained, matrices: [MatrixDescriptor], layers: [LayerDescriptor]) -> Manifest {
        var manifest = parent.manifest
        manifest.parent = parent.manifest.version
        manifest.created = store.now()
        manifest.creator = options.creator
        manifest.watermark = cut.watermark
        manifest.likes = cut.totals.likes
        manifest.trainedLikes = trained.examples
        manifest.vocabularies = parent.lengths
        manifest.epochs = trained.state.epochsDone
        manifest.hyperparameters = JSONValue(encoding: hyperparameters) ?? .null
        manifest.randomState = JSONValue(encoding: trained.state) ?? .null
        manifest.metrics = ["meanLoss": trained.meanLoss]
        manifest.matrices = matrices
        manifest.layers = layers
        manifest.totals = cut.totals
        manifest.tags = .fixed
        return manifest
    }

    /// Likes that the last full fit had.
    private var fullFitLikes: Double { Double(parent.manifest.fullFitLikes) }

    private func report(
        _ trained: FitRun.Trained, _ published: Catalog.Publication, _ drafts: CutDrafts, rowsWritten: Int, totalSeconds: Double
    ) -> FitReport {
        let (totals, manifest) = (cut.totals, published.manifest)
        /// The mean over all rows of the parent: those that were not touched have not moved.
        func drift(_ kind: RowKind) -> Double {
            max(0, (drafts.moved[kind] ?? 0) / Double(max(parent.manifest.totals?[kind] ?? 1, 1)))
        }
        var report = FitReport(
            version: manifest.version.rawValue, parent: parent.manifest.version.rawValue, alias: options.alias,
            loss: hyperparameters.loss.rawValue, epochs: options.epochs, likes: totals.likes, dislikes: totals.dislikes,
            trainedLikes: trained.examples, users: totals.users, items: totals.items, features: totals.itemFeatures,
            userFeatures: totals.userFeatures, newUsers: cut.joined.users, newItems: cut.joined.items,
            newFeatures: drafts.fresh[.itemFeature] ?? 0, threads: hyperparameters.threads, meanLoss: trained.meanLoss,
            likesPerSecond: trained.likesPerSecond, trainingSeconds: trained.seconds, totalSeconds: totalSeconds,
            bytesWritten: published.bytesWritten, drift: drift(.item),
            isFullFitDue: Double(totals.likes) - fullFitLikes > 0.2 * fullFitLikes)
        report.changes = ContinuationChanges(
            tags: .fixed, touchedUsers: drafts.touched[.user] ?? 0, touchedItems: drafts.touched[.item] ?? 0, touchedFeatures: 0,
            userDrift: drift(.user), featureDrift: 0, rowsWritten: rowsWritten, layers: manifest.layers?.count ?? 0)
        return report
    }

    /// A trainer's error with ids in place of rows.
    private func named(_ error: TrainingError) -> FitError {
        switch error {
        case .diverged(let epoch, let kind, let row):
            .diverged(epoch: epoch, kind: kind.description, id: name(kind, number(kind, row)))
        case .emptyRow(let kind, let row): .emptyRow(kind: kind.description, id: name(kind, number(kind, row)))
        case .badHyperparameter(let name, let value, let rule): .badOption(name: name, value: value, rule: rule)
        default: .training(error)
        }
    }

    /// The number in the store of a row of the cut-out.
    private func number(_ kind: RowKind, _ row: Int) -> Int {
        let side = kind == .item || kind == .itemFeature ? cut.items : cut.users
        if kind == side.kind { return Int(side.numbers[row]) }
        return row >= side.fixed ? Int(side.fresh[row - side.fixed]) : row
    }

    private func name(_ kind: RowKind, _ row: Int) -> String { FitRun.name(kind, row, store) }
}
