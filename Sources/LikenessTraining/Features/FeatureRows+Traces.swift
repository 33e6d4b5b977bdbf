extension FeatureRows {
    /// The share that features have left to them once they have given way: a trace, so that it is known that the row has them. What they
    /// add to the row is not worth the price of their steps; they learn from it by a ``FeatureMapping`` instead.
    static let trace: Float = 1e-6

    /// The squared length of a row's features.
    package func squaredLength(ofFeaturesIn row: Int) -> Float {
        weights[offsets[row]..<offsets[row + 1]].reduce(Float(0)) { $0 + $1 * $1 }
    }

    /// Whether a row has features that are but a trace beside its own embedding.
    func isTrace(_ row: Int) -> Bool { offsets[row] < offsets[row + 1] && shares[row] < 2 * Self.trace }
}
