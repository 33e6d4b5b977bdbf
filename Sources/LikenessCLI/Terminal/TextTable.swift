import PlainText

/// Rows of text in columns that line up, for people. Scripts use `--json`.
struct TextTable {
    /// A column's heading and the side its cells keep to.
    struct Column {
        let heading: String
        let isRightAligned: Bool

        /// A column of words.
        static func words(_ heading: String) -> Column {
            Column(heading: heading, isRightAligned: false)
        }

        /// A column of numbers.
        static func numbers(_ heading: String) -> Column {
            Column(heading: heading, isRightAligned: true)
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []
    /// Cells wider than this are cut, so that one long name does not push every line over the edge.
    private static let widestCell = 60

    init(_ columns: Column...) {
        self.columns = columns
    }

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row, one cell for each column.
    mutating func add(_ cells: String...) {
        add(cells)
    }

    /// Adds a row, one cell for each column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count)
        rows.append(cells.map { $0.printable.cut(to: TextTable.widestCell) })
    }

    /// The table as lines, the headings first.
    func lines() -> [String] {
        let all = [columns.map(\.heading)] + rows
        let widths = columns.indices.map { column in all.reduce(0) { max($0, $1[column].displayWidth) } }
        return all.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - cell.displayWidth)
                line += (index == 0 ? "" : "  ") + (columns[index].isRightAligned ? padding + cell : cell + padding)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Writes the table to standard output.
    func print() {
        for line in lines() { Terminal.writeLine(line) }
    }
}
