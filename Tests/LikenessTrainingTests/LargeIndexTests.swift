import CVectorKernels
import Foundation
import RandomNumbers
import Testing

@testable import LikenessTraining

/// More than 2^32 likes: the arithmetic of positions, on address space that is hardly backed by memory.
@Suite struct LargeIndexTests {
    /// Address space for so many item indices, zero until they are written.
    private final class Sparse {
        let start: UnsafeMutablePointer<UInt32>
        private let memory: UnsafeMutableRawPointer
        private let byteCount: Int

        init?(_ count: Int) {
            byteCount = count * 4
            let noReserve: Int32 = 0x4000
            #if canImport(Darwin)
                let flags = MAP_PRIVATE | MAP_ANON
            #else
                let flags = MAP_PRIVATE | MAP_ANONYMOUS | noReserve
            #endif
            guard let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else {
                return nil
            }
            self.memory = memory
            start = memory.bindMemory(to: UInt32.self, capacity: count)
        }

        deinit { munmap(memory, byteCount) }
    }

    @Test(
        "Entries behind 2^31 and 2^32 are found where they are",
        .enabled(if: Sparse(1 << 32 + 32) != nil, "the process may not have 16 GiB of address space"))
    func positions() throws {
        let (first, second) = (1 << 31 + 5, 1 << 32 + 7)
        let count = second + 3
        let items = try #require(Sparse(count + 16))
        for (start, values) in [(first, [3, 9, 11]), (second, [2, 9, 40])] {
            for (place, value) in values.enumerated() { items.start[start + place] = UInt32(value) }
        }
        // Users 0 and 2 have more entries than 32 bits count.
        let offsets = [0, first, first + 3, second, count]
        offsets.withUnsafeBufferPointer { offsets in
            let view = UserRowsView(offsets: offsets.baseAddress!, items: items.start, weights: nil, count: count)
            #expect(view.entries(of: 1) == first..<first + 3 && view.entries(of: 3) == second..<count)
            #expect([3, 9, 11].allSatisfy { view.contains($0, user: 1) } && !view.contains(2, user: 1))
            #expect([2, 9, 40].allSatisfy { view.contains($0, user: 3) } && !view.contains(3, user: 3))
            view.prefetch(user: 3)
        }
    }

    @Test("Random positions reach past 2^32, evenly")
    func draws() {
        var random = SplitMix64(seed: 1)
        let bound = 3 << 32
        let drawn = (0..<3_000).map { _ in random.draw(below: bound) }
        #expect(drawn.allSatisfy { $0 >= 0 && $0 < bound })
        for third in 0..<3 {
            let share = drawn.count { $0 >> 32 == third }
            #expect((900..<1_100).contains(share), "\(share)")
        }
    }

    @Test("The need for memory of ten thousand million likes is counted, not wrapped")
    func memory() {
        var size = TrainingSize()
        (size.users, size.items, size.entries, size.hasWeights) = (1 << 30, 1 << 24, 10_000_000_000, true)
        let needed = size.memoryNeeded(Hyperparameters())
        #expect(needed.reading > 10_000_000_000 * 28 && needed.reading < 1 << 42)
    }
}
