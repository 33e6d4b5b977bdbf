/// What a version is: the root of its tree. Immutable; written as JSON behind a header with its SHA-256.
///
/// Every matrix is named with the hash of its root, so the manifest's own hash authenticates every byte of the version.
package struct Manifest: Sendable, Codable, Equatable {
    package var version: Version
    /// The version that this one continues.
    package var parent: Version?
    /// Milliseconds since 1970-01-01 UTC.
    package var created: Int64
    /// Who published it, as the system names them.
    package var creator: String
    /// The last like that the version has seen.
    package var watermark: SequenceNumber
    /// Likes that the version was trained on, and of them those of its own fit.
    package var likes: Int
    package var trainedLikes: Int
    /// Vocabulary lengths as of the version.
    package var vocabularies: Lengths
    /// Length of the embeddings.
    package var components: Int
    package var epochs: Int
    /// How feature rows were weighted.
    package var featureWeighting: String
    /// Everything about features, as the trainer encodes it; nil in versions that were published before there was a choice.
    package var featureOptions: JSONValue?
    /// Hyper-parameters by name, as the trainer encodes them.
    package var hyperparameters: JSONValue
    /// The state of the trainer's random numbers, as the trainer encodes it.
    package var randomState: JSONValue
    /// Figures by name, such as the last epoch's mean loss.
    package var metrics: [String: Double]
    package var matrices: [MatrixDescriptor]
    /// What lies over the matrices, from the oldest layer of each kind to the newest; nil for nothing.
    package var layers: [LayerDescriptor]?
    /// How many rows are part of the version; nil in versions of builds that did not count them.
    package var totals: VersionTotals?
    /// Of a continuation: whether features of its parent moved; nil in full fits and in versions of older builds.
    package var tags: TagMovement?

    /// How long the vocabularies were.
    package struct Lengths: Sendable, Codable, Equatable {
        package var users: Int
        package var items: Int
        package var itemFeatures: Int
        package var userFeatures: Int

        package init(users: Int, items: Int, itemFeatures: Int, userFeatures: Int) {
            self.users = users
            self.items = items
            self.itemFeatures = itemFeatures
            self.userFeatures = userFeatures
        }
    }

    package init(
        version: Version, parent: Version?, created: Int64, creator: String, watermark: SequenceNumber, likes: Int,
        trainedLikes: Int, vocabularies: Lengths, components: Int, epochs: Int, featureWeighting: String,
        featureOptions: JSONValue? = nil, hyperparameters: JSONValue, randomState: JSONValue, metrics: [String: Double],
        matrices: [MatrixDescriptor], layers: [LayerDescriptor]? = nil, totals: VersionTotals? = nil
    ) {
        self.version = version
        self.parent = parent
        self.created = created
        self.creator = creator
        self.watermark = watermark
        self.likes = likes
        self.trainedLikes = trainedLikes
        self.vocabularies = vocabularies
        self.components = components
        self.epochs = epochs
        self.featureWeighting = featureWeighting
        self.featureOptions = featureOptions
        self.hyperparameters = hyperparameters
        self.randomState = randomState
        self.metrics = metrics
        self.matrices = matrices
        self.layers = layers
        self.totals = totals
        tags = nil
    }

    /// The layers of a kind, oldest first.
    package func layers(of kind: RowKind) -> [LayerDescriptor] {
        (layers ?? []).filter { $0.kind == kind }
    }

    /// The matrices of the base and of all layers: whatever the version refers to.
    package var allMatrices: [MatrixDescriptor] {
        matrices + (layers ?? []).flatMap { $0.matrices(components: components) }
    }

    /// The matrix with a name, if the version has it.
    package func matrix(_ name: String) -> MatrixDescriptor? {
        matrices.first { $0.name == name }
    }
}
