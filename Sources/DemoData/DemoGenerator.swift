import DelimitedText

/// Draws that are the same on every machine: SplitMix64 (Steele, Lea, Flood 2014).
struct DemoGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

    /// A number below `bound`, low ones much more often: bound · x^2.5 for an even x. Square roots are exact on every
    /// machine, powers are not.
    mutating func skewed(_ bound: Int) -> Int {
        let x = Double(next() >> 11) * 0x1p-53
        return min(Int(Double(bound) * (x * x * x.squareRoot())), bound - 1)
    }

    /// True `percent` times in a hundred.
    mutating func happens(_ percent: Int) -> Bool { below(100) < percent }

    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// An id of 32 hexadecimal digits, as long as it is needed.
struct DemoIdentifier {
    /// The kinds of things that have ids.
    enum Kind: UInt64 { case user = 1, item }

    private var digits = InlineArray<32, UInt8>(repeating: 0)

    init(_ kind: Kind, _ index: Int, seed: UInt64) {
        let first = DemoGenerator.mix(
            DemoGenerator.mix(seed &+ kind.rawValue &* 0x9E37_79B9_7F4A_7C15) &+ UInt64(index) &* 0xD1B5_4A32_D192_ED03)
        // Two different indices have different halves: both mixings can be undone.
        let second = DemoGenerator.mix(first &+ 0x9E37_79B9_7F4A_7C15)
        for place in 0..<16 {
            digits[place] = Self.digit(first >> UInt64(60 - 4 * place))
            digits[16 + place] = Self.digit(second >> UInt64(60 - 4 * place))
        }
    }

    /// Adds the digits as a field to the record in hand.
    func append(to writer: inout DelimitedWriter) throws(DelimitedTextError) {
        // Bytes of digits have no padding that could be read.
        try unsafe writer.append(digits.span.bytes)
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value & 15)
        return value < 10 ? 48 + value : 87 + value
    }
}
