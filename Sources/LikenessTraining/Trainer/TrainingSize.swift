/// How much there is to train: what decides the memory that a fit needs.
package struct TrainingSize: Sendable {
    /// Users, each with a row.
    package var users = 0
    /// Items, each with a row.
    package var items = 0
    /// Features of users.
    package var userFeatures = 0
    /// Features of items.
    package var itemFeatures = 0
    /// Likes and dislikes.
    package var entries = 0
    /// Pairs of item and feature and of user and feature in all.
    package var featureEntries = 0
    /// Whether entries have weights of their own.
    package var hasWeights = false
    /// Whether some of the entries are dislikes.
    package var hasDislikes = false

    /// Nothing to train.
    package init() {}

    /// Bytes that a fit needs while it reads and groups its entries, and while it trains.
    ///
    /// The entries as given are there only while the model is not.
    /// - Returns: the bytes of both stages, and those of the parameters with the optimiser's state, which are part of the second.
    package func memoryNeeded(
        _ hyperparameters: Hyperparameters, isContinuation: Bool = false
    ) -> (reading: Int, training: Int, parameters: Int) {
        let stride = ParameterTable.stride(of: hyperparameters.components)
        let arrays = hyperparameters.schedule == .adadelta ? 3 : 2
        let parameters = (users + items + userFeatures + itemFeatures) * (stride + 1) * arrays * 4
        let codes = items * (stride + 12)
        let decays = hyperparameters.itemRegularization > 0 || hyperparameters.userRegularization > 0
        let decayed = decays ? (users + 2 * items + userFeatures + itemFeatures) * 4 : 0
        // What is trained is grouped apart from what was seen if they differ, and so are positives or dislikes.
        let groups = (hasDislikes ? 3 : 1) + (isContinuation ? 1 : 0)
        let entry = 4 + (hasWeights ? 4 : 0) + (hasDislikes ? 1 : 0)
        let grouped = entries * entry * groups + (users + 1) * (8 * groups + 4)
        // Columns, and the value of each entry; a set of pairs finds those that were taken back, or else positions are sorted.
        let given = entries * (8 + (hasWeights ? 4 : 0) + (hasDislikes ? 5 : 0))
        let sorting = entries * (hasWeights || hasDislikes ? 8 : 0) + (users + 1) * 8
        let positions = isContinuation ? entries * 24 : 0
        let reading = given + max(hasDislikes ? entries * 36 : 0, grouped + sorting + positions)
        // Raw lists, merged and weighted ones; then compressed rows, and in memory that does not move those that are trained and those
        // that teach features.
        let listed = featureEntries > 0 ? featureEntries * 48 + (users + items) * 160 : 0
        let compressed = featureEntries > 0 ? featureEntries * 32 + (users + items) * 56 : 0
        let perThread = EpochPlan.entriesPerBlock * 16 + stride * 32
        // Epochs, plans and presence of rows.
        let perRow = (users + items) * 10
        let training = parameters + codes + decayed + grouped + compressed + perRow + hyperparameters.threads * perThread
        return (reading + listed + perRow, training, parameters)
    }
}
