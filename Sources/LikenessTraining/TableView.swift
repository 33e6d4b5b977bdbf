import CVectorKernels

/// The memory of a ``ParameterTable`` while it is trained. Threads write it at the same time without locks; only the trainer makes
/// one, while it owns the table.
@safe struct TableView: @unchecked Sendable {
    let embeddings: UnsafeMutablePointer<Float>
    let embeddingAccumulators: UnsafeMutablePointer<Float>
    let embeddingMomenta: UnsafeMutablePointer<Float>
    let biases: UnsafeMutablePointer<Float>
    let biasAccumulators: UnsafeMutablePointer<Float>
    let biasMomenta: UnsafeMutablePointer<Float>
    /// How much decay each row has seen, or nil without regularisation.
    let decays: UnsafeMutablePointer<Float>?
    let stride: Int
    let rows: Int

    init(_ table: inout ParameterTable, decays: UnsafeMutablePointer<Float>?) {
        unsafe embeddings = table.embeddings.uniqueStart()
        unsafe embeddingAccumulators = table.embeddingAccumulators.uniqueStart()
        unsafe embeddingMomenta = table.embeddingMomenta.uniqueStart()
        unsafe biases = table.biases.uniqueStart()
        unsafe biasAccumulators = table.biasAccumulators.uniqueStart()
        unsafe biasMomenta = table.biasMomenta.uniqueStart()
        unsafe self.decays = decays
        stride = table.stride
        rows = table.rows
    }

    /// The embedding of a row.
    @inline(__always)
    func embedding(_ row: Int) -> UnsafeMutablePointer<Float> { unsafe embeddings + row &* stride }

    /// The accumulators of a row's embedding.
    @inline(__always)
    func accumulator(_ row: Int) -> UnsafeMutablePointer<Float> { unsafe embeddingAccumulators + row &* stride }

    /// Asks the processor for a row's embedding.
    @inline(__always)
    func prefetchEmbedding(_ row: Int) { unsafe training_prefetch(embedding(row), stride &* 4) }

    /// Asks the processor for a row's accumulators.
    @inline(__always)
    func prefetchAccumulator(_ row: Int) { unsafe training_prefetch(accumulator(row), stride &* 4) }

    /// Brings a row up to the present decay.
    @inline(__always)
    func settle(_ row: Int, at decay: Double) {
        guard let decays = unsafe decays else { return }
        let missed = Float(decay - Double(unsafe decays[row]))
        guard missed > 0 else { return }
        let factor = exponential(-missed)
        unsafe training_scale_row(embedding(row), factor, stride)
        unsafe biases[row] *= factor
        unsafe decays[row] = Float(decay)
    }

    /// Multiplies all parameters by a factor.
    func scale(by factor: Float) {
        for row in 0..<rows {
            unsafe training_scale_row(embedding(row), factor, stride)
            unsafe biases[row] *= factor
        }
    }

    /// The first row whose parameters hold an infinity or NaN.
    /// - Parameter all: whether the accumulators are looked at too.
    func firstNonFiniteRow(all: Bool) -> Int? {
        let wide = rows &* stride
        var isFinite = unsafe training_all_finite(embeddings, wide) != 0 && training_all_finite(biases, rows) != 0
        if all {
            isFinite =
                unsafe isFinite && training_all_finite(embeddingAccumulators, wide) != 0
                && training_all_finite(biasAccumulators, rows) != 0
        }
        if isFinite { return nil }
        return (0..<rows).first { row in
            unsafe training_all_finite(embedding(row), stride) == 0
                || training_all_finite(accumulator(row), stride) == 0
                || !biases[row].isFinite || !biasAccumulators[row].isFinite
        }
    }
}
