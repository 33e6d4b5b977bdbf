/// Why rows in memory cannot be searched.
package enum ScanTableError: Error, Equatable, CustomStringConvertible {
    case gap(expectedRow: Int, foundRow: Int)
    case tooManyRows(Int)
    case rowsDiffer(representations: Int, codes: Int, terms: Int)
    case strideDiffers(matrix: String, expected: Int, found: Int)
    case componentsDiffer(table: Int, query: Int)
    case filtersDiffer(queries: Int, filters: Int)
    case layerOutOfOrder
    case notSound(matrix: String)

    package var description: String {
        switch self {
        case .gap(let expected, let found):
            "the blocks of a matrix do not join up: row \(expected) was expected next, and a block starts at row \(found); "
                + "verify the version"
        case .tooManyRows(let rows):
            "a matrix of \(rows) rows is too long: indices have 32 bits"
        case .rowsDiffer(let representations, let codes, let terms):
            "the matrices of a version differ in length: \(representations) representations, \(codes) codes, "
                + "\(terms) terms; verify the version"
        case .strideDiffers(let matrix, let expected, let found):
            "the rows of the \(matrix) are \(found) bytes apart where \(expected) were expected; verify the version"
        case .componentsDiffer(let table, let query):
            "a query of \(query) components cannot be compared with rows of \(table); build it from the same version"
        case .notSound(let matrix): "the \(matrix) of an index are not sound; build it again"
        case .layerOutOfOrder: "the row numbers of a layer do not ascend; verify the version"
        case .filtersDiffer(let queries, let filters):
            "\(queries) queries came with \(filters) filters; give one filter to each query"
        }
    }
}
