import LMDB
package import LikenessFormat
package import LikenessStore
package import LikenessTraining

/// Trains a model and publishes it: what full fits and continuations share.
package struct FitRun {
    package let store: StoreReader
    package let watermark: SequenceNumber
    package let lengths: Manifest.Lengths
    /// Likes and dislikes of users and items that are part of the version.
    package let counts: (likes: Int, dislikes: Int)
    package let presentUsers: [Bool]
    package let presentItems: [Bool]
    /// What is trained; given up before the version is written.
    package var rows: TrainingRows?
    package let itemFeatures: FeatureRows?
    package let userFeatures: FeatureRows?
    package let features: FeatureOptions
    package let hyperparameters: Hyperparameters
    package let parent: Manifest?
    /// What the version counts of its rows, for continuations.
    let tallies: VersionTallies
    /// Rows that the parent did not have.
    package var fresh = (users: 0, items: 0, features: 0)

    /// What is to be trained of what was read, which is not needed any more then.
    ///
    /// - Parameter trained: the positions to train; nil for all.
    package init(
        _ store: StoreReader, _ data: TrainingSet, trained: [Int]? = nil, presentUsers: [Bool], presentItems: [Bool],
        itemFeatures: FeatureRows?, userFeatures: FeatureRows?, features: FeatureOptions, hyperparameters: Hyperparameters,
        parent: Manifest? = nil
    ) throws(FitError) {
        self.store = store
        (watermark, lengths) = (data.watermark, data.lengths)
        counts = data.counts(presentUsers: presentUsers, presentItems: presentItems)
        (self.presentUsers, self.presentItems) = (presentUsers, presentItems)
        (self.itemFeatures, self.userFeatures) = (itemFeatures, userFeatures)
        (self.features, self.hyperparameters, self.parent) = (features, hyperparameters, parent)
        tallies = VersionTallies(
            data, presentUsers: presentUsers, presentItems: presentItems, itemFeatures: itemFeatures, userFeatures: userFeatures)
        do {
            rows = try TrainingRows(
                data.interactions(trained: trained, presentUsers: presentUsers, presentItems: presentItems),
                users: data.lengths.users, items: data.lengths.items, hyperparameters: hyperparameters)
        } catch {
            throw named(error)
        }
    }

    /// What a training came to.
    package struct Trained {
        package let model: Model
        package let state: TrainingState
        package let seconds: Double
        let meanLoss: Double
        let likesPerSecond: Double
        let examples: Int
    }

    /// Trains, without touching the store.
    ///
    /// - Precondition: the rows have not been given up.
    package func train(
        _ model: consuming Model, state: TrainingState?, epochs: Int, progress: (FitProgress) -> Bool
    ) throws(FitError) -> Trained {
        guard let rows else { preconditionFailure("the rows were given up") }
        let trainer: Trainer
        do throws(TrainingError) {
            trainer = try Trainer(
                model: consume model, rows: rows, itemFeatures: itemFeatures, userFeatures: userFeatures, hyperparameters: hyperparameters,
                state: state)
        } catch {
            throw named(error)
        }
        return try FitRun.train(trainer, epochs: epochs, progress: progress, named: named)
    }

    /// Trains to the end or until `progress` asks to stop.
    ///
    /// - Parameter named: turns a trainer's error into one with ids.
    static func train(
        _ trainer: consuming Trainer, epochs: Int, progress: (FitProgress) -> Bool, named: (TrainingError) -> FitError
    ) throws(FitError) -> Trained {
        var trainer = trainer
        var seconds = 0.0
        var last: EpochReport?
        let examples = trainer.examplesPerEpoch
        let before = trainer.state.epochsDone
        let stopped: Int?
        do throws(TrainingError) {
            let outcome = try trainer.run(epochs: epochs) { event in
                var goesOn = true
                switch event {
                case .tick(let epoch, let done, let total, let meanLoss, let elapsed):
                    goesOn = progress(
                        .training(
                            epoch: epoch - before, of: epochs, fraction: Double(done) / Double(max(total, 1)),
                            meanLoss: meanLoss, likesPerSecond: elapsed > 0 ? Double(done) / elapsed : 0))
                case .epoch(let report):
                    last = report
                    seconds += report.seconds
                    goesOn = progress(
                        .training(
                            epoch: report.epoch - before, of: epochs, fraction: 1, meanLoss: report.meanLoss,
                            likesPerSecond: report.likesPerSecond))
                }
                return goesOn ? .carryOn : .stop
            }
            switch outcome {
            case .finished: stopped = nil
            case .stoppedAfter(let epoch), .stoppedWithin(let epoch): stopped = epoch - before
            }
        } catch {
            throw named(error)
        }
        if let stopped { throw .stopped(epoch: stopped) }
        return Trained(
            model: trainer.model, state: trainer.state, seconds: seconds, meanLoss: last?.meanLoss ?? 0,
            likesPerSecond: seconds > 0 ? Double(examples * epochs) / seconds : 0, examples: examples)
    }

    /// Writes the blocks, then publishes the version.
    package func publish(
        _ trained: Trained, in store: Store, alias: String?, note: String?, creator: String
    ) throws(FitError) -> Catalog.Publication {
        let kept = try keepBlocks(in: store)
        let model = trained.model
        var writer = ModelWriter(store, components: model.components)
        let present = presence()
        let epoch = trained.state.epochsDone
        do {
            for table in model.tables { try writer.write(table, present: present[table.kind] ?? []) }
        } catch {
            throw .store(error)
        }
        for (kind, rows) in [(RowKind.item, itemFeatures), (.user, userFeatures), (.itemFeature, nil)] {
            try writer.write(model, kind, rows, present: present[kind] ?? [], epoch: epoch) { name(kind, $0) }
        }
        do {
            if let itemFeatures { try writer.write(itemFeatures, kind: .item) }
            if let userFeatures { try writer.write(userFeatures, kind: .user) }
            for kind in RowKind.allCases { try writer.write(tallies.tallies[kind] ?? [], kind: kind) }
            for (kind, opinions) in [(RowKind.item, tallies.waitingItems), (.user, tallies.waitingUsers)] {
                try writer.write(opinions, kind: kind)
            }
            let (matrices, bytesWritten) = try writer.finish()
            let draft = manifest(trained, matrices: matrices, creator: creator)
            return try store.catalog.publish(
                draft, blockBytes: bytesWritten, alias: alias, note: note, by: creator, keeping: kept)
        } catch {
            throw .store(error)
        }
    }

    /// Which rows of each kind are part of the version: features are, if a row of the version has them.
    package func presence() -> [RowKind: [Bool]] {
        func features(_ rows: FeatureRows?, count: Int) -> [Bool] {
            var present = [Bool](repeating: false, count: count)
            for column in rows?.columns ?? [] { present[Int(column)] = true }
            return present
        }
        return [
            .item: presentItems, .user: presentUsers,
            .itemFeature: features(itemFeatures, count: lengths.itemFeatures),
            .userFeature: features(userFeatures, count: lengths.userFeatures),
        ]
    }

    private func manifest(_ trained: Trained, matrices: [MatrixDescriptor], creator: String) -> Manifest {
        var manifest = Manifest(
            version: Version(rawValue: 1), parent: parent?.version, created: store.now(), creator: creator,
            watermark: watermark, likes: counts.likes, trainedLikes: trained.examples, fullFitLikes: fullFitLikes, vocabularies: lengths,
            components: hyperparameters.components, epochs: trained.state.epochsDone, featureWeighting: features.weighting.rawValue,
            featureOptions: JSONValue(encoding: features),
            hyperparameters: JSONValue(encoding: hyperparameters) ?? .null,
            randomState: JSONValue(encoding: trained.state) ?? .null,
            metrics: ["meanLoss": trained.meanLoss], matrices: matrices, totals: tallies.totals)
        manifest.tags = parent == nil ? nil : .train
        return manifest
    }

    /// Likes that the last full fit had.
    private var fullFitLikes: Int {
        parent?.fullFitLikes ?? counts.likes
    }

    /// Whether the likes since the last full fit are more than a fifth of what that had.
    package var isFullFitDue: Bool {
        Double(counts.likes - fullFitLikes) > 0.2 * Double(fullFitLikes)
    }

    package func report(
        _ trained: Trained, _ published: Catalog.Publication, alias: String?, totalSeconds: Double, epochs: Int, drift: Double?
    ) -> FitReport {
        let present = presence()
        var report = FitReport(
            version: published.manifest.version.rawValue, parent: parent?.version.rawValue, alias: alias,
            loss: hyperparameters.loss.rawValue, epochs: epochs, likes: counts.likes, dislikes: counts.dislikes,
            trainedLikes: trained.examples, users: presentUsers.count(where: \.self),
            items: presentItems.count(where: \.self), features: (present[.itemFeature] ?? []).count(where: \.self),
            userFeatures: (present[.userFeature] ?? []).count(where: \.self), newUsers: fresh.users, newItems: fresh.items,
            newFeatures: fresh.features, threads: hyperparameters.threads, meanLoss: trained.meanLoss,
            likesPerSecond: trained.likesPerSecond, trainingSeconds: trained.seconds, totalSeconds: totalSeconds,
            bytesWritten: published.bytesWritten, drift: drift, isFullFitDue: parent == nil ? nil : isFullFitDue)
        if parent != nil {
            let rows = presentUsers.count + presentItems.count + lengths.itemFeatures + lengths.userFeatures
            report.changes = ContinuationChanges(
                tags: .train, touchedUsers: report.users - fresh.users, touchedItems: report.items - fresh.items,
                touchedFeatures: report.features - fresh.features, userDrift: nil, featureDrift: nil, rowsWritten: rows, layers: 0)
        }
        return report
    }

    /// A trainer's error with ids in place of rows.
    private func named(_ error: TrainingError) -> FitError {
        switch error {
        case .diverged(let epoch, let kind, let row):
            .diverged(epoch: epoch, kind: kind.description, id: name(kind, row))
        case .emptyRow(let kind, let row): .emptyRow(kind: kind.description, id: name(kind, row))
        case .badHyperparameter(let name, let value, let rule): .badOption(name: name, value: value, rule: rule)
        default: .training(error)
        }
    }

    private func name(_ kind: RowKind, _ row: Int) -> String { FitRun.name(kind, row, store) }

    /// The id of a row.
    static func name(_ kind: RowKind, _ row: Int, _ store: StoreReader) -> String {
        let id = try? store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try Vocabulary(kind, in: store.tables).id(at: UInt32(row), in: transaction)
        }
        return (id ?? nil) ?? "row \(row)"
    }
}

/// Keeps all blocks from being pruned until a version is published.
func keepBlocks(in store: Store) throws(FitError) -> KeptBlocks {
    do { return try store.keepBlocks() } catch { throw .store(error) }
}
