import CVectorKernels

/// A vector to search for, with its code.
///
/// The query's code has 16 bits a component where the rows' have 8: widening both costs the same, and what coding loses
/// of the query then hardly counts. The largest digit is lowered for long vectors so that a dot product of codes, at
/// most `components · 127 · digit`, fits in 32 bits.
package struct QueryVector: Sendable {
    /// Components without the padding.
    package let components: Int
    /// The vector, padded with zeros to a multiple of 16 floats.
    package let values: [Float]
    /// Its length, in double.
    package let norm: Double
    /// Its code, padded with zeros to a multiple of 64.
    let codes: [Int16]
    /// What one step of the code stands for, divided by the length.
    let relativeScale: Float
    /// ‖vector − scale·code‖ / ‖vector‖, rounded up, plus the slack for rounding (see `ScanBound`).
    let relativeError: Float

    /// The longest vector whose code has at least 8 bits.
    package static let maximumComponents = 65_536

    /// Lengths between which float arithmetic on bounds neither overflows nor underflows. A query outside of them is
    /// answered without codes.
    static let codedNorms = 1e-30...1e30

    /// Whether the codes may be used: false for a zero vector and for extreme lengths.
    var isCoded: Bool { Self.codedNorms.contains(norm) }

    /// Creates a query from its components.
    ///
    /// - Throws: `QueryVectorError.notFinite` with the first offending component.
    /// - Complexity: O(components).
    package init(_ vector: [Float]) throws(QueryVectorError) {
        guard vector.count <= Self.maximumComponents else { throw .tooManyComponents(vector.count) }
        if let component = vector.firstIndex(where: { !$0.isFinite }) { throw .notFinite(component: component) }
        let shape = RowShape(components: vector.count)
        components = vector.count
        values = vector + [Float](repeating: 0, count: shape.representationFloats - vector.count)
        norm = unsafe scan_dot_exact(values, values, values.count).squareRoot()

        var codes = [Int16](repeating: 0, count: shape.codeBytes)
        let largest = vector.reduce(0) { max($0, Double(abs($1))) }
        let digits = min(32_767, Double(Int32.max) / (127 * Double(max(1, shape.codeBytes)))).rounded(.down)
        let scale = largest / digits
        guard Self.codedNorms.contains(norm) else {
            self.codes = codes
            relativeScale = 0
            relativeError = 0
            return
        }
        var lost = 0.0
        for (index, value) in vector.enumerated() {
            let step = (Double(value) / scale).rounded(.toNearestOrEven)
            codes[index] = Int16(step)
            let difference = Double(value) - scale * step
            lost += difference * difference
        }
        self.codes = codes
        relativeScale = Float(scale / norm)
        relativeError = Float(lost.squareRoot() / norm).nextUp + ScanBound.slack
    }

    /// Creates the sum of weighted terms, each scaled to unit length first, so that weights compare directions.
    ///
    /// - Throws: `QueryVectorError.zeroTerm` if a term has no direction, `.zeroSum` if the terms cancel each other out.
    package init(
        summing terms: [(term: QueryTerm, vector: [Float])], components: Int
    ) throws(QueryVectorError) {
        var sum = [Double](repeating: 0, count: components)
        var weights = 0.0
        for (term, vector) in terms {
            guard vector.count == components else {
                throw .componentsDiffer(term: term.label, expected: components, found: vector.count)
            }
            if let component = vector.firstIndex(where: { !$0.isFinite }) { throw .notFinite(component: component) }
            let length = unsafe scan_dot_exact(vector, vector, components).squareRoot()
            guard length > 0 else { throw .zeroTerm(term.label) }
            for index in sum.indices { sum[index] += term.weight * (Double(vector[index]) / length) }
            weights += abs(term.weight)
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // Below this the direction is nothing but the rounding of the terms' floats.
        guard length > weights * 1e-6 else { throw .zeroSum }
        try self.init(sum.map { Float($0 / length) })
    }
}

/// A query's code of 8 bits a component, for scans by panels: it lets a few more rows through than that of 16 bits, and its products take a
/// quarter of the time.
struct QueryBytes {
    /// Padded with zeros to a multiple of 64.
    let codes: [Int8]
    /// 128 × the sum of the codes, which panels add to each product.
    let correction: Int32
    /// As of the query itself, with this code.
    let relativeScale: Float
    let relativeError: Float

    /// - Precondition: the query is coded.
    /// - Complexity: O(components).
    init(_ query: QueryVector) {
        var codes = [Int8](repeating: 0, count: query.codes.count)
        let largest = query.values.reduce(0) { max($0, Double(abs($1))) }
        let scale = largest / 127
        var (lost, sum) = (0.0, Int32(0))
        for index in 0..<query.components {
            let value = Double(query.values[index])
            let step = (value / scale).rounded(.toNearestOrEven)
            codes[index] = Int8(step)
            sum += Int32(codes[index])
            let difference = value - scale * step
            lost += difference * difference
        }
        self.codes = codes
        correction = 128 * sum
        relativeScale = Float(scale / query.norm)
        relativeError = Float(lost.squareRoot() / query.norm).nextUp + ScanBound.slack
    }
}
