/// Which users and items have enough likes.
///
/// A user that is left out takes likes from items, which may then have too few, and so on: both rules are applied in turn until
/// neither leaves anything out (the k-core of the bipartite graph).
struct LikeThresholds {
    let minimumUserLikes: Int
    let minimumItemLikes: Int

    /// Whether each user and each item stays.
    ///
    /// - Parameter counts: whether the opinion at a position counts.
    /// - Complexity: O(likes) a round; rounds are few.
    func present(
        users: [UInt32], items: [UInt32], userCount: Int, itemCount: Int, counts: (Int) -> Bool = { _ in true }
    ) -> (users: [Bool], items: [Bool]) {
        var userStays = [Bool](repeating: true, count: userCount)
        var itemStays = [Bool](repeating: true, count: itemCount)
        while true {
            var userLikes = [UInt32](repeating: 0, count: userCount)
            var itemLikes = [UInt32](repeating: 0, count: itemCount)
            for position in users.indices {
                let (user, item) = (Int(users[position]), Int(items[position]))
                guard userStays[user] && itemStays[item] && counts(position) else { continue }
                userLikes[user] += 1
                itemLikes[item] += 1
            }
            let leftOut =
                LikeThresholds.drop(&userStays, userLikes, below: max(1, minimumUserLikes))
                + LikeThresholds.drop(&itemStays, itemLikes, below: max(1, minimumItemLikes))
            if leftOut == 0 { return (userStays, itemStays) }
        }
    }

    private static func drop(_ stays: inout [Bool], _ likes: [UInt32], below minimum: Int) -> Int {
        var dropped = 0
        for index in stays.indices where stays[index] && Int(likes[index]) < minimum {
            stays[index] = false
            dropped += 1
        }
        return dropped
    }
}
