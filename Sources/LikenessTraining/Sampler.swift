/// Where a pass over examples gets its random numbers.
package protocol Sampler {
    /// Whether numbers may be drawn before it is known that they are needed, which is faster.
    static var drawsAhead: Bool { get }

    /// A number in 0 ..< `bound`, which is at least 1.
    mutating func draw(below bound: Int) -> Int
}

extension SplitMix64: Sampler {
    package static var drawsAhead: Bool { true }

    @inline(__always)
    package mutating func draw(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next(below: UInt64(truncatingIfNeeded: bound)))
    }
}
