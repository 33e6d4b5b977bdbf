import LikenessFormat
import LikenessStore
import LikenessTraining

/// What a continuation reads but for the model: the parent as it was trained, and the store as it is now, both as of one moment.
struct ParentState {
    let manifest: Manifest
    let hyperparameters: Hyperparameters
    let state: TrainingState
    let features: FeatureOptions
    let presentUsers: [Bool]
    let presentItems: [Bool]
    let presentFeatures: [Bool]
    /// User features that a user of the parent has.
    let presentUserFeatures: [Bool]
    /// The parent's own feature rows, so that a row whose features have not changed keeps its weights.
    let itemRows: FeatureRowsColumns?
    /// The same for users.
    let userRows: FeatureRowsColumns?
    /// What the parent wrote down of its items and users; nil if it is of a build that did not.
    let itemTallies: [RowTally]?
    let userTallies: [RowTally]?
    let data: TrainingSet

    /// - Throws: `StoreError`: no such version, or a damaged one.
    /// - Complexity: O(model + likes + features).
    init(_ store: StoreReader, _ reference: VersionReference, in transaction: borrowing Reading) throws(StoreError) {
        let manifest = try store.catalog.manifest(at: reference, in: transaction)
        guard let hyperparameters = manifest.hyperparameters.decoded(as: Hyperparameters.self),
            let state = manifest.randomState.decoded(as: TrainingState.self),
            let features = FeatureOptions(of: manifest), (try? hyperparameters.validate()) != nil, (try? features.validate()) != nil
        else {
            throw .damaged(
                table: "versions", key: manifest.version.description,
                reason: "its hyper-parameters are not what this build writes")
        }
        let reader = ModelReader(store: store, manifest: manifest)
        presentUsers = try reader.present(.user, in: transaction)
        presentItems = try reader.present(.item, in: transaction)
        presentFeatures = try reader.present(.itemFeature, in: transaction)
        itemRows = try reader.featureRows(.item, in: transaction)
        let userRows = try reader.featureRows(.user, in: transaction)
        itemTallies = try reader.tallies(.item, in: transaction)
        userTallies = try reader.tallies(.user, in: transaction)
        var presentUserFeatures = [Bool](repeating: false, count: try reader.rows(of: .userFeature, in: transaction))
        for column in userRows?.columns ?? [] where Int(column) < presentUserFeatures.count {
            presentUserFeatures[Int(column)] = true
        }
        self.userRows = userRows
        self.presentUserFeatures = presentUserFeatures
        data = try TrainingSet(store, in: transaction, readsFeatures: features.weighting != .none)
        self.manifest = manifest
        self.hyperparameters = hyperparameters
        self.state = state
        self.features = features
    }
}
