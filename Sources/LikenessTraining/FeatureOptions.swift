/// How what is known of items and users becomes part of a model.
///
/// ```swift
/// var options = FeatureOptions()
/// options.weighting = .l1
/// options.identityScale = 0  // rows are made of their features alone
/// ```
/// Fields that an encoded value lacks have their defaults, so that versions of older builds can be read.
public struct FeatureOptions: Codable, Sendable, Equatable {
    /// How raw features become weights.
    public var weighting = FeatureWeighting.tfidf
    /// The weight of each row's own embedding beside its features, before a division by the sum; 1 as a rule.
    ///
    /// With 0 a row is made of its features alone: what is liked teaches the features, and nothing is learned of the row itself. A row
    /// without features keeps its own embedding, of weight 1, since there would be nothing left of it.
    public var identityScale: Float = 1

    /// The defaults.
    public init() {}

    /// Reads what is there; what is missing has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        weighting = try values.decodeIfPresent(FeatureWeighting.self, forKey: .weighting) ?? weighting
        identityScale = try values.decodeIfPresent(Float.self, forKey: .identityScale) ?? identityScale
    }

    /// Checks every value.
    /// - Throws: ``TrainingError/badHyperparameter(name:value:rule:)`` for the first that cannot be used.
    public func validate() throws(TrainingError) {
        guard identityScale.isFinite, identityScale >= 0 else {
            throw .badHyperparameter(
                name: "identityScale", value: "\(identityScale)",
                rule: "it must be a number of 0 or more: 1 is usual, and 0 makes rows of their features alone")
        }
    }
}
