extension StringProtocol {
    /// The text for a message or a table: characters that steer a terminal or hide, such as escape, line breaks, bidirectional
    /// controls and the byte order mark, stand as `\u{1B}`, so that two texts that differ look different.
    ///
    /// - Complexity: O(bytes).
    package var printable: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(self) }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                if scalar.steers {
                    text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }

    /// The text, whose line feeds are meant, as ``printable``.
    package var printableLines: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A }) { return String(self) }
        return split(separator: "\n" as Character, omittingEmptySubsequences: false).map(\.printable).joined(separator: "\n")
    }

    /// The text with every character beyond ASCII as `\u{E9}`, so that texts that look the same can be told apart.
    ///
    /// - Complexity: O(bytes).
    package var spelledOut: String {
        printable.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isASCII {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            }
        }
    }

    /// The text for a message, cut after `length` characters.
    package func printable(atMost length: Int) -> String {
        let start = prefix(length)
        return start.endIndex == endIndex ? printable : start.printable + "…"
    }
}

extension String {
    /// A JSON text with what steers a terminal as JSON escapes it. Encoders do so below U+0020 alone, and such characters stand in strings only.
    package var jsonPrintable: String {
        if utf8.allSatisfy({ $0 < 0x7F }) { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            guard scalar.steers, scalar != "\n" else {
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

extension Unicode.Scalar {
    /// Whether the character does something other than to be seen: controls, the signs that turn the direction of writing, line and
    /// paragraph separators, and signs without width. Joiners and variation selectors, which scripts and emoji need, do not count.
    package var steers: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF, 0xFFF9...0xFFFB,
            0xE0000...0xE007F:
            true
        default: false
        }
    }
}
