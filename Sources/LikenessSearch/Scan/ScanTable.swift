/// The rows of one entity kind of one version, as they lie in the map: what a scan needs and nothing else.
///
/// The three matrices have the same rows and may be cut into blocks at different places. Layers lie over them: the newest layer that has
/// a row wins, and a row past the end of the matrices that no layer has is not in the version.
package struct ScanTable: Sendable {
    /// float32 rows, padded with zeros to a multiple of 16 floats.
    package let representations: RowSegments
    /// int8 rows, padded with zeros to a multiple of 64 bytes.
    package let codes: RowSegments
    /// Four float32 a row: scale, error, norm, bias.
    package let terms: RowSegments
    /// Components of a row, without the padding.
    package let components: Int
    /// What lies over the matrices, oldest first.
    package let layers: [ScanLayer]
    /// Of the matrices (0) and of each layer (1 …): the rows that a newer layer has; nil if there is none newer.
    let hidden: [RowSet?]
    /// Rows of the table, whether in the version or not.
    package let rows: Int

    /// Creates a table from its matrices and layers.
    ///
    /// - Throws: `ScanTableError` if they do not fit together.
    /// - Complexity: O(rows of the layers + rows / 64 for each).
    package init(
        representations: RowSegments, codes: RowSegments, terms: RowSegments, components: Int, layers: [ScanLayer] = []
    ) throws(ScanTableError) {
        guard representations.rows == terms.rows, codes.rows == terms.rows else {
            throw .rowsDiffer(representations: representations.rows, codes: codes.rows, terms: terms.rows)
        }
        let shape = RowShape(components: components)
        let parts = [(representations, codes, terms)] + layers.map { ($0.representations, $0.codes, $0.terms) }
        for (representations, codes, terms) in parts {
            for (name, matrix, expected) in [
                ("representations", representations, shape.representationBytes),
                ("codes", codes, shape.codeBytes),
                ("terms", terms, RowShape.termsBytes),
            ] where matrix.stride != expected {
                throw .strideDiffers(matrix: name, expected: expected, found: matrix.stride)
            }
        }
        let rows = layers.reduce(terms.rows) { max($0, $1.numbers.last.map { Int($0) + 1 } ?? 0) }
        var hidden: [RowSet?] = [nil]
        var newer: RowSet?
        for layer in layers.reversed() {
            var set = newer ?? RowSet([], below: rows)
            for row in layer.numbers { set.insert(row) }
            newer = set
            hidden.append(set)
        }
        self.hidden = hidden.reversed()
        self.rows = rows
        self.representations = representations
        self.codes = codes
        self.terms = terms
        self.components = components
        self.layers = layers
    }

    /// Where the newest contents of a row are: a part (0 for the matrices, 1 for the oldest layer, …) and the row in it; nil if the row
    /// is past the end of the matrices and no layer has it.
    ///
    /// - Complexity: O(1) for rows that no layer has, else O(layers × log rows).
    package func place(of row: UInt32) -> (part: Int, row: Int)? {
        if let hidden = hidden[0], hidden.contains(row) {
            for (index, layer) in layers.enumerated().reversed() {
                if let position = layer.position(of: row) { return (index + 1, position) }
            }
        }
        return Int(row) < terms.rows ? (0, Int(row)) : nil
    }

    /// The matrices of a part, and the numbers of its rows if these are not their places.
    package func part(_ part: Int) -> (representations: RowSegments, codes: RowSegments, terms: RowSegments, numbers: [UInt32]?) {
        if part == 0 { return (representations, codes, terms, nil) }
        let layer = layers[part - 1]
        return (layer.representations, layer.codes, layer.terms, layer.numbers)
    }
}
