import LikenessEvaluation
import LikenessStore
import LikenessTraining

/// A version's representations and a test file's likes, as arrays that an evaluation reads.
struct RankedModel {
    let version: Version
    let test: TestLikes
    /// Held-out likes that the store knows, where these are to be left out.
    private(set) var overlap = 0

    private let stride: Int
    private let items: Matrix
    private let users: Matrix
    /// What the numbered users like in the store, user by user.
    private var trainOffsets = [0]
    private var trainItems: [UInt32] = []
    private let popularity: [UInt32]

    /// Rows of one kind, copied.
    private struct Matrix {
        var vectors: [Float]
        var biases: [Float]
        var isPresent: [Bool]
    }

    init(
        _ store: Store, _ reference: VersionReference, _ pairs: PairsFile, excludesTrain: Bool,
        in transaction: borrowing Reading
    ) throws(StoreError) {
        let manifest = try store.catalog.manifest(at: reference, in: transaction)
        version = manifest.version
        stride = ParameterTable.stride(of: manifest.components)
        items = try RankedModel.read(.item, manifest, store, in: transaction)
        users = try RankedModel.read(.user, manifest, store, in: transaction)
        test = try TestLikes(
            pairs, store, presentUsers: users.isPresent, presentItems: items.isPresent, in: transaction)
        let index = LikesIndex(store.tables)
        let itemCount = items.isPresent.count
        popularity = try index.popularity(itemCount: itemCount, in: transaction)
        for user in test.rows {
            for item in try index.items(likedBy: user, in: transaction) where Int(item) < itemCount {
                trainItems.append(item)
            }
            trainOffsets.append(trainItems.count)
        }
        guard excludesTrain, let train = try? train() else { return }
        overlap = zip(test.users, test.items).count { train.contains(user: Int($0), item: $1) }
    }

    private func train() throws(EvaluationError) -> LikeRows {
        try LikeRows(offsets: trainOffsets, indices: trainItems, itemCount: items.biases.count)
    }

    /// Ranks and measures.
    func evaluate(_ options: EvaluationOptions) throws -> EvaluationReport {
        let count = items.biases.count
        let test = try LikeRows(users: test.users, items: test.items, userCount: test.rows.count, itemCount: count)
        let train = try train()
        var vectors: [Float] = []
        vectors.reserveCapacity(self.test.rows.count * stride)
        for row in self.test.rows { vectors += users.vectors[Int(row) * stride..<(Int(row) + 1) * stride] }
        // Padding is zero, so rows may be taken as wide as they are stored.
        return try ScoringModel.withArrays(
            users: vectors, userBiases: self.test.rows.map { users.biases[Int($0)] }, items: items.vectors,
            itemBiases: items.biases, components: stride, itemIsPresent: items.isPresent
        ) { model in
            try Evaluation(
                k: options.k, excludesTrain: options.excludesTrain, includesCatalogue: true,
                includesUsers: options.includesUsers, threads: options.threads
            ).evaluate(model, test: test, train: train, popularity: popularity)
        }
    }

    private static func read(
        _ kind: TrainingError.RowKind, _ manifest: Manifest, _ store: Store, in transaction: borrowing Reading
    ) throws(StoreError) -> Matrix {
        let layout = MatrixNames.representations(kind, components: manifest.components)
        guard let vectors = manifest.matrix(layout.name), let terms = manifest.matrix(MatrixNames.terms(kind).name),
            vectors.rows == terms.rows, vectors.rowByteCount == layout.rowByteCount, terms.rowByteCount == 16
        else {
            throw .damaged(table: "versions", key: manifest.version.description, reason: "its matrices do not fit together")
        }
        var matrix = Matrix(
            vectors: [Float](repeating: 0, count: vectors.rows * vectors.rowByteCount / 4), biases: [], isPresent: [])
        var bytes = [Float](repeating: 0, count: terms.rows * 4)
        let view = try MatrixView(vectors, in: store)
        let termsView = try MatrixView(terms, in: store)
        try unsafe matrix.vectors.withUnsafeMutableBufferPointer { (memory) throws(StoreError) in
            try unsafe view.copyRows(into: UnsafeMutableRawBufferPointer(memory), in: transaction)
        }
        try unsafe bytes.withUnsafeMutableBufferPointer { (memory) throws(StoreError) in
            try unsafe termsView.copyRows(into: UnsafeMutableRawBufferPointer(memory), in: transaction)
        }
        for row in 0..<terms.rows {
            matrix.biases.append(bytes[4 * row + 3])
            matrix.isPresent.append(bytes[4 * row + 2] >= 0)
        }
        return matrix
    }
}
