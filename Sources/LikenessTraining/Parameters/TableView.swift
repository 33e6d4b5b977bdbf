import CVectorKernels
import Platform
import Synchronization
import WorkerThreads

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
    /// Rows below this stand still: neither steps nor decay move them.
    let fixed: Int
    /// Whether there are momenta (adadelta).
    let hasMomenta: Bool

    init(_ table: inout ParameterTable, decays: UnsafeMutablePointer<Float>?, fixed: Int = 0) {
        unsafe embeddings = table.embeddings.uniqueStart()
        unsafe embeddingAccumulators = table.embeddingAccumulators.uniqueStart()
        unsafe embeddingMomenta = table.embeddingMomenta.uniqueStart()
        unsafe biases = table.biases.uniqueStart()
        unsafe biasAccumulators = table.biasAccumulators.uniqueStart()
        unsafe biasMomenta = table.biasMomenta.uniqueStart()
        unsafe self.decays = decays
        stride = table.stride
        rows = table.rows
        self.fixed = fixed
        hasMomenta = table.schedule == .adadelta
    }

    /// The embedding of a row.
    @inline(__always)
    func embedding(_ row: Int) -> UnsafeMutablePointer<Float> { unsafe embeddings + row &* stride }

    /// The accumulators of a row's embedding.
    @inline(__always)
    func accumulator(_ row: Int) -> UnsafeMutablePointer<Float> { unsafe embeddingAccumulators + row &* stride }

    /// Asks the processor for all that a step on a row moves.
    @inline(__always)
    func prefetchToStep(_ row: Int) {
        unsafe training_prefetch_to_write(embedding(row), stride &* 4)
        unsafe training_prefetch_to_write(accumulator(row), stride &* 4)
        unsafe training_prefetch_to_write(biases + row, 4)
        unsafe training_prefetch_to_write(biasAccumulators + row, 4)
    }

    /// Brings a row up to the present decay.
    @inline(__always)
    func settle(_ row: Int, at decay: Double) {
        guard let decays = unsafe decays, row >= fixed else { return }
        let missed = Float(decay - Double(unsafe decays[row]))
        guard missed > 0 else { return }
        let factor = Mathematics.exponential(-missed)
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

    /// The first row that holds an infinity or NaN, found by several threads.
    /// - Parameter all: whether the optimiser's state is looked at too.
    func firstNonFiniteRow(all: Bool, threads: Int) -> Int? {
        let found = Found()
        WorkerThreads.share(rows, threads: threads) { part in
            if !isFinite(part, all: all) { found.isSo.store(true, ordering: .relaxed) }
        }
        guard found.isSo.load(ordering: .relaxed) else { return nil }
        return (0..<rows).first { !isFinite($0..<$0 + 1, all: all) }
    }

    private func isFinite(_ part: Range<Int>, all: Bool) -> Bool {
        let (first, count) = (part.lowerBound, part.count)
        func holds(_ wide: UnsafeMutablePointer<Float>, _ narrow: UnsafeMutablePointer<Float>) -> Bool {
            unsafe training_all_finite(wide + first &* stride, count &* stride) != 0
                && training_all_finite(narrow + first, count) != 0
        }
        guard unsafe holds(embeddings, biases) else { return false }
        guard all else { return true }
        return unsafe holds(embeddingAccumulators, biasAccumulators)
            && (!hasMomenta || holds(embeddingMomenta, biasMomenta))
    }
}

/// What threads that look for something share.
private final class Found: Sendable {
    let isSo = Atomic<Bool>(false)
}
