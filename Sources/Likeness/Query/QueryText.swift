import LikenessSearch
import PlainText

/// How queries are written.
enum QueryText {
    /// A sum, or a single term whose value may hold spaces without quotes.
    static func expression(_ text: String) throws(QueryError) -> QueryExpression {
        do throws(QueryExpressionError) {
            return try QueryExpression(text)
        } catch {
            let isSum = text.hasPrefix("+") || text.hasPrefix("-")
            if !isSum, case .missingSign = error, let single = try? QueryExpression(single: text) { return single }
            throw .unreadable(error.description.printable)
        }
    }
}
