import LikenessFormat

/// Which versions a prune keeps. The newest one, and those that an alias points at, are kept whatever the policy says.
///
/// ```swift
/// var policy = RetentionPolicy()
/// policy.daily = 7
/// try store.prune(policy)
/// ```
public struct RetentionPolicy: Sendable, Equatable {
    /// How many of the newest versions are kept.
    public var last = 3
    /// Of how many days that have a version the newest is kept. Days are those of UTC.
    public var daily = 0
    /// Of how many weeks that have a version the newest is kept. Weeks begin on Monday, UTC.
    public var weekly = 0
    /// How many rollbacks of each alias, one after the other, keep their targets.
    public var moves = 3

    /// The defaults.
    public init() {}

    /// Why a version is kept.
    public enum Reason: Sendable, Equatable, CustomStringConvertible {
        /// An alias points at it.
        case alias(String)
        /// A rollback of an alias leads to it, or several do.
        case rollback(String)
        /// It is one of the newest.
        case last
        /// It is the newest of its day.
        case daily
        /// It is the newest of its week.
        case weekly

        /// The reason in words.
        public var description: String {
            switch self {
            case .alias(let name): name
            case .rollback(let name): "rollback of \(name)"
            case .last: "last"
            case .daily: "daily"
            case .weekly: "weekly"
            }
        }
    }

    /// Why each version is kept; no reason means that it goes.
    ///
    /// - Parameters:
    ///   - versions: all versions with their times in milliseconds since 1970-01-01 UTC, ascending.
    ///   - aliases: every alias with all its moves.
    /// - Complexity: O(versions + moves).
    func reasons(
        for versions: [(version: Version, created: Int64)], aliases: [(alias: Alias, moves: [AliasMove])]
    ) -> [Version: [Reason]] {
        var reasons: [Version: [Reason]] = [:]
        for entry in versions { reasons[entry.version] = [] }
        for (alias, moves) in aliases {
            reasons[alias.version]?.append(.alias(alias.name))
            for target in RetentionPolicy.rollbackTargets(of: alias, moves, count: self.moves) {
                let reason = Reason.rollback(alias.name)
                if reasons[target]?.contains(reason) == false { reasons[target]?.append(reason) }
            }
        }
        for entry in versions.suffix(max(last, 1)) { reasons[entry.version]?.append(.last) }
        let day: Int64 = 86_400_000
        // 1970-01-01 was a Thursday.
        let rules = [
            (daily, Reason.daily, { RetentionPolicy.floor($0, day) }), (weekly, .weekly, { RetentionPolicy.floor($0 &+ 3 * day, 7 * day) }),
        ]
        for (count, reason, period) in rules {
            var seen: Set<Int64> = []
            for entry in versions.sorted(by: { ($0.created, $0.version) > ($1.created, $1.version) }) {
                if seen.count >= count { break }
                if seen.insert(period(entry.created)).inserted { reasons[entry.version]?.append(reason) }
            }
        }
        return reasons
    }

    /// Where an alias goes when it is rolled back once, twice, …
    private static func rollbackTargets(of alias: Alias, _ moves: [AliasMove], count: Int) -> [Version] {
        var targets: [Version] = []
        var number = alias.moveInForce
        while targets.count < count, number < UInt64(moves.count), let previous = moves[Int(number)].previousMove,
            previous < number, previous < UInt64(moves.count)
        {
            targets.append(moves[Int(previous)].to)
            number = previous
        }
        return targets
    }

    private static func floor(_ time: Int64, _ period: Int64) -> Int64 {
        time >= 0 ? time / period : (time + 1) / period - 1
    }
}
