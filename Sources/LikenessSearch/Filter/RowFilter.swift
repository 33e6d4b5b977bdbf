/// Which rows a query may return. The same filter gives the same answer on every path.
package struct RowFilter: Sendable {
    /// Only these rows, if given.
    package let allowed: RowSet?
    /// Never these rows, if given.
    package let excluded: RowSet?

    /// Every row that is in the version.
    package static let none = RowFilter()

    /// Creates a filter: a row passes if it is in `allowed` (or that is nil) and not in `excluded`.
    package init(allowed: RowSet? = nil, excluded: RowSet? = nil) {
        self.allowed = allowed
        self.excluded = excluded
    }

    /// Whether `row` may be returned.
    package func passes(_ row: UInt32) -> Bool {
        if let excluded, excluded.contains(row) { return false }
        if let allowed { return allowed.contains(row) }
        return true
    }
}
