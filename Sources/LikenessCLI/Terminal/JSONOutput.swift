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
        Terminal.writeLine(String(decoding: try encoder.encode(value), as: UTF8.self).jsonPrintable)
    }
}
