import CVectorKernels

/// What kernels are told that step on rows without features, in memory that does not move while threads train.
@safe final class PlainRows: @unchecked Sendable {
    let start: UnsafeMutablePointer<training_plain_t>

    /// - Parameters:
    ///   - codes: codes of the items, if any are kept.
    ///   - rankLosses: the rank loss after so many tries in vain.
    ///   - margin: how far a liked item is to be above others.
    init(
        users: TableView, items: TableView, codes: CandidateCodes?, seen: UserRowsView, rankLosses: UnsafePointer<Float>,
        margin: Float, step: OptimizerStep
    ) {
        unsafe start = .allocate(capacity: 1)
        unsafe start.initialize(
            to: training_plain_t(
                users: Self.side(users), items: Self.side(items), codes: codes?.codes, terms: codes?.terms,
                seen: seen.items, seen_starts: seen.offsets, rank_losses: rankLosses, margin: margin,
                step: step.adagrad))
    }

    private static func side(_ table: TableView) -> training_side_t {
        unsafe training_side_t(
            embeddings: table.embeddings, squares: table.embeddingAccumulators, biases: table.biases,
            bias_squares: table.biasAccumulators)
    }

    deinit { unsafe start.deallocate() }
}
