import PlainText

/// Reads the text of a `FilterExpression`: Dijkstra's shunting-yard, with the operators that wait on a stack of their own.
struct FilterExpressionParser {
    private enum Operator: Equatable {
        case or, and, not
        case parenthesis(position: Int)

        /// Operators bind the tighter, the higher.
        var precedence: Int {
            switch self {
            case .parenthesis: 0
            case .or: 1
            case .and: 2
            case .not: 3
            }
        }
    }

    private enum Token {
        case opening, closing, and, or, not
        case label(String)
    }

    private let text: [Character]
    private var index = 0
    private var steps: [FilterExpression.Step] = []
    private var waiting: [Operator] = []
    private var labels: [String] = []
    private var positions: [String: Int] = [:]

    init(_ text: String) {
        self.text = Array(text)
    }

    mutating func parse() throws(FilterExpressionError) -> (steps: [FilterExpression.Step], labels: [String]) {
        var wantsLabel = true
        while true {
            skipSpaces()
            let start = index
            guard let token = try next() else { break }
            if wantsLabel {
                switch token {
                case .label(let label):
                    push(label)
                    wantsLabel = false
                case .not: waiting.append(.not)
                case .opening: waiting.append(.parenthesis(position: start + 1))
                case .and, .or, .closing: throw .missingLabel(position: start + 1, found: written(from: start))
                }
            } else {
                switch token {
                case .and, .or:
                    let isAnd = if case .and = token { true } else { false }
                    finish(downTo: isAnd ? Operator.and.precedence : Operator.or.precedence)
                    waiting.append(isAnd ? .and : .or)
                    wantsLabel = true
                case .closing:
                    finish(downTo: 1)
                    guard case .parenthesis = waiting.popLast() else { throw .unopenedParenthesis(position: start + 1) }
                case .label, .not, .opening: throw .missingOperator(position: start + 1, found: written(from: start))
                }
            }
        }
        if steps.isEmpty && waiting.isEmpty { throw .empty }
        if wantsLabel { throw .missingLabel(position: text.count + 1, found: "") }
        finish(downTo: 1)
        if case .parenthesis(let position) = waiting.last { throw .unclosedParenthesis(position: position) }
        return (steps, labels)
    }

    private mutating func push(_ label: String) {
        let position = positions[label] ?? labels.count
        if position == labels.count {
            labels.append(label)
            positions[label] = position
        }
        steps.append(.label(position))
    }

    /// Moves waiting operators that bind at least so tightly to the steps.
    private mutating func finish(downTo precedence: Int) {
        while let last = waiting.last, last.precedence >= precedence {
            waiting.removeLast()
            switch last {
            case .or: steps.append(.or)
            case .and: steps.append(.and)
            case .not: steps.append(.not)
            case .parenthesis: break
            }
        }
    }

    private mutating func next() throws(FilterExpressionError) -> Token? {
        guard index < text.count else { return nil }
        switch text[index] {
        case "(":
            index += 1
            return .opening
        case ")":
            index += 1
            return .closing
        default: break
        }
        let start = index
        while index < text.count, !isEnd(text[index]), text[index] != ":" { index += 1 }
        let head = String(text[start..<index]).labelForm
        guard index < text.count, text[index] == ":", !head.isEmpty else {
            switch head {
            case "and": return .and
            case "or": return .or
            case "not": return .not
            default: throw .notALabel(position: start + 1, found: written(from: start))
            }
        }
        index += 1
        let value = try value()
        guard !value.isEmpty else { throw .notALabel(position: start + 1, found: written(from: start)) }
        return .label("\(head):\(value.labelForm)")
    }

    private mutating func value() throws(FilterExpressionError) -> String {
        guard index < text.count, text[index] == "\"" else {
            let start = index
            while index < text.count, !isEnd(text[index]) { index += 1 }
            return String(text[start..<index])
        }
        let opening = index
        var value = ""
        index += 1
        while index < text.count, text[index] != "\"" {
            if text[index] == "\\", index + 1 < text.count { index += 1 }
            value.append(text[index])
            index += 1
        }
        guard index < text.count else { throw .unclosedQuote(position: opening + 1) }
        index += 1
        return value
    }

    private func isEnd(_ character: Character) -> Bool {
        character.isWhitespace || character == "(" || character == ")"
    }

    /// What stands at a place, for messages: a parenthesis, or all up to the next space or parenthesis.
    private func written(from start: Int) -> String {
        if text[start] == "(" || text[start] == ")" { return String(text[start]) }
        return String(text[start...].prefix(40).prefix { !isEnd($0) })
    }

    private mutating func skipSpaces() {
        while index < text.count, text[index].isWhitespace { index += 1 }
    }
}
