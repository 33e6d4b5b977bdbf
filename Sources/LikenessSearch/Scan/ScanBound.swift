import CVectorKernels

/// What the codes say of a row's score, as an interval that holds the true one.
///
/// With x̂ = s_x·c_x and q̂ = s_q·c_q the coded row and query, ε_x = x − x̂ and ε_q = q − q̂,
///
///     x·q = x̂·q̂ + x̂·ε_q + ε_x·q
///     |x·q − s_x·s_q·(c_x·c_q)| ≤ ‖x̂‖·‖ε_q‖ + ‖ε_x‖·‖q‖          (Cauchy–Schwarz)
///     ‖x̂‖ ≤ ‖x‖ + ‖ε_x‖
///
/// Everything is divided by ‖q‖, so that for `‖x‖ ≤ 1e38` floats neither overflow nor lose more than this: the float
/// expression of the bound makes fewer than 16 roundings of at most 2⁻²⁴ each, relative to at most ‖x‖ + ‖ε_x‖, and
/// the stored norm is ‖x‖ within 2⁻²⁴. `slack` = 2⁻¹⁹ > 16·2⁻²⁴ of ‖x‖ + ‖ε_x‖ is therefore added to ‖ε_q‖/‖q‖. Rows
/// too small for that argument (underflow) have a code of zeros and twice their length as error (see `RowCoder`).
struct ScanBound {
    /// Added to the query's relative coding error.
    static let slack: Float = 0x1p-19

    let similarity: Similarity
    let scale: Double
    let error: Double
    let norm: Double

    init(_ query: QueryVector, _ similarity: Similarity) {
        self.similarity = similarity
        scale = Double(query.relativeScale)
        error = Double(query.relativeError)
        norm = query.norm
    }

    /// What the codes say with the query's code of 8 bits.
    init(_ query: QueryVector, _ bytes: QueryBytes, _ similarity: Similarity) {
        self.similarity = similarity
        scale = Double(bytes.relativeScale)
        error = Double(bytes.relativeError)
        norm = query.norm
    }

    /// The lowest and highest score that a row can have, given the dot product of the codes.
    func interval(dot: Int32, _ row: scan_row_terms) -> (low: Double, high: Double) {
        let middle = Double(dot) * scale * Double(row.scale)
        let spread = Double(row.error) + (Double(row.norm) + Double(row.error)) * error
        switch similarity {
        case .cosine:
            guard row.norm > 0 else { return (0, 0) }
            return ((middle - spread) / Double(row.norm), (middle + spread) / Double(row.norm))
        case .innerProduct:
            // The last addition rounds as the true score's does, and rounding keeps order.
            return ((middle - spread) * norm + Double(row.bias), (middle + spread) * norm + Double(row.bias))
        }
    }

    /// The test that keeps every row whose score may reach `threshold`.
    func test(threshold: Double) -> scan_select_test {
        // A score is rounded: rows that reach the threshold only by that are kept, and ties with them.
        let lowered = threshold - abs(threshold) * 0x1p-40
        var wanted = Float(min(lowered, 1e38))
        if Double(wanted) > lowered { wanted = wanted.nextDown }
        let cosine = similarity == .cosine
        return scan_select_test(
            query_scale: Float(scale), query_error: Float(error),
            norm_threshold: cosine ? wanted : 0,
            score_threshold: cosine ? 0 : wanted,
            inverse_norm: cosine ? 0 : Float(1 / norm))
    }
}
