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
    let data: TrainingSet

    /// - Throws: `StoreError`: no such version, or a damaged one.
    /// - Complexity: O(model + likes + features).
    init(_ store: Store, _ reference: VersionReference, in transaction: borrowing Reading) throws(StoreError) {
        let manifest = try store.catalog.manifest(at: reference, in: transaction)
        guard let hyperparameters = manifest.hyperparameters.decoded(as: Hyperparameters.self),
            let state = manifest.randomState.decoded(as: TrainingState.self),
            let features = FeatureOptions(of: manifest)
        else {
            throw .damaged(
                table: "versions", key: manifest.version.description,
                reason: "its hyper-parameters are not what this build writes")
        }
        let reader = ModelReader(store: store, manifest: manifest)
        presentUsers = try reader.present(.user, in: transaction)
        presentItems = try reader.present(.item, in: transaction)
        presentFeatures = try reader.present(.itemFeature, in: transaction)
        itemRows = try ParentState.rows(.item, of: manifest, store, in: transaction)
        let userRows = try ParentState.rows(.user, of: manifest, store, in: transaction)
        var presentUserFeatures = [Bool](repeating: false, count: reader.rows(of: .userFeature))
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

    private static func rows(
        _ kind: RowKind, of manifest: Manifest, _ store: Store, in transaction: borrowing Reading
    ) throws(StoreError) -> FeatureRowsColumns? {
        guard let descriptor = manifest.matrix(MatrixNames.features(kind).name) else { return nil }
        return try MatrixView(descriptor, in: store).featureRows(in: transaction)
    }
}
