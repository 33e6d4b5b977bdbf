extension FeatureRows {
    /// Features that have at most this share of their row are a trace: what they add to it is not worth its price, and they learn from
    /// the row by a ``FeatureMapping`` instead of by its steps.
    private static let mostOfTrace: Float = 1e-4

    /// The share of a row's squared length that its features have, 0 if it has none.
    func share(ofFeaturesIn row: Int) -> Float {
        let length = weights[offsets[row]..<offsets[row + 1]].reduce(Float(0)) { $0 + $1 * $1 }
        return length > 0 ? length / (length + identityWeights[row] * identityWeights[row]) : 0
    }

    /// Whether a row has features that are but a trace beside its own embedding.
    func isTrace(_ row: Int) -> Bool {
        let share = share(ofFeaturesIn: row)
        return share > 0 && share <= Self.mostOfTrace
    }
}
