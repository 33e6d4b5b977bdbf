/// A byte that keeps a field from being text.
package enum TextFault: Equatable, Sendable {
    /// The bytes from this position of the field on are not UTF-8.
    case notUTF8(position: Int)
    /// A NUL byte stands at this position of the field.
    case nul(position: Int)

    /// The first fault of `field`, or `nil` when it is UTF-8 without NUL bytes.
    ///
    /// - Complexity: O(bytes of the field); eight at a time as long as they are ASCII.
    package static func first(in field: RawSpan) -> TextFault? {
        var here = 0
        while here + 8 <= field.byteCount {
            let word = unsafe field.unsafeLoadUnaligned(fromUncheckedByteOffset: here, as: UInt64.self)
            // A top bit in `word` is a byte beyond ASCII, one in `word - 1…` a NUL or such a byte.
            if (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 != 0 { break }
            here += 8
        }
        while here < field.byteCount {
            let byte = field[here]
            if byte == 0 { return .nul(position: here) }
            if byte < 0x80 {
                here += 1
                continue
            }
            let length = sequenceLength(in: field, at: here, lead: byte)
            if length == 0 { return .notUTF8(position: here) }
            here += length
        }
        return nil
    }

    /// The length of the well-formed sequence at `here`, or 0: table 3-7 of the Unicode standard.
    private static func sequenceLength(in field: RawSpan, at here: Int, lead: UInt8) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0
        }
        guard here + length <= field.byteCount, second.contains(field[here + 1]) else { return 0 }
        for offset in 2..<max(length, 2) where field[here + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }
}

extension RawSpan {
    /// The byte at `position`, which is checked.
    fileprivate subscript(position: Int) -> UInt8 {
        // The bounds are checked, and every bit pattern is a UInt8.
        unsafe unsafeLoad(fromByteOffset: position, as: UInt8.self)
    }
}

extension TextFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notUTF8(let position): "is not UTF-8 from byte \(position) on"
        case .nul(let position): "has a NUL byte at \(position)"
        }
    }
}
