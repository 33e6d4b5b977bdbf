import LikenessSearch

/// How queries are written.
public enum QueryText {
    /// The sum of terms that are written one by one, such as `["tag:low poly", "item:a1"]`.
    ///
    /// - Throws: `QueryError.unreadable` with the position of what cannot be read.
    public static func sum(of terms: [String]) throws(QueryError) -> String {
        var words: [String] = []
        for term in terms { words.append(try expression(term).description) }
        return words.joined(separator: " ")
    }

    /// A sum, or a single term whose value may hold spaces without quotes.
    static func expression(_ text: String) throws(QueryError) -> QueryExpression {
        do throws(QueryExpressionError) {
            return try QueryExpression(text)
        } catch {
            let isSum = text.hasPrefix("+") || text.hasPrefix("-")
            if !isSum, case .missingSign = error, let single = try? QueryExpression(single: text) { return single }
            throw .unreadable(error.description)
        }
    }
}
