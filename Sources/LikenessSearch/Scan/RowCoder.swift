import CVectorKernels

/// Makes the int8 codes and the terms of representations, which a scan reads in their place.
///
///     scale = max|x| / 127      code = round(x / scale)      error ≥ ‖x − scale·code‖₂      norm = ‖x‖₂
///
/// The same rows give the same bytes on every machine. `ScanBound` holds the proof that these terms bound every score.
/// A row so small that float arithmetic on it would underflow (max|x| < 1e-28) has a code of zeros, and twice its
/// length as its error.
package struct RowCoder: Sendable {
    /// The shape of the rows.
    package let shape: RowShape

    /// Lengths and biases above this are refused: bounds on them would overflow.
    package static let largestNorm: Float = 1e38
    /// Rows whose largest magnitude is below this are coded as zeros.
    static let smallestCoded: Float = 1e-28

    /// Coded rows, laid out as they lie on disk.
    package struct CodedRows: Sendable, Equatable {
        /// `shape.codeBytes` a row, zero padded.
        package var codes: [Int8]
        /// Four a row: scale, error, norm, bias. A row that is not in the version has norm −1.
        package var terms: [Float]
    }

    /// Creates a coder for rows of `components` components.
    package init(components: Int) {
        shape = RowShape(components: components)
    }

    /// Codes rows.
    ///
    /// - Parameters:
    ///   - representations: `shape.representationFloats` a row; the padding must be zero.
    ///   - biases: One a row.
    ///   - present: One a row; false for a row that is not in the version, whose values are not looked at. Nil: all are.
    ///   - firstRow: The index of the first row, for errors.
    /// - Throws: `RowCoderError` with the first row that is not finite or too large, or if the sizes differ.
    /// - Complexity: O(rows · components).
    package func code(
        _ representations: Span<Float>, biases: Span<Float>, present: [Bool]? = nil, firstRow: Int = 0
    ) throws(RowCoderError) -> CodedRows {
        let rows = biases.count
        guard representations.count == rows * shape.representationFloats else {
            throw .sizeDiffers(
                array: "representations", expected: rows * shape.representationFloats, found: representations.count)
        }
        if let present, present.count != rows {
            throw .sizeDiffers(array: "present", expected: rows, found: present.count)
        }
        var coded = CodedRows(
            codes: [Int8](repeating: 0, count: rows * shape.codeBytes), terms: [Float](repeating: 0, count: rows * 4))
        for row in 0..<rows {
            if let present, !present[row] {
                coded.terms[row * 4 + 2] = -1
                continue
            }
            let terms: scan_row_terms
            do {
                // In bounds: both sizes were checked against the number of rows.
                terms = try unsafe representations.withUnsafeBufferPointer { (floats) throws(RowCoderError) in
                    try unsafe coded.codes.withUnsafeMutableBufferPointer { (bytes) throws(RowCoderError) in
                        guard let source = floats.baseAddress, let target = bytes.baseAddress else {
                            return scan_row_terms(scale: 0, error: 0, norm: 0, bias: 0)
                        }
                        return try unsafe codeRow(
                            source + row * shape.representationFloats, into: target + row * shape.codeBytes,
                            row: firstRow + row)
                    }
                }
            }
            guard biases[row].isFinite else { throw .notFinite(row: firstRow + row) }
            guard abs(biases[row]) <= Self.largestNorm else { throw .tooLarge(row: firstRow + row) }
            coded.terms[row * 4] = terms.scale
            coded.terms[row * 4 + 1] = terms.error
            coded.terms[row * 4 + 2] = terms.norm
            coded.terms[row * 4 + 3] = biases[row]
        }
        return coded
    }

    private func codeRow(
        _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Int8>, row: Int
    ) throws(RowCoderError) -> scan_row_terms {
        let length = shape.components
        let largest = unsafe Float(bitPattern: scan_largest_magnitude(source, length))
        guard largest.isFinite else { throw .notFinite(row: row) }
        let norm = unsafe Float(scan_dot_exact(source, source, length).squareRoot())
        guard norm <= Self.largestNorm else { throw .tooLarge(row: row) }
        guard largest >= Self.smallestCoded else {
            return scan_row_terms(scale: 0, error: norm > 0 ? 2 * norm + 1e-36 : 0, norm: norm, bias: 0)
        }
        let scale = largest / 127
        let lost = unsafe scan_code_row(source, length, scale, target).squareRoot()
        // The sum in double is within 1e-10 of the true one; two floats up covers that and the rounding to float.
        return scan_row_terms(scale: scale, error: Float(lost).nextUp.nextUp, norm: norm, bias: 0)
    }
}
