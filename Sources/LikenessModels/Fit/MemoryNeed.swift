import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining

/// Says before a fit reads its likes if memory will not suffice: from counts that the store keeps.
struct MemoryNeed {
    /// Entries are the log's events, no fewer than there are likes and dislikes; of features as many entries as fit in their tables' pages.
    private(set) var size = TrainingSize()

    /// - Complexity: O(chunks of the log).
    init(_ store: StoreReader, readsFeatures: Bool, in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        let lengths = try TrainingSet.lengths(store, readsFeatures: readsFeatures, in: transaction)
        (size.users, size.items) = (lengths.users, lengths.items)
        (size.itemFeatures, size.userFeatures) = (lengths.itemFeatures, lengths.userFeatures)
        let extent = try LikesLog(tables).extent(in: transaction)
        size.entries = extent.events
        size.hasWeights = extent.shape.contains(.weights)
        size.hasDislikes = extent.shape.contains(.kinds)
        var bytes = 0
        if readsFeatures {
            for table in [tables.itemFeatures, tables.userFeatures] {
                bytes += try transaction.statistics(of: table).byteCount
            }
        }
        size.featureEntries = bytes / 8
    }

    /// Bytes at the peak, which is when a fit reads, trains or publishes.
    /// - Parameter models: how many models are there at a time; more than one where one is measured while another is kept.
    func bytes(_ choice: Hyperparameters, isContinuation: Bool = false, models: Int = 1) -> Int {
        let stages = size.memoryNeeded(choice, isContinuation: isContinuation)
        let publishing =
            stages.parameters + size.featureEntries * 24
            + max(size.users, size.items, size.itemFeatures, size.userFeatures) * 16 + 2 * BlockTreeWriter.transactionByteCount
        return max(stages.reading, stages.training, publishing) + (models - 1) * stages.parameters
    }

    /// Bytes that a fit by least squares needs at the peak, or training by the softmax after that.
    func bytes(_ settings: LeastSquaresSettings, _ softmax: SoftmaxSettings? = nil) -> Int {
        let read = 13 * size.entries + 32 * size.featureEntries
        let squares = AlternatingLeastSquares.memoryNeeded(
            users: size.users, items: size.items, itemFeatures: size.itemFeatures, userFeatures: size.userFeatures,
            entries: size.entries, featureEntries: size.featureEntries, hasWeights: size.hasWeights, settings: settings)
        guard var softmax else { return squares + read }
        softmax.threads = settings.threads
        let stage = CosineSoftmax.memoryNeeded(
            users: size.users, items: size.items, itemFeatures: size.itemFeatures, userFeatures: size.userFeatures, entries: size.entries,
            featureEntries: size.featureEntries, components: settings.components, hasWeights: size.hasWeights, settings: softmax)
        return max(squares, stage) + read
    }

    /// - Throws: `FitError.notEnoughMemory`.
    func check(
        _ choice: Hyperparameters, isContinuation: Bool = false, models: Int = 1, limits: MemoryLimits = MemoryLimits()
    ) throws(FitError) {
        try MemoryNeed.check(needed: bytes(choice, isContinuation: isContinuation, models: models), limits: limits)
    }

    /// Bytes that a continuation needs at the peak for so many rows cut out of its parent: the rows as they were, as they are trained, as
    /// they are written, and what inherited features add to each.
    static func bytes(users: Int, items: Int, likes: Int, _ choice: Hyperparameters) -> Int {
        let stride = ParameterTable.stride(of: choice.components)
        let row = (stride + 1) * (choice.schedule == .adadelta ? 3 : 2) * 4
        let represented = stride * 5 + 64
        let rows = users + items
        return rows * (5 * row + 2 * represented) + likes * 160 + choice.threads * (131_072 * 16 + stride * 32)
            + 2 * BlockTreeWriter.transactionByteCount
    }

    /// Bytes that a continuation by least squares needs at the peak: the vectors of all rows as they were and as they become, those that are
    /// solved as they are written, their histories, and the Gram matrices of parts.
    static func bytes(solved: Int, rows: Int, entries: Int, components: Int) -> Int {
        let stride = ParameterTable.stride(of: components)
        return 8 * stride * rows + (21 * stride + 64) * solved + 80 * entries + 64 * rows + 64 * (stride + 5) * stride * 4
            + 2 * BlockTreeWriter.transactionByteCount
    }

    /// - Throws: `FitError.notEnoughMemory`.
    static func check(needed: Int, limits: MemoryLimits) throws(FitError) {
        guard let available = limits.available, needed > available else { return }
        throw .notEnoughMemory(needed: needed, available: available)
    }
}
