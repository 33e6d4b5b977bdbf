import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct RetentionPolicyTests {
    private static let day: Int64 = 86_400_000

    private func kept(
        _ policy: RetentionPolicy, times: [Int64], aliases: [(alias: Alias, moves: [AliasMove])] = []
    ) -> [Int] {
        let versions = times.enumerated().map { (version: Version(rawValue: UInt64($0 + 1)), created: $1) }
        let reasons = policy.reasons(for: versions, aliases: aliases)
        #expect(reasons.count == times.count)
        return versions.indices.filter { reasons[versions[$0].version]?.isEmpty == false }.map { $0 + 1 }
    }

    private func policy(last: Int = 0, daily: Int = 0, weekly: Int = 0, moves: Int = 0) -> RetentionPolicy {
        var policy = RetentionPolicy()
        (policy.last, policy.daily, policy.weekly, policy.moves) = (last, daily, weekly, moves)
        return policy
    }

    /// An alias that was published to some versions one after the other, then rolled back some times.
    private func alias(_ name: String, through versions: [UInt64], rollbacks: Int = 0) -> (alias: Alias, moves: [AliasMove]) {
        var moves: [AliasMove] = []
        func add(_ kind: AliasMove.Kind, to version: Version, previous: UInt64?) {
            moves.append(
                AliasMove(
                    number: UInt64(moves.count), kind: kind, when: 0, who: "me", from: moves.last?.to, to: version, previousMove: previous))
        }
        for version in versions { add(.publish, to: Version(rawValue: version), previous: moves.last?.number) }
        for _ in 0..<rollbacks {
            let target = moves[Int(moves.last!.previousMove!)]
            add(.rollback, to: target.to, previous: target.previousMove)
        }
        let last = moves.last!
        return (Alias(name: name, version: last.to, moveInForce: last.number, moves: UInt64(moves.count)), moves)
    }

    @Test func `The newest version is kept whatever the policy says`() {
        #expect(kept(policy(), times: []) == [])
        #expect(kept(policy(), times: [0, 1, 2]) == [3])
        #expect(kept(policy(last: -4, daily: -1, weekly: -1, moves: -1), times: [0, 1, 2]) == [3])
    }

    @Test(arguments: 1...7) func `The last versions are kept, by number`(count: Int) {
        #expect(kept(policy(last: count), times: [9, 8, 7, 6, 5]) == Array(max(1, 6 - count)...5))
    }

    @Test func `A day keeps its newest version, and days without versions do not count`() {
        let day = Self.day
        let times = [0, 1, day - 1, day, day + 5, 5 * day, 9 * day, 9 * day + 1]
        #expect(kept(policy(daily: 1), times: times) == [8])
        #expect(kept(policy(daily: 2), times: times) == [6, 8])
        #expect(kept(policy(daily: 4), times: times) == [3, 5, 6, 8])
        #expect(kept(policy(daily: 100), times: times) == [3, 5, 6, 8])
    }

    @Test func `Days before 1970 and clocks that went back are days like others`() {
        let day = Self.day
        #expect(kept(policy(daily: 3), times: [-day, -1, 0, day]) == [2, 3, 4])
        #expect(kept(policy(daily: 9, weekly: 9), times: [.min, .max]) == [1, 2])
        #expect(kept(policy(daily: 1), times: [5 * day, 0]) == [1, 2], "the newest by number, and the newest by time")
    }

    @Test func `Weeks begin on Monday`() {
        let day = Self.day
        // 1970-01-04 was a Sunday, 1970-01-05 a Monday.
        #expect(kept(policy(weekly: 9), times: [0, 3 * day, 4 * day, 10 * day, 11 * day]) == [2, 4, 5])
        #expect(kept(policy(weekly: 2), times: [0, 3 * day, 4 * day, 10 * day, 11 * day]) == [4, 5])
    }

    @Test func `What aliases point at and can be rolled back to is kept`() {
        let times = [Int64](repeating: 0, count: 8)
        let production = alias("production", through: [1, 2, 4, 6])
        #expect(kept(policy(), times: times, aliases: [production]) == [6, 8])
        #expect(kept(policy(moves: 1), times: times, aliases: [production]) == [4, 6, 8])
        #expect(kept(policy(moves: 2), times: times, aliases: [production]) == [2, 4, 6, 8])
        #expect(kept(policy(moves: 99), times: times, aliases: [production]) == [1, 2, 4, 6, 8])
        let rolledBack = alias("production", through: [1, 2, 4, 6], rollbacks: 2)
        #expect(kept(policy(), times: times, aliases: [rolledBack]) == [2, 8])
        #expect(kept(policy(moves: 1), times: times, aliases: [rolledBack]) == [1, 2, 8], "not back to where it was rolled back from")
        #expect(kept(policy(moves: 9), times: times, aliases: [rolledBack, alias("b", through: [3, 5])]) == [1, 2, 3, 5, 8])
    }

    @Test func `A damaged history of moves ends the walk`() {
        var (alias, moves) = alias("production", through: [1, 2])
        moves[1] = AliasMove(number: 1, kind: .publish, when: 0, who: "", from: nil, to: Version(rawValue: 2), previousMove: 1)
        #expect(kept(policy(moves: 9), times: [0, 0, 0], aliases: [(alias, moves)]) == [2, 3])
        #expect(kept(policy(moves: 9), times: [0, 0, 0], aliases: [(alias, [])]) == [2, 3])
    }
}
