/// A small generator whose draws are the same on every machine (Steele, Lea, Flood: Fast splittable generators, 2014).
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number below `bound` with equal chances (Lemire's multiplication, with rejection).
    mutating func below(_ bound: Int) -> Int {
        let bound = UInt64(bound)
        let tooFew = (0 &- bound) % bound
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= tooFew { return Int(product.high) }
        }
    }

    /// Scrambles 64 bits; different inputs give different outputs.
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
