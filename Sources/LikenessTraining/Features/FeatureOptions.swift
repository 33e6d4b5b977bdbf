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
    /// After this many likes an item's features have 1/e of their share in it; 0 for a share that stays; nil for 5 with `tfidf` and 0
    /// with the other weightings.
    ///
    /// Features know most about items that have few likes, and own embeddings most about those that have many. With n likes features
    /// have the share s = exp(−n / shrinkage): they are multiplied by √s, and the own embedding by √(1 − s). Otherwise features, which
    /// take part in the steps of thousands of items, outgrow own embeddings, which then stay behind (goodbooks, 10 epochs, LightFM: mean
    /// length 4.0 against 1.4, own embeddings alone 2.5), and rankings lose what tells one item from others like it. Users' features keep
    /// their share. Without own embeddings (``identityScale`` 0) features keep it too.
    ///
    /// Where s is below a four-hundredth (six times the shrinkage, so 30 likes with 5) features are left out of the steps, which then take a fraction
    /// of the time. They learn from such items all the same: after each epoch one sweep moves the features of every trained item
    /// towards saying alone what the item has become, by how much of it is its own. So items that nobody likes yet start where items
    /// with their features have gone.
    public var shrinkage: Float?

    /// Features that fewer items, or users, of the model have are left out; 0 and 1 leave none out.
    ///
    /// A tag of two items says little that other items could use. A continuation lets a feature in that its parent does not have when as
    /// many of the items that it adds or whose features have changed have it; a full fit counts all.
    public var minimumRows = 0

    /// The shrinkage that is in force; 0 for none.
    public var shrinkageInForce: Float {
        identityScale == 0 ? 0 : shrinkage ?? (weighting == .tfidf ? 5 : 0)
    }

    /// The defaults.
    public init() {}

    /// Reads what is there; what is missing has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        weighting = try values.decodeIfPresent(FeatureWeighting.self, forKey: .weighting) ?? weighting
        identityScale = try values.decodeIfPresent(Float.self, forKey: .identityScale) ?? identityScale
        shrinkage = try values.decodeIfPresent(Float.self, forKey: .shrinkage)
        minimumRows = try values.decodeIfPresent(Int.self, forKey: .minimumRows) ?? minimumRows
    }

    /// Checks every value.
    /// - Throws: ``TrainingError/badHyperparameter(name:value:rule:)`` for the first that cannot be used.
    public func validate() throws(TrainingError) {
        guard identityScale.isFinite, identityScale >= 0 else {
            throw .badHyperparameter(
                name: "identityScale", value: "\(identityScale)",
                rule: "it must be a number of 0 or more: 1 is usual, and 0 makes rows of their features alone")
        }
        guard (0...Int(UInt32.max)).contains(minimumRows) else {
            throw .badHyperparameter(
                name: "minFeatureItems", value: "\(minimumRows)", rule: "it must be a number of items, 0 or more: 0 leaves no feature out")
        }
        if let shrinkage, !(shrinkage.isFinite && shrinkage >= 0) {
            throw .badHyperparameter(
                name: "shrinkage", value: "\(shrinkage)",
                rule: "it must be a number of likes, 0 or more: 5 is usual with tfidf, and 0 lets features keep their share")
        }
    }
}
