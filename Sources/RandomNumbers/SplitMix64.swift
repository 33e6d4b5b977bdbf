/// A small, fast generator of random numbers whose whole state is one integer, and whose draws are the same on every machine (Steele, Lea
/// and Flood: Fast splittable pseudorandom number generators, 2014).
package struct SplitMix64: Sendable, Equatable {
    /// The state, from which everything that follows is decided.
    package var state: UInt64

    /// A generator that starts from a seed, or goes on from a state.
    @inlinable
    package init(seed: UInt64) { state = seed }

    /// A generator for one purpose of many: what it draws depends on the seed and the purpose alone.
    package init(seed: UInt64, purpose: UInt64) {
        state = Self.mix(Self.mix(seed) ^ (purpose &* 0xD1B5_4A32_D192_ED03))
    }

    /// The next 64 bits.
    @inlinable @inline(__always)
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number from 0 up to but without 1, of 53 random bits.
    @inlinable
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number from 0 up to but without 1, of 24 random bits.
    @inlinable
    package mutating func unitFloat() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number in 0 ..< `bound` by one draw. Its chance is off by at most `bound` / 2^64.
    @inlinable @inline(__always)
    package mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

    /// A number in 0 ..< `bound` with equal chances (Lemire's multiplication, with rejection).
    @inlinable
    package mutating func below(_ bound: Int) -> Int {
        let bound = UInt64(bound)
        let tooFew = (0 &- bound) % bound
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= tooFew { return Int(product.high) }
        }
    }

    /// Puts elements in a random order.
    package mutating func shuffle<Element>(_ elements: inout UnsafeMutableBufferPointer<Element>) {
        guard elements.count > 1 else { return }
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            let other = Int(truncatingIfNeeded: next(below: UInt64(last) + 1))
            unsafe elements.swapAt(last, other)
        }
    }

    /// Scrambles 64 bits; different inputs give different outputs.
    @inlinable @inline(__always)
    package static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A well-mixed integer from two.
    @inlinable
    package static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        mix(mix(a &+ 0x9E37_79B9_7F4A_7C15) ^ (b &* 0xD1B5_4A32_D192_ED03 &+ 0x8CB9_2BA7_2F3D_8DD7))
    }
}
