/// A sum of terms, such as `+tag:tiltbrush +item:a1 -tag:anime` or simply `tag:tiltbrush`.
///
/// ```
/// expression = term { space term }
/// term       = [ "+" | "-" ] [ number "*" ] kind ":" name
/// kind       = "item" | "user" | a feature's type, such as "tag"
/// name       = text without spaces | '"' text '"'        a quote inside quotes is doubled
/// ```
package struct QueryExpression: Sendable, Hashable {
    /// The terms, in order; at least one.
    package let terms: [QueryTerm]

    /// Reads an expression.
    ///
    /// - Throws: `QueryExpressionError` with the position, in characters from 1, of what cannot be read.
    /// - Complexity: O(characters).
    package init(_ text: String) throws(QueryExpressionError) {
        var parser = Parser(Array(text))
        var terms: [QueryTerm] = []
        while let term = try parser.next() { terms.append(term) }
        guard !terms.isEmpty else { throw .empty }
        self.terms = terms
    }

    private struct Parser {
        let characters: [Character]
        var position = 0

        init(_ characters: [Character]) {
            self.characters = characters
        }

        mutating func next() throws(QueryExpressionError) -> QueryTerm? {
            skipSpaces()
            guard position < characters.count else { return nil }
            let start = position
            var weight = 1.0
            if characters[position] == "+" || characters[position] == "-" {
                weight = characters[position] == "-" ? -1 : 1
                position += 1
                skipSpaces()
            }
            weight *= try factor()
            guard let colon = characters[position...].firstIndex(of: ":"),
                !characters[position..<colon].contains(where: { $0.isWhitespace || $0 == "\"" }), colon > position
            else {
                throw .noKind(String(characters[start...].prefix { !$0.isWhitespace }), position: start + 1)
            }
            let kind = String(characters[position..<colon])
            position = colon + 1
            let name = try name(of: kind, start: start)
            switch kind {
            case "item": return QueryTerm(.item(name), weight: weight)
            case "user": return QueryTerm(.user(name), weight: weight)
            default: return QueryTerm(.feature("\(kind):\(name.lowercased())"), weight: weight)
            }
        }

        /// A number before a star; 1 if there is none.
        private mutating func factor() throws(QueryExpressionError) -> Double {
            guard let star = characters[position...].firstIndex(of: "*") else { return 1 }
            let digits = String(characters[position..<star])
            guard !digits.isEmpty, digits.allSatisfy({ $0.isNumber || $0 == "." || $0 == "e" || $0 == "-" }) else { return 1 }
            guard let value = Double(digits), value.isFinite, value > 0 else {
                throw .badWeight(digits, position: position + 1)
            }
            position = star + 1
            return value
        }

        private mutating func name(of kind: String, start: Int) throws(QueryExpressionError) -> String {
            var name = ""
            if position < characters.count, characters[position] == "\"" {
                let quote = position
                position += 1
                while true {
                    guard position < characters.count else { throw .unterminatedQuote(position: quote + 1) }
                    if characters[position] == "\"" {
                        position += 1
                        guard position < characters.count, characters[position] == "\"" else { break }
                    }
                    name.append(characters[position])
                    position += 1
                }
            } else {
                while position < characters.count, !characters[position].isWhitespace {
                    name.append(characters[position])
                    position += 1
                }
            }
            if name.isEmpty { throw .noName(kind: kind, position: start + 1) }
            return name
        }

        private mutating func skipSpaces() {
            while position < characters.count, characters[position].isWhitespace { position += 1 }
        }
    }
}

/// Why a query cannot be read.
package enum QueryExpressionError: Error, Equatable, Sendable {
    case empty
    case noKind(String, position: Int)
    case noName(kind: String, position: Int)
    case badWeight(String, position: Int)
    case unterminatedQuote(position: Int)
}

extension QueryExpressionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the query is empty. Name what to be near to, such as tag:tiltbrush, item:ID or '+tag:a -tag:b'"
        case .noKind(let text, let position):
            "'\(text)' at position \(position) of the query does not say what it names. Write item:ID, user:ID or TYPE:VALUE, "
                + "such as tag:tiltbrush; put names with spaces in quotes, such as tag:\"low poly\""
        case .noName(let kind, let position):
            "'\(kind):' at position \(position) of the query names nothing. Put the name behind the colon"
        case .badWeight(let text, let position):
            "'\(text)' at position \(position) of the query is no weight. Write a positive number, such as +2*tag:anime"
        case .unterminatedQuote(let position):
            "the quote at position \(position) of the query is never closed. Close it, or double it if it is part of the name"
        }
    }
}
