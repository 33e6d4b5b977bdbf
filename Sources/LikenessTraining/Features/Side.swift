import CVectorKernels

/// One side of the model, the users or the items, while it is trained: the tables, what its rows are made of, and codes of their
/// representations.
@safe struct Side: @unchecked Sendable {
    /// The rows' own embeddings.
    let identity: TableView
    /// The embeddings of named features.
    let named: TableView
    /// Whether every row is its own embedding and nothing else.
    let isIdentity: Bool
    /// Whether each row is its own embedding and nothing else; these five are not read if `isIdentity`.
    let owns: UnsafePointer<Bool>
    /// Where each row's features start.
    let offsets: UnsafePointer<Int>
    let columns: UnsafePointer<UInt32>
    let weights: UnsafePointer<Float>
    let identityWeights: UnsafePointer<Float>
    /// Codes of the rows' representations for a first look at candidates; nil if none are kept.
    let codes: CandidateCodes?
    /// Strength of regularisation.
    let regularization: Float
    let stride: Int

    /// A row's representation: where its vector is, and its bias.
    @safe struct Representation {
        let vector: UnsafeMutablePointer<Float>
        var bias: Float
    }

    init(
        identity: TableView, named: TableView, isIdentity: Bool, features: FeatureBuffers,
        codes: CandidateCodes?, regularization: Float
    ) {
        self.identity = identity
        self.named = named
        self.isIdentity = isIdentity
        unsafe owns = UnsafePointer(features.owns.start)
        unsafe offsets = UnsafePointer(features.offsets.start)
        unsafe columns = UnsafePointer(features.columns.start)
        unsafe weights = UnsafePointer(features.weights.start)
        unsafe identityWeights = UnsafePointer(features.identityWeights.start)
        self.codes = codes
        self.regularization = regularization
        stride = identity.stride
    }

    /// Whether a row is its own embedding and nothing else.
    @inline(__always)
    func isOwn(_ row: Int) -> Bool { unsafe isIdentity || owns[row] }

    /// The exact representation of a row, brought up to the present decay first.
    /// - Parameters:
    ///   - scratch: memory for a vector that is not stored as such.
    ///   - scale: a factor of all parameters; 1 unless a running scale is kept.
    @inline(__always)
    func representation(
        of row: Int, scratch: UnsafeMutablePointer<Float>, decay: Double, scale: Float = 1
    ) -> Representation {
        if isOwn(row) {
            identity.settle(row, at: decay)
            if scale == 1 { return unsafe Representation(vector: identity.embedding(row), bias: identity.biases[row]) }
            unsafe training_sum_rows(
                scratch, identity.embedding(row), scale, identity.embeddings, columns, weights, 0, stride)
            return unsafe Representation(vector: scratch, bias: scale * identity.biases[row])
        }
        let (first, end) = unsafe (offsets[row], offsets[row + 1])
        let own = unsafe identityWeights[row]
        var bias: Float = 0
        if own != 0 {
            identity.settle(row, at: decay)
            bias = unsafe own * identity.biases[row]
        }
        for entry in first..<end {
            let column = unsafe Int(columns[entry])
            named.settle(column, at: decay)
            bias += unsafe weights[entry] * named.biases[column]
        }
        unsafe training_sum_rows(
            scratch, own == 0 ? nil : identity.embedding(row), own, named.embeddings, columns + first, weights + first,
            end - first, stride)
        if scale != 1 {
            unsafe training_scale_row(scratch, scale, stride)
            bias *= scale
        }
        return unsafe Representation(vector: scratch, bias: bias)
    }

    /// Steps everything that a row is made of, and codes its new representation.
    /// - Parameters:
    ///   - direction: the gradient of the row's representation is `scale` × this.
    ///   - biasGradient: the gradient of its bias; nil leaves biases alone.
    ///   - scratch: memory for one vector.
    /// - Returns: the sum of the rates used (if the step wants it), and how many embeddings were stepped.
    @inline(__always)
    func step(
        _ row: Int, by rule: OptimizerStep, direction: UnsafePointer<Float>, scale: Float, biasGradient: Float?,
        scratch: UnsafeMutablePointer<Float>, decay: Double
    ) -> (rates: Float, entries: Int) {
        if isOwn(row) {
            var (column, weight) = (UInt32(truncatingIfNeeded: row), Float(1))
            var rates = biasGradient.map { rule.stepBias(identity, row, gradient: $0) } ?? 0
            rates += unsafe rule.stepEmbeddings(
                identity, &column, &weight, 1, direction: direction, scale: scale, refreshed: nil)
            unsafe codes?.encode(row, identity.embedding(row), bias: identity.biases[row], decay: decay)
            return (rates, 1)
        }
        var rates: Float = 0
        var bias: Float = 0
        let refreshed: UnsafeMutablePointer<Float>? = unsafe codes == nil ? nil : scratch
        var (first, end) = unsafe (offsets[row], offsets[row + 1])
        // Features that stand still come first, since columns ascend.
        let start = first
        while first < end, unsafe Int(columns[first]) < named.fixed {
            bias += unsafe weights[first] * named.biases[Int(columns[first])]
            first += 1
        }
        if let refreshed = unsafe refreshed {
            unsafe training_sum_rows(
                refreshed, nil, 0, named.embeddings, columns + start, weights + start, first - start, stride)
        }
        var entries = end - first
        var own = unsafe identityWeights[row]
        if own != 0 {
            if let biasGradient { rates += rule.stepBias(identity, row, gradient: own * biasGradient) }
            var column = UInt32(truncatingIfNeeded: row)
            rates += unsafe rule.stepEmbeddings(
                identity, &column, &own, 1, direction: direction, scale: scale, refreshed: refreshed)
            bias += unsafe own * identity.biases[row]
            entries += 1
        }
        for entry in first..<end {
            let column = unsafe Int(columns[entry])
            if let biasGradient {
                rates += unsafe rule.stepBias(named, column, gradient: weights[entry] * biasGradient)
            }
            bias += unsafe weights[entry] * named.biases[column]
        }
        rates += unsafe rule.stepEmbeddings(
            named, columns + first, weights + first, end - first, direction: direction, scale: scale,
            refreshed: refreshed)
        unsafe codes?.encode(row, scratch, bias: bias, decay: decay)
        return (rates, entries)
    }
}
