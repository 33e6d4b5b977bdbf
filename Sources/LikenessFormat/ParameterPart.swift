/// The arrays of a kind's parameters and optimiser state. The raw values are format: a matrix is named after its part.
package enum ParameterPart: String, Sendable, CaseIterable {
    /// The embeddings, rows × stride.
    case embeddings
    /// Their sums (adagrad) or running means (adadelta) of squared gradients, rows × stride.
    case embeddingAccumulators
    /// Their running means of squared moves, rows × stride; empty unless adadelta trains.
    case embeddingMomenta
    /// The biases, one a row.
    case biases
    /// Their sums or running means of squared gradients, one a row.
    case biasAccumulators
    /// Their running means of squared moves, one a row; empty unless adadelta trains.
    case biasMomenta

    /// Whether the array has `stride` floats a row rather than one.
    package var isWide: Bool {
        switch self {
        case .embeddings, .embeddingAccumulators, .embeddingMomenta: true
        case .biases, .biasAccumulators, .biasMomenta: false
        }
    }
}
