extension Trainer {
    /// Bytes that a fit needs at its peak: parameters and optimiser state, entries as given and as grouped by user, codes of items,
    /// feature rows, and what threads work with.
    /// - Parameters:
    ///   - entries: likes and dislikes.
    ///   - featureEntries: (item, feature) and (user, feature) pairs in all.
    package static func memoryNeeded(
        users: Int, items: Int, userFeatures: Int = 0, itemFeatures: Int = 0, entries: Int, featureEntries: Int = 0,
        hasWeights: Bool = false, hasDislikes: Bool = false, hyperparameters: Hyperparameters
    ) -> Int {
        let floats = ParameterTable.stride(of: hyperparameters.components) + 1
        let arrays = hyperparameters.schedule == .adadelta ? 3 : 2
        let parameters = (users + items + userFeatures + itemFeatures) * floats * arrays * 4
        let codes = items * (ParameterTable.stride(of: hyperparameters.components) + 12)
        let decays = hyperparameters.itemRegularization > 0 || hyperparameters.userRegularization > 0
        let given = entries * (hasWeights ? 12 : 8)
        // Entries that are sorted with what belongs to them are kept with their origins meanwhile; without, items are enough. What is
        // trained is grouped apart from what was seen if they differ.
        let grouped =
            entries * (hasWeights || hasDislikes ? 16 : 4) * (hasDislikes ? 2 : 1) + entries * (hasDislikes ? 5 : 0)
            + (users + 1) * 20
        let perThread = EpochPlan.entriesPerBlock * 2 * 16 + floats * 5 * 4
        return parameters + codes + (decays ? (users + 2 * items + userFeatures + itemFeatures) * 4 : 0)
            + given + grouped + featureEntries * 16 + (users + items) * 12 + hyperparameters.threads * perThread
    }
}
