/// What is wrong with a record as text; how many columns it should have is for the caller to say.
package enum RecordProblem: Equatable, Sendable {
    /// The record is longer than the reader's limit; it was skipped and holds no fields.
    case tooLong(limit: Int)
    /// The file ends inside a quoted field; the field holds everything to the end of the file,
    /// or, if that is longer than the limit, the record holds no fields.
    case unterminatedQuote
}

extension RecordProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let limit): "the record is longer than \(limit) bytes"
        case .unterminatedQuote: "a quoted field is still open at the end of the file"
        }
    }
}
