import LikenessTraining

/// Says before a fit begins if memory will not suffice.
enum MemoryNeed {
    /// - Throws: `FitError.notEnoughMemory`.
    static func check(_ run: FitRun, limits: MemoryLimits = MemoryLimits()) throws(FitError) {
        let (lengths, opinions) = (run.data.lengths, run.data.opinions)
        let featureEntries = (run.itemFeatures?.columns.count ?? 0) + (run.userFeatures?.columns.count ?? 0)
        let needed = Trainer.memoryNeeded(
            users: lengths.users, items: lengths.items, userFeatures: lengths.userFeatures,
            itemFeatures: lengths.itemFeatures, entries: opinions.count, featureEntries: featureEntries,
            hasWeights: opinions.weights != nil, hasDislikes: opinions.kinds != nil, hyperparameters: run.hyperparameters)
        // What was read has its memory already.
        let held = opinions.count * (opinions.weights == nil ? 8 : 12) + featureEntries * 8
        try check(needed: needed, held: held, limits: limits)
    }

    /// - Parameter held: of the bytes needed, those that the process has already.
    /// - Throws: `FitError.notEnoughMemory`.
    static func check(needed: Int, held: Int, limits: MemoryLimits) throws(FitError) {
        guard let available = limits.available, needed - held > available else { return }
        throw .notEnoughMemory(needed: needed, available: available + held)
    }
}
