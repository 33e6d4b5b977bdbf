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
    /// Likes that the last full fit had: this version's own, or that of the parents that it goes back to.
    package var fullFitLikes: Int
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
    /// Of a version that came in a pack: what it is in the store that it is from; nil for one that was made here.
    package var origin: VersionOrigin?

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

        /// The length of the vocabulary of the features that rows of a kind have.
        package func features(of kind: RowKind) -> Int {
            self[kind == .user ? .userFeature : .itemFeature]
        }

        /// The length of a kind's vocabulary.
        package subscript(kind: RowKind) -> Int {
            switch kind {
            case .item: items
            case .itemFeature: itemFeatures
            case .user: users
            case .userFeature: userFeatures
            }
        }
    }

    package init(
        version: Version, parent: Version?, created: Int64, creator: String, watermark: SequenceNumber, likes: Int,
        trainedLikes: Int, fullFitLikes: Int = 0, vocabularies: Lengths, components: Int, epochs: Int, featureWeighting: String,
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
        self.fullFitLikes = fullFitLikes
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
        origin = nil
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

extension Manifest {
    /// Lengths of embeddings that a version may have.
    package static let componentsRange = 1...65_536
    /// Counts that a manifest may hold: sums of a few do not overflow, and all are exact as `Double`.
    private static let countRange = 0...1 << 50

    /// Checks the record of a version and reads it: what it returns holds numbers that fit each other.
    package static func parse(_ record: RawSpan, version: Version) throws(Damage) -> Manifest {
        let manifest = try SealedJSON.open(record, as: Manifest.self)
        guard manifest.version == version else { throw Damage("it is the manifest of \(manifest.version)") }
        try manifest.check()
        return manifest
    }

    /// Checks that all numbers are ones that a version can have, and that they fit each other.
    package func check() throws(Damage) {
        guard parent.map({ $0.isSound && $0 < version }) ?? true else { throw Damage("its parent is no earlier version") }
        guard Manifest.componentsRange.contains(components) else { throw Damage("it has \(components) components") }
        guard watermark.rawValue <= SequenceNumber.range.upperBound else { throw Damage("its watermark is \(watermark)") }
        for count in [likes, trainedLikes, fullFitLikes, epochs] where !Manifest.countRange.contains(count) {
            throw Damage("it counts \(count) likes or epochs")
        }
        for kind in RowKind.allCases where !(0...Int(UInt32.max) - 1).contains(vocabularies[kind]) {
            throw Damage("its vocabulary of \(kind)s has the length \(vocabularies[kind])")
        }
        guard metrics.values.allSatisfy(\.isFinite) else { throw Damage("its metrics are not finite") }
        guard hyperparameters.integer("components").map({ $0 == components }) ?? true else {
            throw Damage("its hyper-parameters have other components than it has")
        }
        guard randomState.integer("epochsDone").map({ $0 == epochs }) ?? true else {
            throw Damage("its random state has other epochs than it has")
        }
        var names: Set<String> = []
        for matrix in matrices {
            guard names.insert(matrix.name).inserted else { throw Damage("it has matrix \(matrix.name) twice") }
            try check(matrix)
        }
        // Rows past the end of a base are in layers, but a base's matrices are of one length.
        for kind in RowKind.allCases {
            let rows = Set(matrices.filter { MatrixNames.layout(of: $0.name, components: components)?.kind == kind }.map(\.rows))
            guard rows.count <= 1 else { throw Damage("its matrices of \(kind)s have different numbers of rows") }
        }
        for layer in layers ?? [] where !(1...max(1, vocabularies[layer.kind])).contains(layer.rows) || layer.roots.isEmpty {
            throw Damage("it has a layer of \(layer.rows) \(layer.kind)s")
        }
        guard origin?.isSound ?? true else { throw Damage("it is said to come from what is no version of a store") }
    }

    private func check(_ matrix: MatrixDescriptor) throws(Damage) {
        guard matrix.isSound else { throw Damage("the numbers of matrix \(matrix.name) do not fit each other") }
        guard let (kind, layout) = MatrixNames.layout(of: matrix.name, components: components) else { return }
        guard matrix.element == layout.element, matrix.columns == layout.columns, matrix.rowByteCount == layout.rowByteCount else {
            throw Damage("matrix \(matrix.name) is not laid out as \(components) components are")
        }
        guard let kind else { return }
        guard matrix.rows <= vocabularies[kind] else {
            throw Damage("matrix \(matrix.name) has \(matrix.rows) rows for \(vocabularies[kind]) \(kind)s")
        }
    }
}

extension JSONValue {
    /// The integer in a field of an object; nil if there is no such field.
    fileprivate func integer(_ field: String) -> Int64? {
        guard case .object(let fields) = self, let value = fields[field] else { return nil }
        if case .integer(let number) = value { return number }
        return -1
    }
}

/// What may change about a version: its note.
package struct Annotation: Codable, Equatable, Sendable {
    package let version: Version
    package let note: String

    package init(version: Version, note: String) {
        self.version = version
        self.note = note
    }

    /// Checks the record of a version's note and reads it.
    package static func parse(_ record: RawSpan, version: Version) throws(Damage) -> Annotation {
        let annotation = try SealedJSON.open(record, as: Annotation.self)
        guard annotation.version == version else { throw Damage("it is the note of \(annotation.version)") }
        return annotation
    }
}
