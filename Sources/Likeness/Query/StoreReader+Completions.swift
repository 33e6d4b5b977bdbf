import LMDB
import LikenessFormat
public import LikenessStore
import PlainText

extension StoreReader {
    /// Terms of queries that begin as a half-typed one does, for a prompt: ids of items and users, labels of features, and names of items.
    ///
    /// ```swift
    /// try store.completions(of: "tag:dra")  // ["tag:dragon", "tag:dragons"]
    /// try store.completions(of: "item:Tilt Br")  // ["item:name=Tilt Brush"]
    /// ```
    /// Ids are compared as they are, labels and names whatever their case. Names are looked through if the text has two letters of one.
    ///
    /// - Parameters:
    ///   - start: the beginning of a term, with its sign and weight if it has them.
    ///   - limit: how many at the most.
    /// - Throws: `QueryError.store`.
    /// - Complexity: O(limit × log n), and O(items) for names.
    public func completions(of start: String, limit: Int = 50) throws(QueryError) -> [String] {
        guard limit > 0 else { throw .badCount(limit) }
        // A weight stays as it is: "+2*tag:dra".
        let rest = start.drop { $0 == "+" || $0 == "-" }
        let star = rest.firstIndex(of: "*").flatMap { Double(rest[..<$0]) == nil ? nil : rest.index(after: $0) }
        let term = String(star.map { rest[$0...] } ?? rest)
        let head = String(start.dropLast(term.count))
        do throws(StoreError) {
            return try terms(from: term, limit: limit).prefix(limit).map { head + $0 }
        } catch {
            throw .store(error)
        }
    }

    private func terms(from term: String, limit: Int) throws(StoreError) -> [String] {
        let transaction = try Reading(environment)
        guard let colon = term.firstIndex(of: ":") else {
            let types = ["item:", "user:", "user-feature:"].filter { $0.hasPrefix(term.labelForm) }
            if term.isEmpty { return types }
            return types + (try ids(.itemFeature, from: term.labelForm, limit, in: transaction))
        }
        let value = String(term[colon...].dropFirst())
        switch term[..<colon].lowercased() {
        case "item":
            let named = ItemName.given(by: value)
            var found = named == nil ? try ids(.item, from: value, limit, in: transaction) : []
            if named != nil || value.count > 1 {
                found += try names(from: named ?? value, limit - found.count, in: transaction).map(ItemName.written)
            }
            return found.map { "item:" + $0 }
        case "user": return try ids(.user, from: value, limit, in: transaction).map { "user:" + $0 }
        case "user-feature":
            return try ids(.userFeature, from: value.labelForm, limit, in: transaction).map { "user-feature:" + $0 }
        default:
            let labels = try ids(.itemFeature, from: term.labelForm, limit, in: transaction)
            let others = try ids(.userFeature, from: term.labelForm, limit, in: transaction)
            return labels + others.filter { !labels.contains($0) }
        }
    }

    /// The ids of a vocabulary that begin with a text, in the order of their bytes.
    private func ids(
        _ kind: RowKind, from start: String, _ limit: Int, in transaction: borrowing Reading
    ) throws(StoreError) -> [String] {
        guard let indices = tables.vocabularies[kind]?.indices else { return [] }
        var found: [String] = []
        var cursor = try transaction.cursor(in: indices)
        var more = start.isEmpty ? try cursor.move(to: .first) : try cursor.move(toFirstNotLessThan: Array(start.utf8))
        while more, found.count < limit {
            let id = cursor.key.text
            guard id.utf8.starts(with: start.utf8) else { break }
            found.append(id)
            more = try cursor.move(to: .next)
        }
        return found
    }

    /// Names of items that begin with a text, whatever its case; each once.
    private func names(from start: String, _ limit: Int, in transaction: borrowing Reading) throws(StoreError) -> [String] {
        guard limit > 0 else { return [] }
        let folded = start.labelForm
        var found: [String] = []
        try ItemName.forEach(tables, in: transaction) { _, name in
            if name.labelForm.hasPrefix(folded), !found.contains(name) { found.append(name) }
            return found.count < limit
        }
        return found
    }
}
