import LMDB
import LikenessFormat
import LikenessSearch
public import LikenessStore
import LikenessTraining

extension Store {
    /// Learns a model by alternating least squares with features joined in, and publishes it as a version: see `LeastSquaresSettings`.
    ///
    /// It ranks better than the other losses on most data, in a fraction of the time; the version holds no optimiser's state, and is
    /// continued in closed form. Likes may be taken in and queries answered meanwhile.
    ///
    /// - Parameter progress: called several times a second; returns false to stop, and then nothing is published.
    /// - Throws: `FitError`; then nothing is published.
    /// - Complexity: O(iterations × ((users + items) × d² + (likes + feature entries) × d)).
    @discardableResult
    public func fit(
        _ options: LeastSquaresFitOptions = LeastSquaresFitOptions(), progress: (FitProgress) -> Bool = { _ in true }
    ) throws(FitError) -> FitReport {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            try options.settings.validate()
            try options.features.validate()
        } catch {
            throw FitError(error)
        }
        if let alias = options.alias {
            do { try catalog.checkName(alias) } catch { throw .store(error) }
        }
        if !progress(.reading) { throw .stopped(epoch: 0) }
        // Continuations read them in place of the log.
        do { try refreshHistories() } catch { throw .store(error) }
        let fit = try LeastSquaresFit(self, try trainingSet(options), options)
        let trained = try fit.train(progress)
        if !progress(.publishing) { throw .stopped(epoch: options.settings.iterations) }
        let published = try fit.publish(trained)
        return fit.report(trained, published, totalSeconds: (clock.now - start) / .seconds(1))
    }

    /// What the fit reads, if memory suffices.
    private func trainingSet(_ options: LeastSquaresFitOptions) throws(FitError) -> TrainingSet {
        let readsFeatures = options.featureWeighting != .none
        return try reading { transaction in
            let need = try MemoryNeed(self, readsFeatures: readsFeatures, in: transaction)
            try MemoryNeed.check(needed: need.bytes(options.settings), limits: MemoryLimits())
            return try TrainingSet(self, in: transaction, readsFeatures: readsFeatures)
        }
    }
}

/// A fit by alternating least squares from likes to version.
struct LeastSquaresFit {
    private let store: Store
    private let options: LeastSquaresFitOptions
    private let data: TrainingSet
    let presentUsers: [Bool]
    let presentItems: [Bool]
    private let itemFeatures: FeatureRows?
    private let userFeatures: FeatureRows?
    private let tallies: VersionTallies

    /// Chooses what is part of the model: users and items that have enough likes.
    init(_ store: Store, _ data: TrainingSet, _ options: LeastSquaresFitOptions) throws(FitError) {
        let opinions = data.opinions
        guard (0..<opinions.count).contains(where: { !data.isDislike($0) }) else { throw .noLikes }
        var present = LikeThresholds(
            minimumUserLikes: options.minimumUserLikes, minimumItemLikes: options.minimumItemLikes
        ).present(
            users: opinions.users, items: opinions.items, userCount: data.lengths.users, itemCount: data.lengths.items
        ) { !data.isDislike($0) }
        if options.minimumItemLikes == 0, options.featureWeighting != .none {
            for item in present.items.indices where !data.itemFeatures[item].isEmpty { present.items[item] = true }
        }
        guard present.items.contains(true), present.users.contains(true) else {
            throw .nothingLeft(
                users: data.lengths.users, items: data.lengths.items, minimumUserLikes: options.minimumUserLikes,
                minimumItemLikes: options.minimumItemLikes)
        }
        (presentUsers, presentItems) = present
        let features = options.features
        itemFeatures = try TrainingSet.rows(data.itemFeatures, of: .item, present: presentItems, features, store)
        userFeatures = try TrainingSet.rows(data.userFeatures, of: .user, present: presentUsers, features, store)
        var tallies = VersionTallies(
            data, presentUsers: presentUsers, presentItems: presentItems, itemFeatures: itemFeatures, userFeatures: userFeatures)
        tallies.noteSolvedItems()
        self.tallies = tallies
        self.store = store
        self.options = options
        self.data = data
    }

    /// A model and how it came about.
    struct Trained {
        let model: LeastSquaresModel
        let objective: Double
        let seconds: Double
        let iterations: Int
        let counts: (likes: Int, dislikes: Int)
    }

    /// What solves all rows in turn, before its first iteration.
    func solver() throws(FitError) -> AlternatingLeastSquares {
        do {
            return try AlternatingLeastSquares(
                data.interactions(presentUsers: presentUsers, presentItems: presentItems), users: data.lengths.users,
                items: data.lengths.items, itemFeatures: itemFeatures, itemFeatureCount: data.lengths.itemFeatures,
                userFeatures: userFeatures, userFeatureCount: data.lengths.userFeatures, settings: options.settings)
        } catch {
            throw named(error)
        }
    }

    /// Trains, without touching the store.
    func train(_ progress: (FitProgress) -> Bool) throws(FitError) -> Trained {
        let iterations = options.settings.iterations
        let counts = data.counts(presentUsers: presentUsers, presentItems: presentItems)
        let stopped: Int
        var (seconds, objective) = (0.0, 0.0)
        var squares = try solver()
        do throws(TrainingError) {
            let outcome = try squares.run { event in
                let goesOn: Bool
                switch event {
                case .tick(let iteration, let done, let total):
                    goesOn = progress(
                        .training(
                            epoch: iteration, of: iterations, fraction: Double(done) / Double(max(total, 1)),
                            meanLoss: objective / Double(max(counts.likes, 1)), likesPerSecond: 0))
                case .iteration(let report):
                    seconds += report.seconds
                    objective = report.objective
                    goesOn = progress(
                        .training(
                            epoch: report.iteration, of: iterations, fraction: 1,
                            meanLoss: objective / Double(max(counts.likes, 1)),
                            likesPerSecond: report.seconds > 0 ? Double(counts.likes) / report.seconds : 0))
                }
                return goesOn ? .carryOn : .stop
            }
            switch outcome {
            case .finished:
                return Trained(
                    model: squares.model(), objective: objective, seconds: seconds, iterations: squares.iterationsDone, counts: counts)
            case .stoppedAfter(let iteration), .stoppedWithin(let iteration): stopped = iteration
            }
        } catch {
            throw named(error)
        }
        throw .stopped(epoch: stopped)
    }

    /// Writes the blocks, then publishes the version.
    func publish(_ trained: Trained) throws(FitError) -> Catalog.Publication {
        let kept = try keepBlocks(in: store)
        let model = trained.model
        var writer = FactorWriter(store, components: options.settings.components)
        let kinds: [(RowKind, FactorMatrix, [Bool])] = [
            (.item, model.items, presentItems), (.user, model.users, presentUsers),
            (.itemFeature, model.itemFeatures, FeatureRows.present(itemFeatures, count: data.lengths.itemFeatures)),
            (.userFeature, model.userFeatures, FeatureRows.present(userFeatures, count: data.lengths.userFeatures)),
        ]
        for (kind, vectors, present) in kinds where vectors.rows == present.count && !present.isEmpty {
            do { try writer.write(vectors, kind, present: present) } catch let error as StoreError {
                throw .store(error)
            } catch RowCoderError.notFinite(let row), RowCoderError.tooLarge(let row) {
                throw .diverged(epoch: trained.iterations, kind: kind.description, id: name(kind, row))
            } catch {
                throw .store(.damaged(table: "blocks", key: kind.matrixPrefix, reason: "\(error)"))
            }
        }
        do {
            if let itemFeatures { try writer.write(itemFeatures, .item) }
            if let userFeatures { try writer.write(userFeatures, .user) }
            var tallies = tallies
            tallies.note(precisions: model.itemFeaturePrecisions, .itemFeature)
            tallies.note(precisions: model.userFeaturePrecisions, .userFeature)
            for kind in RowKind.allCases { try writer.write(tallies.tallies[kind] ?? [], kind) }
            try writer.write(gram: model.itemGram, .item)
            try writer.write(gram: model.userGram, .user)
            let (matrices, bytesWritten) = try writer.finish()
            return try store.catalog.publish(
                manifest(trained, matrices: matrices), blockBytes: bytesWritten, alias: gate(trained).alias, note: options.note,
                by: options.creator, keeping: kept)
        } catch {
            throw .store(error)
        }
    }

    private func manifest(_ trained: Trained, matrices: [MatrixDescriptor]) -> Manifest {
        let features = options.features
        let record = LeastSquaresRecord(settings: options.settings, terms: trained.model.terms)
        return Manifest(
            version: Version(rawValue: 1), parent: nil, created: store.now(), creator: options.creator,
            watermark: data.watermark, likes: trained.counts.likes, trainedLikes: trained.counts.likes, fullFitLikes: trained.counts.likes,
            vocabularies: data.lengths, components: options.settings.components, epochs: trained.iterations,
            featureWeighting: options.featureWeighting.rawValue, featureOptions: JSONValue(encoding: features),
            hyperparameters: JSONValue(encoding: record) ?? .null, randomState: .null,
            metrics: ["objective": trained.objective], matrices: matrices, totals: tallies.totals)
    }

    func report(_ trained: Trained, _ published: Catalog.Publication, totalSeconds: Double) -> FitReport {
        let users = presentUsers.count(where: \.self)
        let items = presentItems.count(where: \.self)
        let features = FeatureRows.present(itemFeatures, count: data.lengths.itemFeatures).count(where: \.self)
        let likes = trained.counts.likes
        var report = FitReport(
            version: published.manifest.version.rawValue, parent: nil, alias: nil, loss: "als", epochs: trained.iterations,
            likes: likes, dislikes: trained.counts.dislikes, trainedLikes: likes, users: users, items: items, features: features,
            userFeatures: FeatureRows.present(userFeatures, count: data.lengths.userFeatures).count(where: \.self), newUsers: users,
            newItems: items, newFeatures: features, threads: options.settings.threads,
            meanLoss: trained.objective / Double(max(likes, 1)),
            likesPerSecond: trained.seconds > 0 ? Double(likes * trained.iterations) / trained.seconds : 0,
            trainingSeconds: trained.seconds, totalSeconds: totalSeconds, bytesWritten: published.bytesWritten, drift: nil,
            isFullFitDue: nil)
        report.note(gate(trained))
        return report
    }

    /// Whether the alias may move to what was trained.
    private func gate(_ trained: Trained) -> AliasGate {
        AliasGate(
            options.alias, isForced: options.forcesAlias, epochs: trained.iterations,
            meanLoss: trained.objective / Double(max(trained.counts.likes, 1)), meanWeight: data.meanWeight)
    }

    /// A trainer's error with ids in place of rows.
    func named(_ error: TrainingError) -> FitError { FitError(error, name: name) }

    private func name(_ kind: RowKind, _ row: Int) -> String { store.name(of: row, kind) }
}

extension FeatureRows {
    /// Whether each feature is one of a row's.
    static func present(_ rows: FeatureRows?, count: Int) -> [Bool] {
        var present = [Bool](repeating: false, count: count)
        for column in rows?.columns ?? [] { present[Int(column)] = true }
        return present
    }
}
