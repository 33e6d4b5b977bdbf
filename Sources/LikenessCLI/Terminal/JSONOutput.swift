import PlainText

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `--json` prints: one object on one line.
enum JSONOutput {
    /// Writes a value as one line of JSON, its keys in alphabetical order.
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        Terminal.writeLine(escaped(String(decoding: try encoder.encode(value), as: UTF8.self)))
    }

    /// The text with what steers a terminal as JSON escapes it. The encoder does so below U+0020 alone, and such characters stand in strings
    /// only.
    private static func escaped(_ json: String) -> String {
        if json.utf8.allSatisfy({ $0 < 0x7F }) { return json }
        return json.unicodeScalars.reduce(into: "") { text, scalar in
            guard scalar.steers else {
                text.unicodeScalars.append(scalar)
                return
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}
