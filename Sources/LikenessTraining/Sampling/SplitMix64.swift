/// A small, fast generator of random numbers whose whole state is one integer (Steele, Lea and Flood, 2014).
package struct SplitMix64: Sendable, Equatable {
    /// The state, from which everything that follows is decided.
    package var state: UInt64

    /// A generator that goes on from a state.
    package init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    @inline(__always)
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.finish(state)
    }

    /// A number in [0, 1) of 24 random bits.
    package mutating func nextUnit() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number in 0 ..< `bound`. Its chance is off by at most `bound` / 2^64.
    @inline(__always)
    package mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

    /// A well-mixed integer from two.
    package static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        finish(finish(a &+ 0x9e37_79b9_7f4a_7c15) ^ (b &* 0xd1b5_4a32_d192_ed03 &+ 0x8cb9_2ba7_2f3d_8dd7))
    }

    /// Puts elements in a random order.
    mutating func shuffle<Element>(_ elements: inout UnsafeMutableBufferPointer<Element>) {
        guard elements.count > 1 else { return }
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            let other = Int(truncatingIfNeeded: next(below: UInt64(last) + 1))
            unsafe elements.swapAt(last, other)
        }
    }

    @inline(__always)
    private static func finish(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
