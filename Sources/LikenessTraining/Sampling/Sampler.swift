import CVectorKernels
package import RandomNumbers

/// Where a pass over examples gets its random numbers.
package protocol Sampler {
    /// Whether numbers may be drawn before it is known that they are needed, which is faster.
    static var drawsAhead: Bool { get }

    /// A number in 0 ..< `bound`, which is at least 1.
    mutating func draw(below bound: Int) -> Int

    /// Fills `count` places, and perhaps up to 15 more, with numbers in 0 ..< `bound`, which is at least 1 and fits 32 bits.
    mutating func draw(_ count: Int, below bound: Int, into places: UnsafeMutablePointer<UInt32>)
}

extension Sampler {
    package mutating func draw(_ count: Int, below bound: Int, into places: UnsafeMutablePointer<UInt32>) {
        for index in 0..<count { unsafe places[index] = UInt32(truncatingIfNeeded: draw(below: bound)) }
    }
}

extension SplitMix64: Sampler {
    package static var drawsAhead: Bool { true }

    @inline(__always)
    package mutating func draw(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next(below: UInt64(truncatingIfNeeded: bound)))
    }

    /// Sixteen numbers from each 64 bits.
    @inline(__always)
    package mutating func draw(_ count: Int, below bound: Int, into places: UnsafeMutablePointer<UInt32>) {
        for start in stride(from: 0, to: count, by: 16) {
            unsafe training_draw(next(), UInt32(truncatingIfNeeded: bound), places + start)
        }
    }
}
