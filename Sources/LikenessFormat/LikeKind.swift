/// What an event of the log says about a user and an item.
public enum LikeKind: UInt8, Sendable, CaseIterable, Codable {
    /// The user likes the item.
    case like = 0
    /// The user dislikes the item. It takes the place of a like of the same item, and the other way round.
    case dislike = 1
    // 2 is kept for taking a like back.
}
