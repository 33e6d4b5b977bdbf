/// A small generator whose draws are the same on every machine (Steele, Lea, Flood: Fast splittable generators, 2014).
package struct RandomNumbers: Sendable {
    private var state: UInt64

    /// A generator for one purpose of many: what it draws depends on the seed and the purpose alone.
    package init(seed: UInt64, purpose: UInt64 = 0) { state = Self.mix(Self.mix(seed) ^ (purpose &* 0xD1B5_4A32_D192_ED03)) }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number from 0 up to but without 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number below `bound` with equal chances (Lemire's multiplication, with rejection).
    package mutating func below(_ bound: Int) -> Int {
        let bound = UInt64(bound)
        let tooFew = (0 &- bound) % bound
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= tooFew { return Int(product.high) }
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
