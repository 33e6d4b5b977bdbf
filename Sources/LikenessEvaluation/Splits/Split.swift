/// Ways of holding likes out, to be tested with later.
///
/// Each gives the positions of the test likes, ascending; the other likes are for training. For one seed a split depends
/// only on the set of likes, not on the order of the rows: every choice is made by a hash of seed, user and item. A
/// repeated like is held out together with its first row, so that none is on both sides.
package enum Split: Equatable, Sendable {
    /// `k` likes of a random `fraction` of the users that have at least `2 k` likes: the seed article's split.
    case heldOut(k: Int, fraction: Double)
    /// Each like with this chance, exactly ⌊fraction × likes⌋ of them.
    case random(fraction: Double)
    /// The last like, by time, of each user with at least two.
    case leaveLastOut
    /// The latest likes, by time: as many as come to ⌊fraction × likes⌋ at most, likes of one time staying together.
    case temporal(fraction: Double)
    /// All likes of a random `fraction` of the items.
    case coldItems(fraction: Double)

    /// Picks the test likes.
    ///
    /// - Parameters:
    ///   - users: The user of each like.
    ///   - items: The item of each like.
    ///   - times: The time of each like, in any unit; needed by ``leaveLastOut`` and ``temporal(fraction:)``.
    /// - Returns: Positions of the test likes, ascending.
    /// - Throws: ``SplitError``.
    /// - Complexity: O(likes × log likes).
    package func testPositions(users: [UInt32], items: [UInt32], times: [Int64]? = nil, seed: UInt64 = 1)
        throws(SplitError) -> [Int]
    {
        guard users.count == items.count, times.map({ $0.count == users.count }) ?? true else {
            throw .lengthsDiffer(users: users.count, items: items.count, times: times?.count)
        }
        try validate()
        let likes = DistinctLikes(users: users, items: items, seed: seed)
        switch self {
        case .heldOut(let k, let fraction):
            return likes.positions(in: heldOut(likes, k: k, fraction: fraction, seed: seed))
        case .random(let fraction):
            let order = likes.order(by: { likes.hash($0) })
            return likes.positions(in: order.prefix(Int(fraction * Double(order.count))))
        case .leaveLastOut:
            guard let times else { throw .timesMissing(split: "leave-last-out") }
            return likes.positions(in: lastLikes(likes, times: times))
        case .temporal(let fraction):
            guard let times else { throw .timesMissing(split: "temporal") }
            return likes.positions(in: latest(likes, times: times, fraction: fraction))
        case .coldItems(let fraction):
            let items = Set(likes.firsts.map { likes.items[$0] })
                .map { (hash: likes.hash(item: $0), item: $0) }
                .sorted { ($0.hash, $0.item) < ($1.hash, $1.item) }
            let cold = Set(items.prefix(Int(fraction * Double(items.count))).map(\.item))
            return likes.items.indices.filter { cold.contains(likes.items[$0]) }
        }
    }

    private func validate() throws(SplitError) {
        switch self {
        case .heldOut(let k, let fraction):
            if k < 1 { throw .invalidHeldOut(k) }
            if !(0...1).contains(fraction) { throw .invalidFraction(fraction) }
        case .random(let fraction), .temporal(let fraction), .coldItems(let fraction):
            if !(0...1).contains(fraction) { throw .invalidFraction(fraction) }
        case .leaveLastOut: break
        }
    }

    private func heldOut(_ likes: DistinctLikes, k: Int, fraction: Double, seed: UInt64) -> [Int] {
        let byUser = likes.byUser()
        let eligible = byUser.filter { $0.count >= 2 * k }
            .map { (hash: likes.hash(user: likes.users[$0[0]]), likes: $0) }
            .sorted { ($0.hash, likes.users[$0.likes[0]]) < ($1.hash, likes.users[$1.likes[0]]) }
        return eligible.prefix(Int(fraction * Double(eligible.count))).flatMap { entry in
            entry.likes.sorted { (likes.hash($0), likes.items[$0]) < (likes.hash($1), likes.items[$1]) }.prefix(k)
        }
    }

    private func lastLikes(_ likes: DistinctLikes, times: [Int64]) -> [Int] {
        likes.byUser().filter { $0.count >= 2 }.compactMap { own in
            own.max { (times[$0], likes.hash($0), likes.items[$0]) < (times[$1], likes.hash($1), likes.items[$1]) }
        }
    }

    private func latest(_ likes: DistinctLikes, times: [Int64], fraction: Double) -> [Int] {
        let order = likes.firsts.sorted { times[$0] > times[$1] }
        var count = Int(fraction * Double(order.count))
        // Likes of the same moment all stay on the train side when they do not all fit.
        while count > 0, count < order.count, times[order[count - 1]] == times[order[count]] { count -= 1 }
        return Array(order.prefix(count))
    }
}

/// Why likes could not be split.
package enum SplitError: Error, Equatable, Sendable {
    /// The arrays describe different numbers of likes.
    case lengthsDiffer(users: Int, items: Int, times: Int?)
    /// The split goes by time and the likes have none.
    case timesMissing(split: String)
    /// A fraction is not between 0 and 1.
    case invalidFraction(Double)
    /// The number of likes to hold out is not at least 1.
    case invalidHeldOut(Int)
}

extension SplitError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .lengthsDiffer(let users, let items, let times):
            "\(users) users, \(items) items"
                + (times.map { " and \($0) times" } ?? "") + " do not pair. Give one of each for every like."
        case .timesMissing(let split):
            "the \(split) split goes by time, and these likes have none. Name the column of times or choose another split."
        case .invalidFraction(let fraction):
            "the fraction is \(fraction), and must be between 0 and 1."
        case .invalidHeldOut(let k):
            "\(k) likes are to be held out of each user, and it must be at least 1."
        }
    }
}
