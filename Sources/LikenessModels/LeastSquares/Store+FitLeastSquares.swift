import LMDB
import LikenessFormat
import LikenessSearch
public import LikenessStore
import LikenessTraining

extension Store {
    /// Learns a model by alternating least squares with features joined in, and publishes it as a version: see `LeastSquaresSettings`.
    ///
    /// It ranks better than the other losses on most data, in a fraction of the time; the version holds no optimiser's state, and is
    /// continued in closed form. Likes may be taken in and queries answered meanwhile. With `softmax` in the options it is trained further by the
    /// softmax of cosines, at a multiple of the time, which ranks better where users have few likes.
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
            try options.softmax?.validate()
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
        if !progress(.publishing) { throw .stopped(epoch: trained.epochs) }
        let published = try fit.publish(trained, in: self)
        return fit.report(trained, published, totalSeconds: (clock.now - start) / .seconds(1))
    }
}

extension StoreReader {
    /// What the fit reads, if memory suffices.
    package func trainingSet(_ options: LeastSquaresFitOptions) throws(FitError) -> TrainingSet {
        let readsFeatures = options.featureWeighting != .none
        return try reading { transaction in
            let need = try MemoryNeed(self, readsFeatures: readsFeatures, in: transaction)
            try MemoryNeed.check(needed: need.bytes(options.settings, options.softmax), limits: MemoryLimits())
            return try TrainingSet(self, in: transaction, readsFeatures: readsFeatures)
        }
    }
}

/// A fit by alternating least squares from likes to version.
struct LeastSquaresFit {
    private let store: StoreReader
    private let options: LeastSquaresFitOptions
    private let data: TrainingSet
    let presentUsers: [Bool]
    let presentItems: [Bool]
    private let itemFeatures: FeatureRows?
    private let userFeatures: FeatureRows?
    private let tallies: VersionTallies

    /// Chooses what is part of the model: users and items that have enough likes.
    init(_ store: StoreReader, _ data: TrainingSet, _ options: LeastSquaresFitOptions) throws(FitError) {
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
        var model: LeastSquaresModel
        let objective: Double
        var seconds: Double
        let iterations: Int
        let counts: (likes: Int, dislikes: Int)
        /// Passes and the last one's mean loss of training by the softmax.
        var softmax: (epochs: Int, meanLoss: Double)?

        /// Passes of what came last.
        var epochs: Int { softmax?.epochs ?? iterations }
        /// The last pass's mean loss.
        var meanLoss: Double { softmax?.meanLoss ?? objective / Double(max(counts.likes, 1)) }
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

    /// What trains further from a model of least squares, before its first epoch.
    func stage(from model: LeastSquaresModel, _ softmax: SoftmaxSettings) throws(FitError) -> CosineSoftmax {
        var softmax = softmax
        (softmax.threads, softmax.seed) = (options.settings.threads, options.settings.seed)
        var likes = data.interactions(presentUsers: presentUsers, presentItems: presentItems)
        likes.weights = likes.weights?.map(options.settings.confidence)
        do {
            return try CosineSoftmax(
                start: model, likes, itemFeatures: itemFeatures, userFeatures: userFeatures, settings: softmax)
        } catch {
            throw named(error)
        }
    }

    /// Trains, without touching the store.
    func train(_ progress: (FitProgress) -> Bool) throws(FitError) -> Trained {
        guard let softmax = options.softmax else { return try trainLeastSquares(progress) }
        let before = options.settings.iterations
        let all = before + softmax.epochs
        var trained = try trainLeastSquares { progress($0.shifted(by: 0, of: all)) }
        var stage = try stage(from: trained.model, softmax)
        let (seconds, meanLoss) = try run(&stage, epochs: softmax.epochs) { progress($0.shifted(by: before, of: all)) }
        trained.model = stage.model()
        trained.seconds += seconds
        trained.softmax = (softmax.epochs, meanLoss)
        return trained
    }

    /// Trains epochs of a stage.
    /// - Returns: the seconds of its epochs, and the last one's mean loss.
    func run(
        _ stage: inout CosineSoftmax, epochs: Int, _ progress: (FitProgress) -> Bool
    ) throws(FitError) -> (seconds: Double, meanLoss: Double) {
        var (seconds, meanLoss) = (0.0, 0.0)
        let before = stage.epochsDone
        let outcome: TrainingOutcome
        do throws(TrainingError) {
            outcome = try stage.run(epochs: epochs) { event in
                if case .epoch(let report) = event { (seconds, meanLoss) = (seconds + report.seconds, report.meanLoss) }
                return progress(FitProgress(event, after: before, of: epochs)) ? .carryOn : .stop
            }
        } catch {
            throw named(error)
        }
        if outcome == .finished { return (seconds, meanLoss) }
        throw .stopped(epoch: stage.epochsDone + 1)
    }

    private func trainLeastSquares(_ progress: (FitProgress) -> Bool) throws(FitError) -> Trained {
        var squares = try solver()
        let (seconds, objective) = try run(&squares, iterations: options.settings.iterations, progress)
        return Trained(
            model: squares.model(), objective: objective, seconds: seconds, iterations: squares.iterationsDone,
            counts: data.counts(presentUsers: presentUsers, presentItems: presentItems))
    }

    /// Makes iterations of least squares.
    /// - Returns: their seconds, and the objective after the last.
    func run(
        _ squares: inout AlternatingLeastSquares, iterations: Int, _ progress: (FitProgress) -> Bool
    ) throws(FitError) -> (seconds: Double, objective: Double) {
        let likes = data.counts(presentUsers: presentUsers, presentItems: presentItems).likes
        let all = squares.iterationsDone + iterations
        var (seconds, objective) = (0.0, 0.0)
        let stopped: Int
        do throws(TrainingError) {
            let outcome = try squares.run(iterations: iterations) { event in
                let goesOn: Bool
                switch event {
                case .tick(let iteration, let done, let total):
                    goesOn = progress(
                        .training(
                            epoch: iteration, of: all, fraction: Double(done) / Double(max(total, 1)),
                            meanLoss: objective / Double(max(likes, 1)), likesPerSecond: 0))
                case .iteration(let report):
                    seconds += report.seconds
                    objective = report.objective
                    goesOn = progress(
                        .training(
                            epoch: report.iteration, of: all, fraction: 1, meanLoss: objective / Double(max(likes, 1)),
                            likesPerSecond: report.seconds > 0 ? Double(likes) / report.seconds : 0))
                }
                return goesOn ? .carryOn : .stop
            }
            switch outcome {
            case .finished: return (seconds, objective)
            case .stoppedAfter(let iteration), .stoppedWithin(let iteration): stopped = iteration
            }
        } catch {
            throw named(error)
        }
        throw .stopped(epoch: stopped)
    }

    /// Writes the blocks, then publishes the version.
    func publish(_ trained: Trained, in store: Store) throws(FitError) -> Catalog.Publication {
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
            if model.centers == nil {
                try writer.write(gram: model.itemGram, .item)
                try writer.write(gram: model.userGram, .user)
            }
            let (matrices, bytesWritten) = try writer.finish()
            return try store.catalog.publish(
                manifest(trained, matrices: matrices), blockBytes: bytesWritten, alias: gate(trained).alias, note: options.note,
                by: options.creator, keeping: kept)
        } catch {
            throw .store(error)
        }
    }

    private func record(of trained: Trained) -> LeastSquaresRecord {
        var record = LeastSquaresRecord(
            settings: options.settings, terms: trained.model.terms, softmax: trained.softmax.flatMap { _ in options.softmax },
            centers: trained.model.centers)
        record.selection = options.selection
        return record
    }

    private func manifest(_ trained: Trained, matrices: [MatrixDescriptor]) -> Manifest {
        let features = options.features
        let record = record(of: trained)
        var metrics = ["objective": trained.objective]
        if let softmax = trained.softmax { metrics["meanLoss"] = softmax.meanLoss }
        return Manifest(
            version: Version(rawValue: 1), parent: nil, created: store.now(), creator: options.creator,
            watermark: data.watermark, likes: trained.counts.likes, trainedLikes: trained.counts.likes, fullFitLikes: trained.counts.likes,
            vocabularies: data.lengths, components: options.settings.components, epochs: trained.epochs,
            featureWeighting: options.featureWeighting.rawValue, featureOptions: JSONValue(encoding: features),
            hyperparameters: JSONValue(encoding: record) ?? .null, randomState: .null,
            metrics: metrics, matrices: matrices, totals: tallies.totals)
    }

    func report(_ trained: Trained, _ published: Catalog.Publication, totalSeconds: Double) -> FitReport {
        let users = presentUsers.count(where: \.self)
        let items = presentItems.count(where: \.self)
        let features = FeatureRows.present(itemFeatures, count: data.lengths.itemFeatures).count(where: \.self)
        let likes = trained.counts.likes
        var report = FitReport(
            version: published.manifest.version.rawValue, parent: nil, alias: nil, loss: record(of: trained).loss.rawValue,
            epochs: trained.epochs, likes: likes, dislikes: trained.counts.dislikes, trainedLikes: likes, users: users, items: items,
            features: features,
            userFeatures: FeatureRows.present(userFeatures, count: data.lengths.userFeatures).count(where: \.self), newUsers: users,
            newItems: items, newFeatures: features, threads: options.settings.threads,
            meanLoss: trained.meanLoss,
            likesPerSecond: trained.seconds > 0 ? Double(likes * trained.epochs) / trained.seconds : 0,
            trainingSeconds: trained.seconds, totalSeconds: totalSeconds, bytesWritten: published.bytesWritten, drift: nil,
            isFullFitDue: nil)
        report.coldItemScale = trained.model.terms.coldItemScale
        report.selection = options.selection
        report.note(gate(trained))
        return report
    }

    /// Whether the alias may move to what was trained.
    private func gate(_ trained: Trained) -> AliasGate {
        AliasGate(
            options.alias, isForced: options.forcesAlias, epochs: trained.epochs, meanLoss: trained.meanLoss, meanWeight: data.meanWeight)
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
