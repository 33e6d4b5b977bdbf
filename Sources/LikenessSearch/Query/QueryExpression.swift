/// A sum of items, users and features to search for, such as `+tag:tiltbrush +item:b -2*tag:anime`.
///
///     expression = term { space term }
///     term       = [ sign ] [ weight "*" ] type ":" value      the sign may be left out of the first term only
///     value      = characters without spaces, or in "double quotes" with \" and \\ inside
///
/// `item:` and `user:` name items and users by id; any other type names a feature, lower-cased. `user-feature:country:fr` names the
/// feature `country:fr` of users where items have one of the same label.
public struct QueryExpression: Sendable, Hashable, CustomStringConvertible {
    /// The terms in the order written; at least one.
    public let terms: [QueryTerm]

    /// Reads a sum of terms.
    ///
    /// - Throws: `QueryExpressionError` with the position of what cannot be read.
    public init(_ text: String) throws(QueryExpressionError) {
        var parser = QueryExpressionParser(text)
        terms = try parser.terms()
    }

    /// Reads one term that may have spaces in its value without quotes, such as `tag:low poly`.
    ///
    /// - Throws: `QueryExpressionError` with the position of what cannot be read.
    public init(single text: String) throws(QueryExpressionError) {
        var parser = QueryExpressionParser(text)
        terms = [try parser.single()]
    }

    /// The expression as `init(_:)` reads it back.
    public var description: String {
        terms.map(\.description).joined(separator: " ")
    }
}
