import DelimitedText
import RandomNumbers

extension SplitMix64 {
    /// A number below `bound`, low ones much more often: bound · x^2.5 for an even x. Square roots are exact on every
    /// machine, powers are not.
    mutating func skewed(_ bound: Int) -> Int {
        let x = unit()
        return min(Int(Double(bound) * (x * x * x.squareRoot())), bound - 1)
    }

    /// True `percent` times in a hundred.
    mutating func happens(_ percent: Int) -> Bool { next(below: 100) < percent }
}

/// An id of 32 hexadecimal digits, as long as it is needed.
struct DemoIdentifier {
    /// The kinds of things that have ids.
    enum Kind: UInt64 { case user = 1, item }

    private var digits = InlineArray<32, UInt8>(repeating: 0)

    init(_ kind: Kind, _ index: Int, seed: UInt64) {
        let first = SplitMix64.mix(
            SplitMix64.mix(seed &+ kind.rawValue &* 0x9E37_79B9_7F4A_7C15) &+ UInt64(index) &* 0xD1B5_4A32_D192_ED03)
        // Two different indices have different halves: both mixings can be undone.
        let second = SplitMix64.mix(first &+ 0x9E37_79B9_7F4A_7C15)
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
