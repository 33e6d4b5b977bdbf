import CVectorKernels

/// Rows in lists of those that point the same way: which lists to look at for a query, and the rows' codes list by list.
///
///     list        0               1          2 …
///     positions   0 … n₀−1        n₀ …            codes, terms and row numbers lie in the order of positions
package struct InvertedLists: Sendable {
    /// Where a list's rows are, and what it says of them.
    package struct List: Sendable, Equatable {
        /// The position of its first row, and how many rows it has.
        package let first: Int
        package let count: Int
        /// The root of the rows' mean squared length, and their mean bias: what turns a direction into a score.
        package let length: Float
        package let bias: Float

        package init(first: Int, count: Int, length: Float, bias: Float) {
            (self.first, self.count, self.length, self.bias) = (first, count, length, bias)
        }
    }

    package let components: Int
    package let lists: [List]
    /// Rows in all lists.
    package let count: Int
    /// The number of the row at each position: UInt32.
    package let numbers: RowSegments
    package let codes: RowSegments
    package let terms: RowSegments
    /// Lists × the floats of a representation: the lists' directions.
    let centroids: [Float]
    /// The codes of the lists' directions, and what one step stands for.
    private let centroidCodes: [Int8]
    private let centroidScales: [Float]

    /// - Parameter centroids: lists × the floats of a representation, each a direction of length 1 or zeros.
    /// - Throws: `ScanTableError` if the parts do not fit each other.
    package init(
        components: Int, centroids: [Float], lists: [List], numbers: RowSegments, codes: RowSegments, terms: RowSegments
    ) throws(ScanTableError) {
        let shape = RowShape(components: components)
        guard codes.rows == numbers.rows, terms.rows == numbers.rows else {
            throw .rowsDiffer(representations: numbers.rows, codes: codes.rows, terms: terms.rows)
        }
        for (name, matrix, expected) in [("numbers", numbers, 4), ("codes", codes, shape.codeBytes), ("terms", terms, RowShape.termsBytes)]
        where matrix.stride != expected {
            throw .strideDiffers(matrix: name, expected: expected, found: matrix.stride)
        }
        var next = 0
        for list in lists {
            guard list.first == next, list.count >= 0, list.count <= numbers.rows - next else {
                throw .gap(expectedRow: next, foundRow: list.first)
            }
            next += list.count
        }
        guard next == numbers.rows, centroids.count == lists.count * shape.representationFloats else {
            throw .gap(expectedRow: numbers.rows, foundRow: next)
        }
        let biases = [Float](repeating: 0, count: lists.count)
        guard let coded = try? RowCoder(components: components).code(centroids.span, biases: biases.span) else {
            throw .notSound(matrix: "centroids")
        }
        (self.components, self.lists, count) = (components, lists, numbers.rows)
        (self.numbers, self.codes, self.terms) = (numbers, codes, terms)
        self.centroids = centroids
        centroidCodes = coded.codes
        centroidScales = lists.indices.map { coded.terms[4 * $0] }
    }

    /// The list of each row of a table; nil for rows that are in none.
    func listsByRow(below bound: Int) -> [UInt32?] {
        var found = [UInt32?](repeating: nil, count: bound)
        for (number, list) in lists.enumerated() {
            for position in list.first..<list.first + list.count {
                // In bounds: the lists together have as many positions as the numbers.
                let row = Int(UInt32(littleEndian: unsafe numbers.address(of: position).loadUnaligned(as: UInt32.self)))
                if row < bound { found[row] = UInt32(number) }
            }
        }
        return found
    }

    /// The lists in the order in which a query looks at them: the likeliest first.
    ///
    /// - Parameter count: how many are looked at as a rule.
    func order(for query: QueryVector, by similarity: Similarity, first count: Int) -> ListOrder {
        let width = RowShape(components: components).codeBytes
        var dots = [Int32](repeating: 0, count: lists.count)
        // In bounds: each list has a code of `width` bytes, and the query's is as long.
        unsafe centroidCodes.withUnsafeBufferPointer { codes in
            guard let start = codes.baseAddress else { return }
            unsafe scan_dot_codes(start, width, width, lists.count, query.codes, &dots)
        }
        let step = query.relativeScale
        var worths = [Float](repeating: 0, count: lists.count)
        switch similarity {
        case .cosine:
            for list in lists.indices { worths[list] = Float(dots[list]) * centroidScales[list] }
        case .innerProduct:
            let norm = Float(query.norm)
            for list in lists.indices {
                worths[list] = Float(dots[list]) * centroidScales[list] * step * norm * lists[list].length + lists[list].bias
            }
        }
        return ListOrder(worths, first: count)
    }
}
