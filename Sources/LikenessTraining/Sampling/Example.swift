/// One entry to train on.
package struct Example: Sendable, Equatable {
    /// The user's row.
    package var user: UInt32
    /// The item's row.
    package var item: UInt32
    /// Multiplies the length of the step.
    package var weight: Float
    /// Whether the user likes the item, rather than dislikes it.
    package var isLike: Bool

    /// An example with these values.
    package init(user: UInt32, item: UInt32, weight: Float = 1, isLike: Bool = true) {
        self.user = user
        self.item = item
        self.weight = weight
        self.isLike = isLike
    }
}
