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
    /// What is trained. It is released before the version is written.
    package var rows: TrainingRows?
    package let itemFeatures: FeatureRows?
    package let userFeatures: FeatureRows?
    package let features: FeatureOptions
    package let hyperparameters: Hyperparameters
    package let parent: Manifest?
    /// What the version counts of its rows, for continuations.
    let tallies: VersionTallies
    /// The mean weight of all opinions.
    let meanWeight: Double
    /// Rows that the parent did not have.
    package var fresh = (users: 0, items: 0, features: 0)

    /// Takes from `data` what is to be trained; `data` itself is not kept.
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
        meanWeight = data.meanWeight
        tallies = VersionTallies(
            data, presentUsers: presentUsers, presentItems: presentItems, itemFeatures: itemFeatures, userFeatures: userFeatures)
        do {
            rows = try TrainingRows(
                data.interactions(trained: trained, presentUsers: presentUsers, presentItems: presentItems),
                users: data.lengths.users, items: data.lengths.items, hyperparameters: hyperparameters)
        } catch {
            throw FitError(error, name: name)
        }
    }

    /// Trains, without touching the store.
    ///
    /// - Precondition: the rows have not been released.
    package func train(
        _ model: consuming Model, state: TrainingState?, epochs: Int, progress: (FitProgress) -> Bool
    ) throws(FitError) -> TrainedModel {
        guard let rows else { preconditionFailure("the rows were released") }
        let trainer: Trainer
        do throws(TrainingError) {
            trainer = try Trainer(
                model: consume model, rows: rows, itemFeatures: itemFeatures, userFeatures: userFeatures, hyperparameters: hyperparameters,
                state: state)
        } catch {
            throw FitError(error, name: name)
        }
        return try TrainedModel.train(trainer, epochs: epochs, progress: progress, name: name)
    }

    /// The id of a row.
    func name(_ kind: RowKind, _ row: Int) -> String { store.name(of: row, kind) }
}
