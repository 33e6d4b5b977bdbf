/// An external id as a vocabulary holds it: 1 to 500 bytes of UTF-8 without NUL.
package enum Identifier {
    /// The longest id, in bytes: LMDB's keys end at 511.
    package static let byteLimit = 500

    /// Checks an id, the value of `<kind>.ids` or the key of `<kind>.indices`, and reads it.
    package static func parse(_ bytes: RawSpan) throws(Damage) -> String {
        try checkLength(bytes)
        let text = unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
        guard let text, !text.utf8.contains(0) else { throw Damage("it is not text") }
        return text
    }

    /// Checks an id. Most are ASCII, and no text is made of these.
    package static func check(_ bytes: RawSpan) throws(Damage) {
        try checkLength(bytes)
        if (0..<bytes.byteCount).allSatisfy({ (1..<0x80).contains(bytes.byte(at: $0)) }) { return }
        _ = try parse(bytes)
    }

    private static func checkLength(_ bytes: RawSpan) throws(Damage) {
        guard (1...byteLimit).contains(bytes.byteCount) else {
            throw Damage("an id has 1 to \(byteLimit) bytes, and this has \(bytes.byteCount)")
        }
    }
}

/// The value of `<kind>.indices`: the index of an id.
package enum VocabularyIndex {
    /// Checks an index and reads it.
    ///
    /// - Parameter length: the vocabulary's length, which every index is below.
    package static func parse(_ record: RawSpan, below length: UInt32) throws(Damage) -> UInt32 {
        guard record.byteCount == 4 else { throw Damage("an index has 4 bytes, and this has \(record.byteCount)") }
        let index: UInt32 = record.littleEndian(at: 0)
        guard index < length else { throw Damage("index \(index) is not below the vocabulary's length \(length)") }
        return index
    }
}
