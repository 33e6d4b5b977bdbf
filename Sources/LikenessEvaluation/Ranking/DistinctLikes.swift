import RandomNumbers

/// Likes seen as a set: repeated rows go with the first of their kind.
struct DistinctLikes {
    let users: [UInt32]
    let items: [UInt32]
    private let seed: UInt64
    /// The first position of each distinct like, by user, then item.
    let firsts: [Int]
    /// All positions, by user, then item, then position.
    private let sorted: [Int]

    init(users: [UInt32], items: [UInt32], seed: UInt64) {
        self.users = users
        self.items = items
        self.seed = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        let key = { (position: Int) in UInt64(users[position]) << 32 | UInt64(items[position]) }
        let sorted = users.indices.sorted { (key($0), $0) < (key($1), $1) }
        self.sorted = sorted
        firsts = sorted.indices.filter { $0 == 0 || key(sorted[$0]) != key(sorted[$0 - 1]) }.map { sorted[$0] }
    }

    /// A draw that belongs to a like.
    func hash(_ position: Int) -> UInt64 {
        SplitMix64.mix(seed ^ SplitMix64.mix(UInt64(users[position]) << 32 | UInt64(items[position])))
    }

    /// A draw that belongs to a user.
    func hash(user: UInt32) -> UInt64 { SplitMix64.mix(seed &+ SplitMix64.mix(1 << 40 | UInt64(user))) }

    /// A draw that belongs to an item.
    func hash(item: UInt32) -> UInt64 { SplitMix64.mix(seed &+ SplitMix64.mix(2 << 40 | UInt64(item))) }

    /// Distinct likes by a draw.
    func order(by draw: (Int) -> UInt64) -> [Int] {
        firsts.map { (draw: draw($0), position: $0) }
            .sorted {
                ($0.draw, users[$0.position], items[$0.position]) < ($1.draw, users[$1.position], items[$1.position])
            }
            .map(\.position)
    }

    /// Distinct likes, user by user.
    func byUser() -> [[Int]] {
        var groups: [[Int]] = []
        for position in firsts {
            if let last = groups.last, users[last[0]] == users[position] {
                groups[groups.count - 1].append(position)
            } else {
                groups.append([position])
            }
        }
        return groups
    }

    /// All positions of these distinct likes, ascending.
    func positions(in chosen: some Sequence<Int>) -> [Int] {
        var isChosen = [Bool](repeating: false, count: users.count)
        for position in chosen { isChosen[position] = true }
        for (previous, next) in zip(sorted, sorted.dropFirst())
        where isChosen[previous] && users[previous] == users[next] && items[previous] == items[next] {
            isChosen[next] = true
        }
        return isChosen.indices.filter { isChosen[$0] }
    }
}
