import RandomNumbers
import Testing

@testable import LikenessEvaluation

@Suite struct SplitTests {
    private let users: [UInt32]
    private let items: [UInt32]
    private let times: [Int64]

    init() {
        var generator = SplitMix64(seed: 77)
        var likes: [(UInt32, UInt32, Int64)] = []
        for user in 0..<200 {
            for item in Set((0..<generator.below(40)).map { _ in generator.below(90) }).sorted() {
                likes.append((UInt32(user), UInt32(item), Int64(generator.below(500))))
            }
        }
        users = likes.map(\.0)
        items = likes.map(\.1)
        times = likes.map(\.2)
    }

    private func pairs(_ positions: [Int], _ users: [UInt32], _ items: [UInt32]) -> Set<[UInt32]> {
        Set(positions.map { [users[$0], items[$0]] })
    }

    @Test func `k likes are held out of the fraction of users with enough of them`() throws {
        let test = try Split.heldOut(k: 5, fraction: 0.2).testPositions(users: users, items: items, seed: 1)
        var counts = [UInt32: Int]()
        for user in users { counts[user, default: 0] += 1 }
        var held = [UInt32: Int]()
        for position in test { held[users[position], default: 0] += 1 }
        #expect(held.values.allSatisfy { $0 == 5 })
        #expect(held.keys.allSatisfy { counts[$0, default: 0] >= 10 })
        #expect(held.count == Int(0.2 * Double(counts.values.count { $0 >= 10 })))
        #expect(test == test.sorted())
    }

    @Test func `a seed gives one split whatever the order of the rows, and another seed another`() throws {
        var generator = SplitMix64(seed: 2)
        var order = Array(users.indices)
        for i in order.indices.dropFirst() { order.swapAt(i, generator.below(i + 1)) }
        let shuffled = (users: order.map { users[$0] }, items: order.map { items[$0] }, times: order.map { times[$0] })
        let splits: [Split] = [
            .heldOut(k: 3, fraction: 0.5), .random(fraction: 0.3), .leaveLastOut, .temporal(fraction: 0.2),
            .coldItems(fraction: 0.1),
        ]
        for split in splits {
            let one = try split.testPositions(users: users, items: items, times: times, seed: 9)
            let two = try split.testPositions(
                users: shuffled.users, items: shuffled.items, times: shuffled.times, seed: 9)
            #expect(!one.isEmpty)
            #expect(pairs(one, users, items) == pairs(two, shuffled.users, shuffled.items))
        }
        for split in [splits[0], splits[1], splits[4]] {
            let one = try split.testPositions(users: users, items: items, seed: 9)
            #expect(try one != split.testPositions(users: users, items: items, seed: 10))
        }
    }

    @Test func `a random split takes its share`() throws {
        let test = try Split.random(fraction: 0.25).testPositions(users: users, items: items)
        #expect(test.count == Int(0.25 * Double(users.count)))
    }

    @Test func `the last like of each user with two is held out`() throws {
        let test = try Split.leaveLastOut.testPositions(users: users, items: items, times: times)
        for position in test {
            let own = users.indices.filter { users[$0] == users[position] }
            #expect(own.count >= 2)
            #expect(own.allSatisfy { times[$0] <= times[position] })
        }
        #expect(Set(test.map { users[$0] }).count == test.count)
    }

    @Test func `no train like is later than a test like in a temporal split`() throws {
        let test = Set(try Split.temporal(fraction: 0.2).testPositions(users: users, items: items, times: times))
        let earliest = try #require(test.map { times[$0] }.min())
        #expect(users.indices.allSatisfy { test.contains($0) == (times[$0] >= earliest) })
        #expect(test.count <= Int(0.2 * Double(users.count)))
    }

    @Test func `cold items have no train likes`() throws {
        let test = Set(try Split.coldItems(fraction: 0.1).testPositions(users: users, items: items))
        let cold = Set(test.map { items[$0] })
        #expect(cold.count == Int(0.1 * Double(Set(items).count)))
        #expect(users.indices.allSatisfy { test.contains($0) == cold.contains(items[$0]) })
    }

    @Test func `a repeated like is never on both sides`() throws {
        let users = self.users + self.users
        let items = self.items + self.items
        let times = self.times + self.times
        for split in [
            Split.heldOut(k: 3, fraction: 1), .random(fraction: 0.4), .leaveLastOut, .temporal(fraction: 0.3),
        ] {
            let test = try split.testPositions(users: users, items: items, times: times)
            let train = Array(Set(users.indices).subtracting(test))
            #expect(pairs(test, users, items).isDisjoint(with: pairs(train, users, items)))
            #expect(test.count == 2 * pairs(test, users, items).count)
        }
    }

    @Test func `what cannot be split is refused with the reason`() throws {
        #expect(throws: SplitError.timesMissing(split: "temporal")) {
            try Split.temporal(fraction: 0.1).testPositions(users: users, items: items)
        }
        #expect(throws: SplitError.invalidFraction(1.5)) {
            try Split.random(fraction: 1.5).testPositions(users: users, items: items)
        }
        #expect(throws: SplitError.invalidHeldOut(0)) {
            try Split.heldOut(k: 0, fraction: 0.5).testPositions(users: users, items: items)
        }
        #expect(throws: SplitError.lengthsDiffer(users: 1, items: 2, times: nil)) {
            try Split.leaveLastOut.testPositions(users: [0], items: [0, 1])
        }
        #expect(try Split.random(fraction: 0.5).testPositions(users: [], items: []) == [])
    }
}
