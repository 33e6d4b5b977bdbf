/// Where each test cell stands in its user's ranking.
///
/// rank = how many other items that are not excluded have a score at least as high (spec: ties are pessimistic), from 0.
package struct Ranks: Equatable, Sendable {
    /// Users that were ranked: those with test cells and part of the model, ascending.
    package var users: [UInt32] = []
    /// Users with test cells that are not part of the model.
    package var unknownUsers: [UInt32] = []
    /// Test cells of ranked users whose item is not part of the model: these rank after all others.
    package var unknownCells = 0
    /// One rank a test cell, in the order of the test rows; `unranked` for users that were not ranked.
    package var ranks: [UInt32] = []
    /// Items that are part of the model.
    package var itemCount = 0
    /// The best k items of each ranked user, best first, if asked for: `users.count` rows of `topCounts` items.
    package var top: TopLists?

    /// The rank of a cell whose user was not ranked.
    package static let unranked = UInt32.max
}

/// The best items of each ranked user, by score descending, then index ascending.
package struct TopLists: Equatable, Sendable {
    /// Room in each row.
    package let k: Int
    /// Rows of `k` items, of which the first `counts[row]` are filled.
    package var items: [UInt32]
    /// How many items each row holds: fewer than k where fewer are left to recommend.
    package var counts: [Int]

    /// The items of row `row`.
    package subscript(row: Int) -> ArraySlice<UInt32> { items[row * k..<row * k + counts[row]] }
}
