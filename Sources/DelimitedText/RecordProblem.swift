/// What is wrong with a record as text; how many columns it should have is for the caller to say.
package enum RecordProblem: Equatable, Sendable {
    /// The record is longer than the reader's limit; it was skipped and holds no fields.
    case tooLong(limit: Int)
    /// The file ends inside a quoted field; the field holds everything to the end of the file,
    /// or, if that is longer than the limit, the record holds no fields.
    case unterminatedQuote
    /// A quote opens a field in this line and, further down, does not end one; the record is this line alone, without fields.
    case strayQuote
    /// The line is no JSON object: what is wrong, and at which byte of the line.
    case notJSON(reason: String, position: Int)
}

extension RecordProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let limit): "the record is longer than \(limit) bytes"
        case .strayQuote:
            "a quote opens a field that no quote ends properly: it may be a stray one (a quote inside a field is written twice)"
        case .notJSON(let reason, let position): "the line is no JSON object: \(reason) at byte \(position)"
        case .unterminatedQuote: "a quoted field is still open at the end of the file"
        }
    }
}
