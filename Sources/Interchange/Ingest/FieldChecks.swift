import DelimitedText
import LikenessFormat
import LikenessStore
import PlainText

/// What a field must be to be kept; each check gives the reason why it is not, for the rejects file.
enum FieldChecks {
    /// An id or a label: not empty, not too long, UTF-8 without NUL bytes.
    @inline(__always)
    static func identifier(_ field: RawSpan, _ what: String) -> String? {
        if field.byteCount == 0 { return "the \(what) is empty" }
        if field.byteCount > Vocabulary.idByteLimit {
            return "the \(what) has \(field.byteCount) bytes; at most \(Vocabulary.idByteLimit) can be kept"
        }
        if field.byte(at: 0) == 1, unsafe field.withUnsafeBytes({ unsafe $0.starts(with: Identifier.forgottenPrefix.utf8) }) {
            return "the \(what) is one that stands for a forgotten one"
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
