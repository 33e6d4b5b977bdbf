import LikenessEvaluation
import LikenessStore
import LikenessTraining

/// A version's representations and a test file's likes, as arrays that an evaluation reads.
///
/// Users of the file are numbered anew, so that only their rows are looked at.
struct RankedModel {
    let version: Version
    /// Held-out likes: positions in `rows`, and items.
    private(set) var testUsers: [UInt32] = []
    private(set) var testItems: [UInt32] = []
    private(set) var unknownUserLikes = 0
    private(set) var unknownItemLikes = 0
    /// Held-out likes that the store knows, where these are to be left out.
    private(set) var overlap = 0

    private let components: Int
    private let stride: Int
    private let items: Matrix
    private let users: Matrix
    /// The user index of each numbered user.
    private var rows: [UInt32] = []
    private var trainUsers: [UInt32] = []
    private var trainItems: [UInt32] = []

    /// Rows of one kind, copied.
    private struct Matrix {
        var vectors: [Float]
        var biases: [Float]
        var isPresent: [Bool]
    }

    init(
        _ store: Store, _ reference: VersionReference, _ pairs: PairsFile, readsLikes: Bool,
        in transaction: borrowing Reading
    ) throws(StoreError) {
        let manifest = try store.catalog.manifest(at: reference, in: transaction)
        version = manifest.version
        components = manifest.components
        stride = ParameterTable.stride(of: manifest.components)
        items = try RankedModel.read(.item, manifest, store, in: transaction)
        users = try RankedModel.read(.user, manifest, store, in: transaction)
        try number(pairs, store, readsLikes: readsLikes, in: transaction)
    }

    /// Numbers the file's users and looks up its likes.
    private mutating func number(
        _ pairs: PairsFile, _ store: Store, readsLikes: Bool, in transaction: borrowing Reading
    ) throws(StoreError) {
        let userIds = Vocabulary(.users, in: store.tables)
        let itemIds = Vocabulary(.items, in: store.tables)
        var numbers: [String: UInt32?] = [:]
        var itemRows: [String: UInt32?] = [:]
        for (user, item) in zip(pairs.users, pairs.items) {
            if numbers[user] == nil {
                let index = try userIds.index(of: user, in: transaction)
                let isKnown = index.map { Int($0) < users.isPresent.count && users.isPresent[Int($0)] } ?? false
                numbers[user] = .some(isKnown ? UInt32(rows.count) : nil)
                if isKnown, let index { rows.append(index) }
            }
            if itemRows[item] == nil {
                let index = try itemIds.index(of: item, in: transaction)
                itemRows[item] = .some(index.flatMap { Int($0) < items.isPresent.count ? $0 : nil })
            }
            guard let number = numbers[user] ?? nil else {
                unknownUserLikes += 1
                continue
            }
            guard let row = itemRows[item] ?? nil else {
                unknownItemLikes += 1
                continue
            }
            if !items.isPresent[Int(row)] { unknownItemLikes += 1 }
            testUsers.append(number)
            testItems.append(row)
        }
        guard readsLikes else { return }
        let index = LikesIndex(store.tables)
        for (number, user) in rows.enumerated() {
            for item in try index.items(likedBy: user, in: transaction) where Int(item) < items.isPresent.count {
                trainUsers.append(UInt32(number))
                trainItems.append(item)
            }
        }
        let known = Set(zip(trainUsers, trainItems).map { UInt64($0) << 32 | UInt64($1) })
        overlap = zip(testUsers, testItems).count { known.contains(UInt64($0) << 32 | UInt64($1)) }
    }

    /// Ranks and measures.
    func evaluate(_ options: EvaluationOptions) throws -> EvaluationReport {
        let count = items.biases.count
        let test = try LikeRows(users: testUsers, items: testItems, userCount: rows.count, itemCount: count)
        let train =
            options.excludesTrain
            ? try LikeRows(users: trainUsers, items: trainItems, userCount: rows.count, itemCount: count) : nil
        var vectors: [Float] = []
        vectors.reserveCapacity(rows.count * stride)
        for row in rows { vectors += users.vectors[Int(row) * stride..<(Int(row) + 1) * stride] }
        // Padding is zero, so rows may be taken as wide as they are stored.
        return try ScoringModel.withArrays(
            users: vectors, userBiases: rows.map { users.biases[Int($0)] }, items: items.vectors,
            itemBiases: items.biases, components: stride, itemIsPresent: items.isPresent
        ) { model in
            try Evaluation(k: options.k, excludesTrain: options.excludesTrain, threads: options.threads).evaluate(
                model, test: test, train: train)
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
