import RandomNumbers
import Synchronization
import Testing

@testable import LikenessTraining

@Suite struct EpochPlanTests {
    /// `count` users; user u has u % 7 likes, the last very many.
    static func rows(users count: Int, many: Int = 0) -> (rows: UserRows, active: [UInt32]) {
        var interactions = Interactions(users: [], items: [])
        for user in 0..<UInt32(count) {
            let likes = user == UInt32(count) - 1 ? max(many, 1) : Int(user % 7)
            for item in 0..<UInt32(likes) {
                interactions.users.append(user)
                interactions.items.append(item)
            }
        }
        let rows = UserRows(interactions, userCount: count) { _ in true }
        return (rows, (0..<UInt32(count)).filter { !rows.view.entries(of: Int($0)).isEmpty })
    }

    @Test(
        "Every entry is in exactly one block, and the blocks are a multiple of the threads of about one size",
        arguments: [1, 2, 3, 8], [1, 2, 50, 5000, 30_000])
    func covers(threads: Int, users: Int) {
        let (rows, active) = Self.rows(users: users)
        let plan = EpochPlan(users: active, rows: rows, threads: threads, seed: 3)
        var block: [Example] = []
        var seen: Set<UInt64> = []
        var sizes: [Int] = []
        var owners: [UInt32: Int] = [:]
        for number in 0..<plan.blocks {
            var random = SplitMix64(seed: plan.seed(ofBlock: number))
            plan.fill(&block, block: number, from: rows, random: &random)
            sizes.append(block.count)
            for example in block {
                #expect(seen.insert(UInt64(example.user) << 32 | UInt64(example.item)).inserted)
                #expect(owners.updateValue(number, forKey: example.user) ?? number == number)
            }
        }
        #expect(seen.count == rows.count)
        guard active.count >= 1000 else { return }
        #expect(plan.blocks % threads == 0)
        let mean = rows.count / plan.blocks
        for size in sizes { #expect(abs(size - mean) <= 12 && size <= EpochPlan.entriesPerBlock + 12) }
    }

    @Test("A user with more likes than a block holds has them all in one")
    func keepsAUserTogether() {
        let (rows, active) = Self.rows(users: 100, many: 100_000)
        let plan = EpochPlan(users: active, rows: rows, threads: 2, seed: 3)
        #expect(plan.blocks >= 1)
        var (block, total): ([Example], Int) = ([], 0)
        for number in 0..<plan.blocks {
            var random = SplitMix64(seed: 1)
            plan.fill(&block, block: number, from: rows, random: &random)
            let count = block.count { $0.user == 99 }
            #expect(count == 0 || count == 100_000)
            total += block.count
        }
        #expect(total == rows.count)
    }

    @Test("Nothing to train makes no blocks")
    func empty() {
        let rows = UserRows(Interactions(users: [], items: []), userCount: 3) { _ in true }
        #expect(EpochPlan(users: [], rows: rows, threads: 2, seed: 1).blocks == 0)
    }

    @Test("Who has no block left tells how it goes until the others are done, or stops them")
    func waiting() throws {
        let (rows, active) = Self.rows(users: 50)
        let plan = EpochPlan(users: active, rows: rows, threads: 1, seed: 3)
        let work = EpochWork(plan, of: rows, threads: 1)
        let block = try #require(work.take())
        #expect(work.take() == nil)
        var calls = 0
        work.waitForOthers {
            calls += 1
            guard calls == 3 else { return }
            block.done = block.examples.count
            work.giveBack(block, PassTotals(), itemDecay: 0, userDecay: 0)
        }
        #expect(calls == 3)
        let stopped = EpochWork(plan, of: rows, threads: 1)
        _ = stopped.take()
        stopped.waitForOthers { stopped.isStopped.store(true, ordering: .relaxed) }
    }
}
