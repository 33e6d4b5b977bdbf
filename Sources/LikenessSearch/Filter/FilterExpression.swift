/// A condition on features, such as `tag:dragon and not (tag:anime or category:"low poly")`.
///
///     condition  = both { "or" both }
///     both       = one { "and" one }
///     one        = "not" one | "(" condition ")" | label
///     label      = type ":" value       lower-cased; the value ends at a space or parenthesis, or stands in "double quotes"
///                                       with \" and \\ inside
///
/// The words `and`, `or` and `not` may be written in either case. A condition that was read is a list of steps for a stack, so neither
/// reading nor evaluating one recurses, however deep its parentheses are.
public struct FilterExpression: Sendable, Hashable {
    /// One step on a stack of sets.
    enum Step: Sendable, Hashable {
        /// Pushes the rows that have a feature.
        case label(Int)
        /// Replaces the top by the rows that are not in it.
        case not
        /// Replaces the two sets on top by what both have.
        case and
        /// Replaces the two sets on top by what either has.
        case or
    }

    let steps: [Step]
    /// The labels that the condition names, lower-cased, each once, in the order of first appearance.
    public let labels: [String]

    /// Reads a condition.
    ///
    /// - Throws: `FilterExpressionError` with the position of what cannot be read.
    /// - Complexity: O(n) for n characters.
    public init(_ text: String) throws(FilterExpressionError) {
        var parser = FilterExpressionParser(text)
        (steps, labels) = try parser.parse()
    }

    /// The rows that meet the condition.
    ///
    /// - Parameters:
    ///   - bound: rows are 0 ..< `bound`.
    ///   - rowsByLabel: the rows that have each of `labels`.
    /// - Complexity: O(steps × `bound` / 64).
    package func rows(below bound: Int, rowsByLabel: [RowSet]) -> RowSet {
        precondition(rowsByLabel.count == labels.count, "one set a label")
        var stack: [RowSet] = []
        for step in steps {
            switch step {
            case .label(let position): stack.append(rowsByLabel[position])
            case .not: stack.append(stack.removeLast().complement())
            case .and:
                let right = stack.removeLast()
                stack.append(stack.removeLast().intersection(right))
            case .or:
                let right = stack.removeLast()
                stack.append(stack.removeLast().union(right))
            }
        }
        return stack.last ?? RowSet([], below: bound)
    }
}

/// Why a condition cannot be read. Positions count characters from 1.
public enum FilterExpressionError: Error, Equatable, Sendable {
    /// There is nothing in it.
    case empty
    /// A label, `not` or `(` must stand here.
    case missingLabel(position: Int, found: String)
    /// A label must be written `type:value`.
    case notALabel(position: Int, found: String)
    /// `and`, `or` or `)` must stand here.
    case missingOperator(position: Int, found: String)
    /// A parenthesis is not closed.
    case unclosedParenthesis(position: Int)
    /// A closing parenthesis has no opening one.
    case unopenedParenthesis(position: Int)
    /// A quotation mark is not closed.
    case unclosedQuote(position: Int)
}

extension FilterExpressionError: CustomStringConvertible {
    /// What is wrong, where, and how it is written.
    public var description: String {
        switch self {
        case .empty: "the condition is empty. Write one such as 'tag:dragon and not tag:anime'"
        case .missingLabel(let position, let found):
            "the condition needs a feature at character \(position), but \(found.isEmpty ? "it ends" : "'\(found)' stands") there. "
                + "Write a label such as tag:dragon, 'not' or a parenthesis"
        case .notALabel(let position, let found):
            "'\(found)' at character \(position) of the condition is no feature. Write TYPE:VALUE, such as tag:dragon"
        case .missingOperator(let position, let found):
            "the condition needs 'and' or 'or' at character \(position), before '\(found)'. "
                + "Put values with spaces into double quotes, such as tag:\"low poly\""
        case .unclosedParenthesis(let position): "the parenthesis at character \(position) of the condition is not closed"
        case .unopenedParenthesis(let position): "the parenthesis at character \(position) of the condition closes nothing"
        case .unclosedQuote(let position): "the quotation mark at character \(position) of the condition is not closed"
        }
    }
}
