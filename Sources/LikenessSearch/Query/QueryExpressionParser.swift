import PlainText

/// Reads the text of a `QueryExpression`, character by character.
struct QueryExpressionParser {
    private let text: [Character]
    private var index = 0

    init(_ text: String) {
        self.text = Array(text)
    }

    mutating func terms() throws(QueryExpressionError) -> [QueryTerm] {
        var terms: [QueryTerm] = []
        skipSpaces()
        while index < text.count {
            terms.append(try term(isFirst: terms.isEmpty))
            skipSpaces()
        }
        guard !terms.isEmpty else { throw .empty }
        return terms
    }

    mutating func single() throws(QueryExpressionError) -> QueryTerm {
        skipSpaces()
        guard index < text.count else { throw .empty }
        let start = index
        let head = text[index...].prefix { $0 != ":" }
        let rest = text[index...].dropFirst(head.count + 1)
        if let first = rest.first, first != "\"", !first.isSpace, rest.contains(where: \.isSpace) {
            var value = String(rest)
            while value.last?.isSpace == true { value.removeLast() }
            index = start
            let (weight, type) = try prefix(isFirst: true)
            return Self.term(type: type, value: value, weight: weight)
        }
        let only = try term(isFirst: true)
        skipSpaces()
        guard index == text.count else { throw .textAfterQuote(position: index + 1) }
        return only
    }

    private mutating func term(isFirst: Bool) throws(QueryExpressionError) -> QueryTerm {
        let start = index
        let (weight, type) = try prefix(isFirst: isFirst)
        let value = try value()
        guard !value.isEmpty else { throw .missingName(position: start + 1, type: type) }
        return Self.term(type: type, value: value, weight: weight)
    }

    /// The sign, the weight and the type, up to and with the colon.
    private mutating func prefix(isFirst: Bool) throws(QueryExpressionError) -> (weight: Double, type: String) {
        let start = index
        var weight = 1.0
        if text[index] == "+" || text[index] == "-" {
            weight = text[index] == "-" ? -1 : 1
            index += 1
        } else if !isFirst {
            throw .missingSign(position: start + 1, term: word(from: start))
        }
        let head = text[index...].prefix { $0 != ":" && $0 != "\"" && !$0.isSpace }
        if let star = head.firstIndex(of: "*") {
            let number = String(head[..<star])
            guard let factor = Double(number), factor > 0, factor.isFinite else {
                throw .notAWeight(position: index + 1, text: number)
            }
            weight *= factor
            index = star + 1
        }
        let type = String(text[index...].prefix { $0 != ":" && $0 != "\"" && !$0.isSpace })
        let colon = index + type.count
        guard !type.isEmpty, colon < text.count, text[colon] == ":" else {
            throw .missingType(position: start + 1, term: word(from: start))
        }
        index = colon + 1
        return (weight, type)
    }

    private mutating func value() throws(QueryExpressionError) -> String {
        guard index < text.count, text[index] == "\"" else {
            let value = word(from: index)
            index += value.count
            return value
        }
        let opening = index
        var value = ""
        index += 1
        while index < text.count {
            switch text[index] {
            case "\"":
                index += 1
                if index < text.count, !text[index].isSpace { throw .textAfterQuote(position: index + 1) }
                return value
            case "\\" where index + 1 < text.count:
                value.append(text[index + 1])
                index += 2
            case let character:
                value.append(character)
                index += 1
            }
        }
        throw .unclosedQuote(position: opening + 1)
    }

    private static func term(type: String, value: String, weight: Double) -> QueryTerm {
        switch type.labelForm {
        case "item": QueryTerm(.item, value, weight: weight)
        case "user": QueryTerm(.user, value, weight: weight)
        case "user-feature": QueryTerm(.userFeature, value.labelForm, weight: weight)
        case let feature: QueryTerm(.feature, "\(feature):\(value.labelForm)", weight: weight)
        }
    }

    private func word(from start: Int) -> String {
        String(text[start...].prefix { !$0.isSpace })
    }

    private mutating func skipSpaces() {
        while index < text.count, text[index].isSpace { index += 1 }
    }
}

extension Character {
    /// Whether it is white space; of most characters that is known without a look into Unicode's tables.
    fileprivate var isSpace: Bool {
        if let byte = asciiValue { return byte == 32 || (9...13).contains(byte) }
        return isWhitespace
    }
}
