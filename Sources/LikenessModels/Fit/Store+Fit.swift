import LMDB
import LikenessFormat
public import LikenessStore
package import LikenessTraining

extension Store {
    /// Learns a model by a loss that steps from like to like, and publishes it as a version.
    ///
    /// Likes may be taken in and queries answered meanwhile. The version appears at the end, whole; until then the store is as
    /// it was.
    ///
    /// ```swift
    /// let report = try store.fit(FitOptions()) { _ in true }
    /// ```
    ///
    /// - Parameter progress: called several times a second; returns false to stop, and then nothing is published.
    /// - Throws: `FitError`; then nothing is published.
    /// - Complexity: O(epochs × likes × (components × features of an item + tries)).
    @discardableResult
    public func fit(
        _ options: FitOptions, progress: (FitProgress) -> Bool = { _ in true }
    ) throws(FitError) -> FitReport {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            try options.hyperparameters.validate()
            try options.features.validate()
        } catch {
            throw FitError(error)
        }
        if let alias = options.alias {
            do { try catalog.checkName(alias) } catch { throw .store(error) }
        }
        if !progress(.reading) { throw .stopped(epoch: 0) }
        var run = try FitRun(self, try trainingSet(options), options)
        let trained = try run.train(run.freshModel(), state: nil, epochs: options.hyperparameters.epochs, progress: progress)
        run.rows = nil
        if !progress(.publishing) { throw .stopped(epoch: options.hyperparameters.epochs) }
        let alias = run.gate(trained, options.alias, isForced: options.forcesAlias)
        let publication = try run.publish(trained, in: self, alias: alias, note: options.note, creator: options.creator)
        return run.report(
            trained, publication, alias: alias, totalSeconds: (clock.now - start) / .seconds(1),
            epochs: options.hyperparameters.epochs, drift: nil)
    }

}

extension StoreReader {
    /// What a full fit reads, if memory suffices for the fit.
    /// - Parameter models: how many models are there at a time.
    package func trainingSet(_ options: FitOptions, models: Int = 1) throws(FitError) -> TrainingSet {
        let readsFeatures = options.features.weighting != .none
        return try reading { transaction in
            let need = try MemoryNeed(self, readsFeatures: readsFeatures, in: transaction)
            try need.check(options.hyperparameters, models: models)
            return try TrainingSet(self, in: transaction, readsFeatures: readsFeatures)
        }
    }
}

extension FitRun {
    /// What a full fit trains: likes of users and items that have enough of them.
    package init(_ store: StoreReader, _ data: TrainingSet, _ options: FitOptions) throws(FitError) {
        let opinions = data.opinions
        guard (0..<opinions.count).contains(where: { !data.isDislike($0) }) else { throw .noLikes }
        let isLogistic = options.hyperparameters.loss == .logistic
        let thresholds = LikeThresholds(
            minimumUserLikes: options.minimumUserLikes, minimumItemLikes: options.minimumItemLikes)
        var present = thresholds.present(
            users: opinions.users, items: opinions.items, userCount: data.lengths.users, itemCount: data.lengths.items
        ) { isLogistic || !data.isDislike($0) }
        if options.minimumItemLikes == 0, options.features.weighting != .none {
            for item in present.items.indices where !data.itemFeatures[item].isEmpty { present.items[item] = true }
        }
        let itemCount = present.items.count(where: \.self)
        if itemCount == 0 {
            throw .nothingLeft(
                users: data.lengths.users, items: data.lengths.items, minimumUserLikes: options.minimumUserLikes,
                minimumItemLikes: options.minimumItemLikes)
        }
        let comparable = isLogistic ? itemCount : zip(data.knownItems(to: present.users), present.items).count { $0 && $1 }
        if comparable < 2 { throw .tooFewItems(comparable, users: present.users.count(where: \.self)) }
        let itemFeatures = try TrainingSet.rows(
            data.itemFeatures, of: .item, present: present.items, options.features, likes: data.itemLikes(of: present.users), store)
        let userFeatures = try TrainingSet.rows(data.userFeatures, of: .user, present: present.users, options.features, store)
        try self.init(
            store, data, presentUsers: present.users, presentItems: present.items, itemFeatures: itemFeatures,
            userFeatures: userFeatures, features: options.features, hyperparameters: options.hyperparameters)
        fresh = (
            present.users.count(where: \.self), itemCount, (presence()[.itemFeature] ?? []).count(where: \.self)
        )
        if isLogistic, counts.dislikes == 0 || counts.likes == 0 { throw .logisticNeedsBoth(counts.likes, counts.dislikes) }
    }

    /// The model that a full fit starts from.
    package func freshModel() -> Model {
        Model(
            components: hyperparameters.components, schedule: hyperparameters.schedule, items: lengths.items,
            itemFeatures: lengths.itemFeatures, users: lengths.users, userFeatures: lengths.userFeatures,
            seed: hyperparameters.seed)
    }
}
