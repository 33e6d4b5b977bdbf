// The standard library has Unicode's normal forms and shows them to Foundation alone; Foundation would add its tables to every program.
@_spi(_Unicode) import Swift

extension StringProtocol {
    /// The text as labels of features have it: in lower case, with letters and their accents composed (NFC).
    ///
    /// - Complexity: O(bytes).
    package var labelForm: String {
        let text = lowercased()
        return text.utf8.allSatisfy { $0 < 0x80 } ? text : text.composed
    }
}

extension String {
    /// The same text with letters and their accents composed where Unicode has one character for both (NFC).
    package var composed: String {
        var scalars = UnicodeScalarView()
        scalars.append(contentsOf: _nfc)
        return String(scalars)
    }

    /// The same text with letters and their accents as characters of their own (NFD).
    package var decomposed: String {
        var scalars = UnicodeScalarView()
        scalars.append(contentsOf: _nfd)
        return String(scalars)
    }
}
