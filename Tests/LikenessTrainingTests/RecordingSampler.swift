import RandomNumbers

@testable import LikenessTraining

/// Passes random numbers on, and keeps those that are drawn many at a time.
struct RecordingSampler: Sampler {
    static var drawsAhead: Bool { true }

    private var random: SplitMix64
    /// The numbers of each call, in order.
    private(set) var calls: [[UInt32]] = []

    init(state: UInt64) { random = SplitMix64(seed: state) }

    mutating func draw(below bound: Int) -> Int { random.draw(below: bound) }

    mutating func draw(_ count: Int, below bound: Int, into places: UnsafeMutablePointer<UInt32>) {
        unsafe random.draw(count, below: bound, into: places)
        calls.append((0..<count).map { unsafe places[$0] })
    }
}
