import LMDB
import LikenessStore
import LikenessTraining

/// Trains a model and publishes it: what full fits and continuations share.
struct FitRun {
    let store: Store
    let data: TrainingSet
    let interactions: Interactions
    let itemFeatures: FeatureRows?
    let userFeatures: FeatureRows?
    let features: FeatureOptions
    let hyperparameters: Hyperparameters
    let parent: Manifest?
    /// Rows that the parent did not have.
    var fresh = (users: 0, items: 0, features: 0)

    private var presentUsers: [Bool] { interactions.presentUsers ?? [] }
    private var presentItems: [Bool] { interactions.presentItems ?? [] }

    /// What a training came to.
    struct Trained {
        let model: Model
        let state: TrainingState
        let seconds: Double
        let meanLoss: Double
        let likesPerSecond: Double
        let examples: Int
    }

    /// Trains, without touching the store.
    func train(
        _ model: consuming Model, state: TrainingState?, epochs: Int, progress: (FitProgress) -> Bool
    ) throws(FitError) -> Trained {
        var seconds = 0.0
        var last: EpochReport?
        var examples = 0
        do {
            var trainer = try Trainer(
                model: consume model, interactions: interactions, itemFeatures: itemFeatures, userFeatures: userFeatures,
                hyperparameters: hyperparameters, state: state)
            examples = trainer.examplesPerEpoch
            let before = trainer.state.epochsDone
            let outcome = try trainer.run(epochs: epochs) { event in
                var goesOn = true
                switch event {
                case .tick(let epoch, let done, let total, let elapsed):
                    goesOn = progress(
                        .training(
                            epoch: epoch - before, of: epochs, fraction: Double(done) / Double(max(total, 1)),
                            meanLoss: last?.meanLoss ?? 0, likesPerSecond: elapsed > 0 ? Double(done) / elapsed : 0))
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
            case .finished: break
            case .stoppedAfter(let epoch), .stoppedWithin(let epoch): throw FitError.stopped(epoch: epoch - before)
            }
            return Trained(
                model: trainer.model, state: trainer.state, seconds: seconds, meanLoss: last?.meanLoss ?? 0,
                likesPerSecond: seconds > 0 ? Double(examples * epochs) / seconds : 0, examples: examples)
        } catch let error as FitError {
            throw error
        } catch let error as TrainingError {
            throw named(error)
        } catch {
            throw .training(.sizeMismatch(what: "\(error)", expected: 0, found: 0))
        }
    }

    /// Writes the blocks, then publishes the version.
    func publish(
        _ trained: Trained, alias: String?, note: String?, creator: String
    ) throws(FitError) -> (publication: Catalog.Publication, items: Representations) {
        let model = trained.model
        var writer = ModelWriter(store, components: model.components)
        let present = presence()
        let epoch = trained.state.epochsDone
        let items = model.itemRepresentations(itemFeatures)
        do {
            for table in model.tables { try writer.write(table, present: present[table.kind] ?? []) }
        } catch {
            throw .store(error)
        }
        try writer.write(items, kind: .item, present: presentItems, epoch: epoch) { name(.item, $0) }
        try writer.write(
            model.userRepresentations(userFeatures), kind: .user, present: presentUsers, epoch: epoch
        ) { name(.user, $0) }
        let tags = Model.representations(of: nil, identity: model.itemFeatures, features: model.itemFeatures)
        try writer.write(tags, kind: .itemFeature, present: present[.itemFeature] ?? [], epoch: epoch) {
            name(.itemFeature, $0)
        }
        do {
            if let itemFeatures { try writer.write(itemFeatures, kind: .item) }
            if let userFeatures { try writer.write(userFeatures, kind: .user) }
            let (matrices, bytesWritten) = try writer.finish()
            let draft = manifest(trained, matrices: matrices, creator: creator)
            let publication = try store.catalog.publish(
                draft, blockBytes: bytesWritten, alias: alias, note: note, by: creator)
            return (publication, items)
        } catch {
            throw .store(error)
        }
    }

    /// Which rows of each kind are part of the version: features are, if a row of the version has them.
    private func presence() -> [TrainingError.RowKind: [Bool]] {
        func features(_ rows: FeatureRows?, count: Int) -> [Bool] {
            var present = [Bool](repeating: false, count: count)
            for column in rows?.columns ?? [] { present[Int(column)] = true }
            return present
        }
        return [
            .item: presentItems, .user: presentUsers,
            .itemFeature: features(itemFeatures, count: data.lengths.itemFeatures),
            .userFeature: features(userFeatures, count: data.lengths.userFeatures),
        ]
    }

    private func manifest(_ trained: Trained, matrices: [MatrixDescriptor], creator: String) -> Manifest {
        Manifest(
            version: Version(rawValue: 1), parent: parent?.version, created: store.catalog.now(), creator: creator,
            watermark: data.watermark, likes: counts.likes, trainedLikes: trained.examples, vocabularies: data.lengths,
            components: hyperparameters.components, epochs: trained.state.epochsDone, featureWeighting: features.weighting.rawValue,
            featureOptions: JSONValue(encoding: features),
            hyperparameters: JSONValue(encoding: hyperparameters) ?? .null,
            randomState: JSONValue(encoding: trained.state) ?? .null,
            metrics: ["meanLoss": trained.meanLoss, "fullFitLikes": Double(fullFitLikes)], matrices: matrices)
    }

    /// Likes and dislikes of users and items that are part of the version.
    var counts: (likes: Int, dislikes: Int) {
        let (users, items, opinions) = (presentUsers, presentItems, data.opinions)
        var (likes, dislikes) = (0, 0)
        for position in 0..<opinions.count
        where users[Int(opinions.users[position])] && items[Int(opinions.items[position])] {
            if data.isDislike(position) { dislikes += 1 } else { likes += 1 }
        }
        return (likes, dislikes)
    }

    /// Likes that the last full fit had.
    private var fullFitLikes: Int {
        parent.map { Int($0.metrics["fullFitLikes"] ?? Double($0.likes)) } ?? counts.likes
    }

    /// Whether the likes since the last full fit are more than a fifth of what that had.
    var isFullFitDue: Bool {
        Double(counts.likes - fullFitLikes) > 0.2 * Double(fullFitLikes)
    }

    func report(
        _ trained: Trained, _ published: Catalog.Publication, alias: String?, totalSeconds: Double, epochs: Int, drift: Double?
    ) -> FitReport {
        let (counts, present) = (counts, presence())
        return FitReport(
            version: published.manifest.version.rawValue, parent: parent?.version.rawValue, alias: alias,
            loss: hyperparameters.loss, epochs: epochs, likes: counts.likes, dislikes: counts.dislikes,
            trainedLikes: trained.examples, users: presentUsers.count(where: \.self),
            items: presentItems.count(where: \.self), features: (present[.itemFeature] ?? []).count(where: \.self),
            userFeatures: (present[.userFeature] ?? []).count(where: \.self), newUsers: fresh.users, newItems: fresh.items,
            newFeatures: fresh.features, threads: hyperparameters.threads, meanLoss: trained.meanLoss,
            likesPerSecond: trained.likesPerSecond, trainingSeconds: trained.seconds, totalSeconds: totalSeconds,
            bytesWritten: published.bytesWritten, drift: drift, isFullFitDue: parent == nil ? nil : isFullFitDue)
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

    /// The id of a row.
    private func name(_ kind: TrainingError.RowKind, _ row: Int) -> String {
        let vocabulary: VocabularyKind =
            switch kind {
            case .item: .items
            case .itemFeature: .itemFeatures
            case .user: .users
            case .userFeature: .userFeatures
            }
        let id = try? store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try Vocabulary(vocabulary, in: store.tables).id(at: UInt32(row), in: transaction)
        }
        return (id ?? nil) ?? "row \(row)"
    }
}
