/// The rows of one entity kind of one version, as they lie in the map: what a scan needs and nothing else.
///
/// The three matrices have the same rows and may be cut into blocks at different places.
package struct ScanTable: Sendable {
    /// float32 rows, padded with zeros to a multiple of 16 floats.
    package let representations: RowSegments
    /// int8 rows, padded with zeros to a multiple of 64 bytes.
    package let codes: RowSegments
    /// Four float32 a row: scale, error, norm, bias.
    package let terms: RowSegments
    /// Components of a row, without the padding.
    package let components: Int

    /// Rows of the table, whether in the version or not.
    package var rows: Int { terms.rows }

    /// Creates a table from its matrices.
    ///
    /// - Throws: `ScanTableError` if the matrices do not fit together.
    package init(
        representations: RowSegments, codes: RowSegments, terms: RowSegments, components: Int
    ) throws(ScanTableError) {
        guard representations.rows == terms.rows, codes.rows == terms.rows else {
            throw .rowsDiffer(representations: representations.rows, codes: codes.rows, terms: terms.rows)
        }
        let shape = RowShape(components: components)
        for (name, matrix, expected) in [
            ("representations", representations, shape.representationBytes),
            ("codes", codes, shape.codeBytes),
            ("terms", terms, RowShape.termsBytes),
        ] where matrix.stride != expected {
            throw .strideDiffers(matrix: name, expected: expected, found: matrix.stride)
        }
        self.representations = representations
        self.codes = codes
        self.terms = terms
        self.components = components
    }
}
