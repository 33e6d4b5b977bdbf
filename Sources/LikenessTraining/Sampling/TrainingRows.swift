/// Likes and dislikes as a training reads them: grouped by user. The caller can release what they are made from.
///
/// ```swift
/// let rows = try TrainingRows(likes, users: 1_000, items: 500, hyperparameters: choice)
/// var trainer = try Trainer(model: model, rows: rows, hyperparameters: choice)
/// ```
package struct TrainingRows: Sendable {
    /// What each user has seen, likes and dislikes.
    let seen: UserRows
    /// What is trained.
    let examples: UserRows
    /// What k-OS WARP samples from, if not simply `seen`.
    let positives: UserRows?
    /// The dislikes, if they are preferred as negatives.
    let dislikes: UserRows?
    /// The items that may be drawn as negatives; nil for all.
    let drawable: [UInt32]?
    /// The users that have something to train.
    let activeUsers: [UInt32]
    /// Whether each user is part of the model; nil if all are.
    package let presentUsers: [Bool]?
    /// Whether each item is part of the model; nil if all are.
    package let presentItems: [Bool]?
    /// Rows of the model.
    let (userCount, itemCount): (Int, Int)

    /// Groups what is given, for a model of so many users and items.
    /// - Throws: ``TrainingError`` if a hyper-parameter or an input cannot be used.
    /// - Complexity: O(n log n) for n entries.
    package init(
        _ likes: Interactions, users: Int, items: Int, hyperparameters: Hyperparameters, compatibility: Compatibility = []
    ) throws(TrainingError) {
        try hyperparameters.validate()
        try likes.validate(userCount: users, itemCount: items)
        let loss = hyperparameters.loss
        func isPresent(_ position: Int) -> Bool {
            (likes.presentUsers?[Int(likes.users[position])] ?? true)
                && (likes.presentItems?[Int(likes.items[position])] ?? true)
        }
        func isLike(_ position: Int) -> Bool { (likes.values?[position] ?? 1) > 0 }
        let hasDislikes = likes.values?.contains { $0 <= 0 } ?? false
        let trainsDislikes =
            loss == .logistic || (loss == .warpKOS && compatibility.contains(.dislikesAreLikesInKOS))
        let seen = UserRows(likes, userCount: users, keeps: isPresent)
        let examples =
            likes.trained == nil && (!hasDislikes || trainsDislikes)
            ? seen
            : UserRows(likes, positions: likes.trained, userCount: users) {
                isPresent($0) && (trainsDislikes || isLike($0))
            }
        positives =
            loss == .warpKOS && hasDislikes && !trainsDislikes
            ? UserRows(likes, userCount: users) { isPresent($0) && isLike($0) } : nil
        dislikes =
            hasDislikes && hyperparameters.dislikes == .preferredNegatives && loss != .logistic
            ? UserRows(likes, userCount: users) { isPresent($0) && !isLike($0) } : nil
        let drawn = (0..<items).filter { (likes.presentItems?[$0] ?? true) && (likes.drawnItems?[$0] ?? true) }
        if drawn.isEmpty, examples.count > 0, loss == .warp || loss == .warpKOS {
            throw .sizeMismatch(what: "items that may be drawn as negatives", expected: 1, found: 0)
        }
        drawable = drawn.count < items ? drawn.map { UInt32(truncatingIfNeeded: $0) } : nil
        activeUsers = (0..<users).filter { examples.offsets[$0] < examples.offsets[$0 + 1] }
            .map { UInt32(truncatingIfNeeded: $0) }
        (self.seen, self.examples) = (seen, examples)
        (presentUsers, presentItems) = (likes.presentUsers, likes.presentItems)
        (userCount, itemCount) = (users, items)
    }
}
