/// Why a query cannot be read. Positions count characters from 1.
public enum QueryExpressionError: Error, Equatable, CustomStringConvertible {
    case empty
    case missingSign(position: Int, term: String)
    case missingType(position: Int, term: String)
    case missingName(position: Int, type: String)
    case notAWeight(position: Int, text: String)
    case unclosedQuote(position: Int)
    case textAfterQuote(position: Int)

    /// What happened, where, and how to write it.
    public var description: String {
        switch self {
        case .empty:
            "the query is empty; write for example tag:tiltbrush, or +tag:tiltbrush +item:a1 -tag:anime"
        case .missingSign(let position, let term):
            "\"\(term)\" at position \(position) has no sign: write +\(term) or -\(term), "
                + "or quote a value that has spaces: tag:\"low poly\""
        case .missingType(let position, let term):
            "\"\(term)\" at position \(position) does not say what it is: write tag:NAME, item:ID or user:ID"
        case .missingName(let position, let type):
            "\"\(type):\" at position \(position) names nothing: write \(type):NAME without a space, or \(type):\"NAME\""
        case .notAWeight(let position, let text):
            "\"\(text)\" at position \(position) is not a weight above 0: write +2*tag:NAME or -0.5*tag:NAME"
        case .unclosedQuote(let position):
            "the quote that opens at position \(position) is not closed; inside quotes write \\\" for a quote"
        case .textAfterQuote(let position):
            "text follows a closing quote at position \(position); put a space there, or write \\\" for a quote inside"
        }
    }
}
