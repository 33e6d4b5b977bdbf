/// What a trainer must know if its model holds only some rows of a larger one.
///
/// Rows keep the order that they have in the larger model, so that one thread draws the same users and negatives, and makes the same
/// steps, as it would there with the same items to draw from.
package struct PartialModel: Sendable, Equatable {
    /// Items of the larger model that may be drawn as negatives, which the rank loss goes by; nil for those of this one.
    package var drawableItems: Int?
    /// What BPR draws its negatives from: items of this model, each as often as it is to come; nil for its entries.
    package var negatives: [UInt32]?
    /// Item features below this index stand still.
    package var fixedItemFeatures = 0
    /// User features below this index stand still.
    package var fixedUserFeatures = 0

    package init() {}
}
