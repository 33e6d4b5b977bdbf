import DelimitedText
import LikenessStore

/// What a field must be to be kept; each check gives the reason why it is not, for the rejects file.
enum FieldChecks {
    /// An id or a label: not empty, not too long, UTF-8 without NUL bytes.
    @inline(__always)
    static func identifier(_ field: RawSpan, _ what: String) -> String? {
        if field.byteCount == 0 { return "the \(what) is empty" }
        if field.byteCount > Vocabulary.idByteLimit {
            return "the \(what) has \(field.byteCount) bytes; at most \(Vocabulary.idByteLimit) can be kept"
        }
        return text(field, what)
    }

    /// Any text: UTF-8 without NUL bytes.
    @inline(__always)
    static func text(_ field: RawSpan, _ what: String) -> String? {
        guard let fault = TextFault.first(in: field) else { return nil }
        if case .notUTF8(let position) = fault, unsafe field.withUnsafeBytes({ unsafe $0[position] }) == JSONLinesReader.listEnd {
            return "the \(what) is not UTF-8 from byte \(position) on, or a list"
        }
        return "the \(what) \(fault)"
    }

    /// The bytes without white space at their ends.
    static func trimmed(_ field: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (start, end) = (0, field.count)
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        while start < end, isSpace(unsafe field[start]) { start += 1 }
        while end > start, isSpace(unsafe field[end - 1]) { end -= 1 }
        return unsafe UnsafeRawBufferPointer(rebasing: field[start..<end])
    }

    /// Whether an id looks like another one: white space at its ends, or characters that cannot be seen.
    @inline(__always)
    static func looksOdd(_ field: UnsafeRawBufferPointer) -> Bool {
        guard field.count > 0 else { return false }
        if unsafe field[0] <= 0x20 || field[field.count - 1] <= 0x20 { return true }
        // Eight bytes at a time: a top bit is a byte beyond ASCII, and one of `word - 0x20…` may be a control character.
        var here = 0
        var marks: UInt64 = 0
        while here + 8 <= field.count {
            let word = unsafe field.loadUnaligned(fromByteOffset: here, as: UInt64.self)
            marks |= word | (word &- 0x2020_2020_2020_2020) | ((word ^ 0x7F7F_7F7F_7F7F_7F7F) &- 0x0101_0101_0101_0101)
            here += 8
        }
        var isPlain = marks & 0x8080_8080_8080_8080 == 0
        while here < field.count {
            let byte = unsafe field[here]
            if byte < 0x20 || byte >= 0x7F { isPlain = false }
            here += 1
        }
        return isPlain ? false : unsafe String(decoding: field, as: UTF8.self).unicodeScalars.contains(where: \.steers)
    }

    /// A weight: a finite number of 0 or more; an empty field is 1.
    static func weight(_ text: String) -> Result<Float, RowFault> {
        let text = text.filter { !$0.isWhitespace }
        if text.isEmpty { return .success(1) }
        guard let value = Float(text) else { return .failure(RowFault("the weight '\(text.printable(atMost: 60))' is not a number")) }
        guard value.isFinite else { return .failure(RowFault("the weight is \(text); it must be a finite number")) }
        guard value >= 0 else {
            return .failure(RowFault("the weight \(text) is negative; ingest dislikes with --dislikes instead"))
        }
        return .success(value)
    }
}

/// Why a row cannot be kept.
struct RowFault: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
