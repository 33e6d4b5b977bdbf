import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining

/// Says before a fit reads its likes if memory will not suffice: from counts that the store keeps.
struct MemoryNeed {
    let users: Int
    let items: Int
    let itemFeatures: Int
    let userFeatures: Int
    /// Events of the log: no fewer than there are likes and dislikes.
    let events: Int
    let hasWeights: Bool
    let hasDislikes: Bool
    /// (item, feature) and (user, feature) pairs at most: as many as fit in the pages of their tables.
    let featureEntries: Int

    /// - Complexity: O(chunks of the log).
    init(_ store: Store, readsFeatures: Bool, in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        let lengths = try TrainingSet.lengths(store, readsFeatures: readsFeatures, in: transaction)
        (users, items) = (lengths.users, lengths.items)
        (itemFeatures, userFeatures) = (lengths.itemFeatures, lengths.userFeatures)
        let extent = try LikesLog(tables).extent(in: transaction)
        events = extent.events
        hasWeights = extent.shape.contains(.weights)
        hasDislikes = extent.shape.contains(.kinds)
        var bytes = 0
        if readsFeatures {
            for table in [tables.itemFeatures, tables.userFeatures] {
                bytes += try transaction.statistics(of: table).byteCount
            }
        }
        featureEntries = bytes / 8
    }

    /// Bytes at the peak, which is when a fit reads, trains or publishes.
    /// - Parameter models: how many models are there at a time; more than one where one is measured while another is kept.
    func bytes(_ choice: Hyperparameters, isContinuation: Bool = false, models: Int = 1) -> Int {
        let stages = Trainer.memoryNeeded(
            users: users, items: items, userFeatures: userFeatures, itemFeatures: itemFeatures, entries: events,
            featureEntries: featureEntries, hasWeights: hasWeights, hasDislikes: hasDislikes, hyperparameters: choice,
            isContinuation: isContinuation)
        let publishing =
            stages.parameters + featureEntries * 24 + max(users, items, itemFeatures, userFeatures) * 16
            + 2 * BlockTreeWriter.transactionByteCount
        return max(stages.reading, stages.training, publishing) + (models - 1) * stages.parameters
    }

    /// - Throws: `FitError.notEnoughMemory`.
    func check(
        _ choice: Hyperparameters, isContinuation: Bool = false, models: Int = 1, limits: MemoryLimits = MemoryLimits()
    ) throws(FitError) {
        try MemoryNeed.check(needed: bytes(choice, isContinuation: isContinuation, models: models), limits: limits)
    }

    /// - Throws: `FitError.notEnoughMemory`.
    static func check(needed: Int, limits: MemoryLimits) throws(FitError) {
        guard let available = limits.available, needed > available else { return }
        throw .notEnoughMemory(needed: needed, available: available)
    }
}
