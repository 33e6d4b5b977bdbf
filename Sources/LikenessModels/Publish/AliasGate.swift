import LikenessFormat

/// What a version must be for an alias to move to it by itself.
struct AliasGate {
    /// Losses this many times the mean weight of a like are no losses of a model: the ranking losses stay below the logarithm of the number
    /// of items, and least squares below 1.
    private static let absurdLoss = 1_000.0

    /// The alias to move; nil if there is none, or if it is withheld.
    let alias: String?
    /// Why it is withheld.
    let reason: String?

    /// - Parameters:
    ///   - isForced: whether the alias moves all the same.
    ///   - epochs: how many epochs the version has been trained, with its ancestors.
    ///   - meanWeight: of the likes that the loss is the mean of.
    init(_ alias: String?, isForced: Bool, epochs: Int, meanLoss: Double, meanWeight: Double = 1) {
        let bound = AliasGate.absurdLoss * max(1, meanWeight)
        let reason: String? =
            if epochs == 0 {
                "it was not trained: it has 0 epochs"
            } else if !(meanLoss <= bound) {
                "its mean loss is \(meanLoss), and no model that has learned anything has more than \(bound)"
            } else {
                nil
            }
        let isWithheld = alias != nil && reason != nil && !isForced
        self.alias = isWithheld ? nil : alias
        self.reason = isWithheld ? reason : nil
    }
}

extension FitReport {
    /// Writes down that the alias was withheld from the version.
    mutating func note(_ gate: AliasGate) {
        alias = gate.alias
        aliasWithheld = gate.reason
    }
}
