import LikenessStore
import RandomNumbers

@testable import Likeness

/// What a store should hold, kept in plain dictionaries: the oracle of `RandomOperationsTests`.
struct PlainStore {
    struct Pair: Hashable {
        let user: String
        let item: String
    }

    /// What an event says.
    enum Kind: UInt8 {
        case like, dislike, takenBack, erased
    }

    struct Version {
        /// Events that it knows.
        let watermark: Int
        let parent: UInt64?
        /// Came in a pack, so that it cannot be continued.
        let isImported: Bool
        var note: String?
    }

    /// Every accepted event, in order.
    var events: [(pair: Pair, kind: Kind)] = []
    /// What each user thinks now.
    var opinions: [Pair: Bool] = [:]
    /// Ids in the order in which they came; nil where one was forgotten.
    var users: [String?] = []
    var items: [String?] = []
    var versions: [UInt64: Version] = [:]
    var newest: UInt64 = 0
    /// Each alias as a stack: promoting pushes, rolling back pops.
    var aliases: [String: [UInt64]] = [:]
    /// Moves of each alias.
    var moves: [String: [UInt64]] = [:]

    var likes: Int { opinions.values.count { $0 } }
    var dislikes: Int { opinions.count - likes }

    /// - Returns: whether the row is an event, and no duplicate.
    mutating func take(_ pair: Pair, isLike: Bool) -> Bool {
        if opinions[pair] == isLike { return false }
        opinions[pair] = isLike
        events.append((pair, isLike ? .like : .dislike))
        if !users.contains(pair.user) { users.append(pair.user) }
        if !items.contains(pair.item) { items.append(pair.item) }
        return true
    }

    /// - Returns: whether there was an opinion to take back.
    mutating func takeBack(_ pair: Pair) -> Bool {
        guard opinions.removeValue(forKey: pair) != nil else { return false }
        events.append((pair, .takenBack))
        return true
    }

    /// Forgets ids that are known; what they said is erased, and an event more says that something was forgotten.
    mutating func forget(users goneUsers: Set<String>, items goneItems: Set<String>) {
        users = users.map { $0.flatMap { goneUsers.contains($0) ? nil : $0 } }
        items = items.map { $0.flatMap { goneItems.contains($0) ? nil : $0 } }
        func concerns(_ pair: Pair) -> Bool { goneUsers.contains(pair.user) || goneItems.contains(pair.item) }
        opinions = opinions.filter { !concerns($0.key) }
        for place in events.indices where concerns(events[place].pair) { events[place] = (Pair(user: "", item: ""), .erased) }
        events.append((Pair(user: "", item: ""), .erased))
    }

    mutating func publish(_ version: Version, alias: String?) -> UInt64 {
        newest += 1
        versions[newest] = version
        if let alias { promote(newest, to: alias) }
        return newest
    }

    mutating func promote(_ version: UInt64, to alias: String) {
        if aliases[alias]?.last == version { return }
        aliases[alias, default: []].append(version)
        moves[alias, default: []].append(version)
    }

    /// - Returns: false if there is nothing to go back to, or if it was pruned.
    mutating func rollBack(_ alias: String) -> Bool {
        guard let stack = aliases[alias], stack.count > 1, versions[stack[stack.count - 2]] != nil else { return false }
        aliases[alias]?.removeLast()
        moves[alias]?.append(stack[stack.count - 2])
        return true
    }

    /// - Returns: the versions that go.
    mutating func prune(last: Int, moves: Int) -> [UInt64] {
        var kept = Set(versions.keys.sorted().suffix(max(last, 1)))
        for stack in aliases.values { kept.formUnion(stack.suffix(moves + 1)) }
        let removed = versions.keys.filter { !kept.contains($0) }.sorted()
        for version in removed { versions[version] = nil }
        return removed
    }
}
