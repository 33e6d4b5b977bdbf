import PlainText

/// The names in a file's first record, and where each column stands.
package struct Header: Equatable, Sendable {
    /// The names in the order of the columns.
    package let names: [String]

    /// A header of these names.
    package init(names: [String]) { self.names = names }

    /// The header that `record` holds.
    package init(_ record: borrowing DelimitedRecord) {
        var names: [String] = []
        for index in 0..<record.count { names.append(record.text(index)) }
        self.names = names
    }

    /// The position of the column called `name`.
    ///
    /// - Throws: ``HeaderError`` when no column or more than one is called so.
    /// - Complexity: O(columns).
    package func position(of name: String) throws(HeaderError) -> Int {
        guard let position = try position(ifPresent: name) else {
            throw .missing(column: name, columns: names, near: nearMisses(of: name))
        }
        return position
    }

    /// The position of the column called `name`, or `nil` when there is none.
    ///
    /// - Throws: ``HeaderError/ambiguous(column:positions:)`` when more than one column is called so.
    package func position(ifPresent name: String) throws(HeaderError) -> Int? {
        let positions = names.indices.filter { names[$0] == name }
        if positions.count > 1 { throw .ambiguous(column: name, positions: positions.map { $0 + 1 }) }
        return positions.first
    }

    /// Columns whose names differ from `name` by case, space or few letters, nearest first.
    private func nearMisses(of name: String) -> [String] {
        var near = NearMisses(of: folded(name))
        for known in names { near.consider(folded(known)) }
        return near.names.compactMap { text in names.first { folded($0) == text } }
    }

    private func folded(_ name: String) -> String {
        name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" && $0 != "\u{FEFF}" }
    }
}

/// Why a column was not found.
package enum HeaderError: Error, Equatable, Sendable {
    /// No column is called `column`; `near` are those with a similar name.
    case missing(column: String, columns: [String], near: [String])
    /// Several columns, counted from 1, are called `column`.
    case ambiguous(column: String, positions: [Int])
}

extension HeaderError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let column, let columns, let near):
            "the header has no column \"\(column.printable(atMost: 60))\". "
                + (near.isEmpty ? "" : "Did you mean \(quoted(near, " or "))? ") + "It has \(quoted(columns, ", ")). "
                + (columns.count == 1 ? "With a single column, the format (psv, csv, tsv) may be the wrong one. " : "")
                + "Name the column to use."
        case .ambiguous(let column, let positions):
            "the header has the column \"\(column.printable(atMost: 60))\" \(positions.count) times, in positions "
                + "\(positions.map(String.init).joined(separator: ", ")). Rename all but one."
        }
    }
}

/// Names as they may be shown, the first of very many.
private func quoted(_ names: [String], _ separator: String) -> String {
    let shown = names.prefix(30).map { "\"\($0.printable(atMost: 60))\"" }.joined(separator: separator)
    return names.count > 30 ? shown + " and \(names.count - 30) more" : shown
}
