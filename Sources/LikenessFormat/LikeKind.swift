/// What a user thinks of an item.
public enum LikeKind: UInt8, Sendable, CaseIterable, Codable {
    /// The user likes the item.
    case like = 0
    /// The user dislikes the item. It takes the place of a like of the same item, and the other way round.
    case dislike = 1
}

/// What an event of the log says about a user and an item. The raw value is format.
package enum EventKind: UInt8, Sendable, CaseIterable {
    /// The user likes the item, or the like has another weight now.
    case like = 0
    /// The user dislikes the item, or the dislike has another weight now.
    case dislike = 1
    /// The user took the like or the dislike back.
    case takenBack = 2
    /// Whatever the event said was erased, and its place is kept: user and item are 0, and it concerns neither.
    case erased = 3

    /// The opinion that holds after the event; nil for none.
    package var opinion: LikeKind? { LikeKind(rawValue: rawValue) }
}

extension UInt8 {
    /// Whether the raw value of an event's kind says that something is liked or disliked.
    package var isOpinion: Bool { self <= LikeKind.dislike.rawValue }
}
