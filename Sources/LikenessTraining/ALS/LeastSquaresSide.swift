import CVectorKernels

/// The users or the items of a fit.
struct LeastSquaresSide {
    let lists: LikeLists
    /// The rows that have likes, ascending.
    let active: [UInt32]
    /// What rows are made of; nil without features.
    let pull: PullRows?
    let features: FeatureSolver?
    /// λ ω of each row.
    let shifts: FixedBuffer<Float>
    /// The mean ω of rows with likes.
    let meanWeight: Double
    /// θ; 0 without features.
    let strength: Float
    /// What becomes known of features: Σ θ (ω / ω̄) F², with 1 for a θ of 0.
    let precisions: [Float]
    var vectors: FactorMatrix
    var table: FactorMatrix

    init(
        lists: LikeLists, features: FeatureRows?, featureCount: Int, settings: LeastSquaresSettings, weight: (Int) -> Double
    ) {
        self.lists = lists
        let active = (0..<lists.rows).filter { lists.likes[$0] > 0 }
        self.active = active.map { UInt32(truncatingIfNeeded: $0) }
        let weights = (0..<lists.rows).map { weight(lists.likes[$0]) }
        let mean = active.isEmpty ? 0 : active.reduce(0) { $0 + weights[$1] } / Double(active.count)
        meanWeight = mean
        shifts = FixedBuffer(weights.map { Float(Double(settings.regularization) * $0) }, or: 0)
        strength = features == nil ? 0 : settings.featurePull
        vectors = FactorMatrix(rows: lists.rows, components: settings.components)
        table = FactorMatrix(rows: features == nil ? 0 : featureCount, components: settings.components)
        guard let features else {
            (pull, self.features, precisions) = (nil, nil, [])
            return
        }
        let pull = PullRows(features)
        let scales = (0..<lists.rows).map { row -> Float in
            guard lists.likes[row] > 0, mean > 0, pull.hasFeatures(row) else { return 0 }
            return Float(Double(settings.featureStrength) * weights[row] / mean)
        }
        self.pull = pull
        self.features = FeatureSolver(pull: pull, scales: scales, priors: [Float](repeating: 1, count: featureCount))
        precisions = FeatureSolver.diagonal(pull, scales: scales, count: featureCount)
    }

    /// Moves the features towards what the rows have become.
    mutating func solveFeatures(steps: Int, threads: Int) {
        features?.solve(&table, rows: vectors, steps: steps, threads: threads)
    }

    /// Makes rows without likes what their features say, times a factor.
    mutating func fillInactive(_ factor: Float = 1) {
        guard let pull else { return }
        let (stride, lists) = (vectors.stride, lists)
        let rows = unsafe vectors.values.uniqueStart()
        unsafe table.values.withUnsafeBuffer { table in
            guard let table = table.baseAddress else { return }
            for row in 0..<lists.rows where lists.likes[row] == 0 {
                unsafe pull.sum(row, of: table, stride: stride, into: rows + row * stride)
                if factor != 1 { unsafe training_scale_row(rows + row * stride, factor, stride) }
            }
        }
    }

    /// λ Σ ω [(1 − θ) |y|² + θ |y − F T|²] + λ ω̄ |T|² over rows with likes.
    func penalty(_ settings: LeastSquaresSettings) -> Double {
        let stride = vectors.stride
        let pulled = AlignedBuffer(count: stride)
        var total = 0.0
        unsafe vectors.values.withUnsafeBuffer { rows in
            unsafe table.values.withUnsafeBuffer { table in
                for row in active {
                    let row = Int(row)
                    var theta = 0.0
                    if let pull, pull.offsets[row] < pull.offsets[row + 1], let table = table.baseAddress {
                        theta = Double(strength)
                        unsafe pull.sum(row, of: table, stride: stride, into: pulled.start)
                    }
                    var (length, missed) = (0.0, 0.0)
                    for lane in 0..<stride {
                        let value = unsafe Double(rows[row * stride + lane])
                        length += value * value
                        if theta > 0 {
                            let off = unsafe value - Double(pulled.start[lane])
                            missed += off * off
                        }
                    }
                    total += Double(shifts[row]) * ((1 - theta) * length + theta * missed)
                }
                // Features that only follow their rows are no part of what is minimised.
                let squares = unsafe strength > 0 ? table.reduce(0.0) { $0 + Double($1) * Double($1) } : 0
                total += Double(settings.regularization) * meanWeight * squares
            }
        }
        return total
    }
}
