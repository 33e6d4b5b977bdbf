import CVectorKernels

/// Rows in lists of those that point the same way: which lists to look at for a query, and the rows' codes list by list.
///
///     list        0               1          2 …
///     positions   0 … n₀−1        n₀ …            codes, terms and row numbers lie in the order of positions
///     layer       0 … m₀−1        m₀ …            rows that came or changed since, laid out alike; the newest layer that has a row wins
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

    /// Rows in the order of lists, with their numbers (UInt32), codes and terms.
    package struct Part: Sendable {
        package let numbers: RowSegments
        package let codes: RowSegments
        package let terms: RowSegments
        /// The rows that a newer layer has; nil if there is none.
        var hidden: RowSet?
    }

    /// Rows that came or changed since the lists were made.
    package struct Layer: Sendable {
        package internal(set) var part: Part
        /// Where the rows of each list begin, and where those of the last one end.
        let starts: [Int]

        /// - Parameter listOf: the list of each row, ascending.
        /// - Throws: `ScanTableError` if the parts do not fit each other.
        package init(
            numbers: RowSegments, codes: RowSegments, terms: RowSegments, listOf: [UInt32], lists: Int
        ) throws(ScanTableError) {
            guard listOf.count == numbers.rows, (listOf.last ?? 0) < lists, zip(listOf, listOf.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                throw .notSound(matrix: "lists of a layer")
            }
            var starts = [Int](repeating: 0, count: lists + 1)
            for list in listOf { starts[Int(list) + 1] += 1 }
            for list in 0..<lists { starts[list + 1] += starts[list] }
            self.starts = starts
            part = Part(numbers: numbers, codes: codes, terms: terms)
        }
    }

    package let components: Int
    package let lists: [List]
    /// Positions of the base.
    package let count: Int
    package let base: Part
    /// What lies over the base, oldest first.
    package let layers: [Layer]
    /// Lists × the floats of a representation: the lists' directions.
    let centroids: [Float]
    /// The codes of the lists' directions, and what one step stands for.
    private let centroidCodes: [Int8]
    private let centroidScales: [Float]

    /// - Parameters:
    ///   - centroids: lists × the floats of a representation, each a direction of length 1 or zeros.
    ///   - bound: a number that all rows are below.
    ///   - layers: oldest first.
    /// - Throws: `ScanTableError` if the parts do not fit each other.
    package init(
        components: Int, centroids: [Float], lists: [List], numbers: RowSegments, codes: RowSegments, terms: RowSegments,
        layers: [Layer] = [], below bound: Int = 0
    ) throws(ScanTableError) {
        let shape = RowShape(components: components)
        for part in [Part(numbers: numbers, codes: codes, terms: terms)] + layers.map(\.part) {
            let (numbers, codes, terms) = (part.numbers, part.codes, part.terms)
            guard codes.rows == numbers.rows, terms.rows == numbers.rows else {
                throw .rowsDiffer(representations: numbers.rows, codes: codes.rows, terms: terms.rows)
            }
            for (name, matrix, expected) in [
                ("numbers", numbers, 4), ("codes", codes, shape.codeBytes), ("terms", terms, RowShape.termsBytes),
            ] where matrix.stride != expected {
                throw .strideDiffers(matrix: name, expected: expected, found: matrix.stride)
            }
        }
        guard layers.allSatisfy({ $0.starts.count == lists.count + 1 }) else { throw .notSound(matrix: "lists of a layer") }
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
        var (over, newer) = (layers, RowSet?.none)
        for place in over.indices.reversed() {
            over[place].part.hidden = newer
            var set = newer ?? RowSet([], below: bound)
            for position in 0..<over[place].part.numbers.rows { set.insert(InvertedLists.row(over[place].part.numbers, position)) }
            newer = set
        }
        base = Part(numbers: numbers, codes: codes, terms: terms, hidden: newer)
        self.layers = over
        self.centroids = centroids
        centroidCodes = coded.codes
        centroidScales = lists.indices.map { coded.terms[4 * $0] }
    }

    /// The list of each row of a table; nil for rows that are in none.
    func listsByRow(below bound: Int) -> [UInt32?] {
        var found = [UInt32?](repeating: nil, count: bound)
        for (number, list) in lists.enumerated() {
            for position in list.first..<list.first + list.count {
                let row = Int(InvertedLists.row(base.numbers, position))
                if row < bound { found[row] = UInt32(number) }
            }
        }
        for layer in layers {
            for (row, list) in layer.placed where Int(row) < bound { found[Int(row)] = list }
        }
        return found
    }

    /// The row at a position, which must be one.
    static func row(_ numbers: RowSegments, _ position: Int) -> UInt32 {
        UInt32(littleEndian: unsafe numbers.address(of: position).loadUnaligned(as: UInt32.self))
    }

    /// The lists in the order in which a query looks at them: the likeliest first.
    ///
    /// - Parameters:
    ///   - bytes: the query's code of 8 bits, where that is faster.
    ///   - count: how many are looked at as a rule.
    func order(for query: QueryVector, _ bytes: QueryBytes?, by similarity: Similarity, first count: Int) -> ListOrder {
        let width = RowShape(components: components).codeBytes
        var dots = [Int32](repeating: 0, count: lists.count)
        // In bounds: each list has a code of `width` bytes, and the query's is as long.
        unsafe centroidCodes.withUnsafeBufferPointer { codes in
            guard let start = codes.baseAddress else { return }
            if let bytes {
                unsafe scan_dot_bytes(start, width, width, lists.count, bytes.codes, bytes.correction, &dots)
            } else {
                unsafe scan_dot_codes(start, width, width, lists.count, query.codes, &dots)
            }
        }
        let step = bytes?.relativeScale ?? query.relativeScale
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

extension InvertedLists.Layer {
    /// The rows of the layer with their lists, in the order of lists.
    package var placed: [(row: UInt32, list: UInt32)] {
        (0..<starts.count - 1).flatMap { list in
            (starts[list]..<starts[list + 1]).map { (InvertedLists.row(part.numbers, $0), UInt32(list)) }
        }
    }
}
