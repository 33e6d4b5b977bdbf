import CVectorKernels

/// Moves the vectors T of features towards saying alone what the rows have become: minimises
/// Σ_rows s |y − F T|² + Σ_features p |T − T₀|², where s is a row's scale and p a feature's prior.
///
/// Conjugate gradients, preconditioned by the diagonal, from where the features are. Each of the d columns is a system of its own; sixteen go
/// together, and belong to one thread, so that no sum is shared out.
struct FeatureSolver {
    let pull: PullRows
    /// θ ω / ω̄ of each row; 0 for a row that says nothing.
    let scales: FixedBuffer<Float>
    /// One a feature.
    let priors: FixedBuffer<Float>
    /// The diagonal of the normal equations, inverted.
    private let inverse: FixedBuffer<Float>
    let count: Int

    /// - Parameter priors: one a feature; at least a little more than 0.
    init(pull: PullRows, scales: [Float], priors: [Float]) {
        self.pull = pull
        count = priors.count
        self.scales = FixedBuffer(scales, or: 0)
        self.priors = FixedBuffer(priors, or: 0)
        let diagonal = Self.diagonal(pull, scales: scales, count: priors.count)
        inverse = FixedBuffer(zip(diagonal, priors).map { 1 / ($0 + $1) }, or: 0)
    }

    /// What rows add to the diagonal of the normal equations: Σ s F².
    static func diagonal(_ pull: PullRows, scales: [Float], count: Int) -> [Float] {
        var sums = [Double](repeating: 0, count: count)
        for row in 0..<pull.rows where scales[row] != 0 {
            for entry in pull.offsets[row]..<pull.offsets[row + 1] {
                let weight = Double(pull.weights[entry])
                sums[Int(pull.columns[entry])] += Double(scales[row]) * weight * weight
            }
        }
        return sums.map { Float($0) }
    }

    /// Makes so many steps.
    /// - Parameters:
    ///   - rows: the vectors y.
    ///   - origin: T₀; nil for 0.
    /// - Complexity: O(steps × d × (feature entries + features)).
    func solve(_ features: inout FactorMatrix, rows: FactorMatrix, origin: FactorMatrix? = nil, steps: Int, threads: Int) {
        let (stride, count, pull) = (features.stride, count, pull)
        let (scales, priors, inverse) = (scales, priors, inverse)
        guard count > 0 else { return }
        // Each batch writes columns of its own.
        nonisolated(unsafe) let table = unsafe features.values.uniqueStart()
        unsafe rows.values.withUnsafeBuffer { vectors in
            nonisolated(unsafe) let vectors = vectors.baseAddress
            let origin = origin
            BatchWork(batches: stride / 16).run(threads: threads) {
                (0..<4).map { _ in AlignedBuffer(count: count * 16) } + [AlignedBuffer(count: 16)]
            } body: { batch, memory in
                let start = batch * 16
                let (x, r) = unsafe (memory[0].start, memory[1].start)
                let (p, q) = unsafe (memory[2].start, memory[3].start)
                for feature in 0..<count {
                    for lane in 0..<16 { unsafe x[feature * 16 + lane] = table[feature * stride + start + lane] }
                }
                func apply(_ v: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>) {
                    for feature in 0..<count {
                        let prior = unsafe priors.start[feature]
                        for lane in 0..<16 { unsafe out[feature * 16 + lane] = prior * v[feature * 16 + lane] }
                    }
                    unsafe least_squares_features(
                        pull.offsets.start, pull.columns.start, pull.weights.start, scales.start, pull.rows, v, out)
                }
                unsafe apply(x, into: q)
                for feature in 0..<count {
                    let prior = unsafe priors.start[feature]
                    for lane in 0..<16 {
                        let at = feature * 16 + lane
                        let from = origin.map { prior * $0.values[feature * stride + start + lane] } ?? 0
                        unsafe r[at] = from - q[at]
                    }
                }
                if let vectors = unsafe vectors {
                    unsafe least_squares_features_right(
                        pull.offsets.start, pull.columns.start, pull.weights.start, scales.start, pull.rows, vectors, stride,
                        start, r)
                }
                unsafe least_squares_features_step(x, r, p, q, inverse.start, memory[4].start, count, 1)
                for _ in 0..<steps {
                    unsafe apply(p, into: q)
                    unsafe least_squares_features_step(x, r, p, q, inverse.start, memory[4].start, count, 0)
                }
                for feature in 0..<count {
                    for lane in 0..<16 { unsafe table[feature * stride + start + lane] = x[feature * 16 + lane] }
                }
            }
        }
    }
}
