import Algorithms

/// Some rows that lie one after another in memory.
@safe package struct RowSegment: @unchecked Sendable {
    /// Where the first row starts. Any alignment is right; 64 bytes is fastest.
    package let base: UnsafeRawPointer
    /// The matrix row that lies there.
    package let firstRow: Int
    /// How many rows follow.
    package let rows: Int

    /// Creates a segment. The memory must stay mapped and unchanged for as long as the segment is used.
    @unsafe package init(base: UnsafeRawPointer, firstRow: Int, rows: Int) {
        unsafe self.base = base
        self.firstRow = firstRow
        self.rows = rows
    }
}

/// A matrix whose rows lie in memory in segments, such as the blocks of a version in the map.
///
///     row       0 … R−1     R … 2R−1    2R … n−1
///     memory   [segment 0] [segment 1] [segment 2]      each contiguous, `stride` bytes a row
@safe package struct RowSegments: Sendable {
    /// The segments in row order, without gaps, none empty.
    package let segments: [RowSegment]
    /// Bytes from one row to the next within a segment.
    package let stride: Int
    /// Rows in all segments.
    package let rows: Int
    private let rowsPerSegment: Int

    /// Creates a matrix from segments that cover the rows 0 to n−1 in order.
    ///
    /// - Throws: `ScanTableError.gap` if a segment does not start where the one before ends.
    package init(_ segments: [RowSegment], stride: Int) throws(ScanTableError) {
        var next = 0
        for segment in segments {
            guard segment.firstRow == next, segment.rows >= 0 else {
                throw .gap(expectedRow: next, foundRow: segment.firstRow)
            }
            next += segment.rows
        }
        guard next <= Int(UInt32.max) else { throw .tooManyRows(next) }
        let filled = segments.filter { $0.rows > 0 }
        self.segments = filled
        self.stride = stride
        rows = next
        // Blocks are of one size, but for the last: then a division finds the segment of a row.
        let size = filled.first?.rows ?? 1
        let uniform = filled.dropLast().allSatisfy { $0.rows == size } && (filled.last?.rows ?? 0) <= size
        rowsPerSegment = uniform ? size : 0
    }

    /// The position in `segments` of the segment that holds `row`, which must be below `rows`.
    ///
    /// - Complexity: O(1) for segments of one size, O(log segments) otherwise.
    package func segmentPosition(of row: Int) -> Int {
        precondition(row >= 0 && row < rows, "row \(row) is not in a matrix of \(rows) rows")
        if rowsPerSegment > 0 { return row / rowsPerSegment }
        return segments.partitioningIndex { $0.firstRow > row } - 1
    }

    /// Where `row` starts.
    @unsafe package func address(of row: Int) -> UnsafeRawPointer {
        let segment = segments[segmentPosition(of: row)]
        return unsafe segment.base + (row - segment.firstRow) * stride
    }
}

/// Finds rows of a matrix that are asked for one after another, most of them in the segment of the one before.
@safe struct RowCursor {
    private let matrix: RowSegments
    private var first = 0
    private var end = 0
    private var base: UnsafeRawPointer?

    init(_ matrix: RowSegments) { self.matrix = matrix }

    /// Where `row` starts, which must be in the matrix.
    @unsafe mutating func address(of row: Int) -> UnsafeRawPointer {
        if let base = unsafe base, row >= first, row < end { return unsafe base + (row - first) * matrix.stride }
        let segment = matrix.segments[matrix.segmentPosition(of: row)]
        (first, end) = (segment.firstRow, segment.firstRow + segment.rows)
        unsafe base = unsafe segment.base
        return unsafe segment.base + (row - first) * matrix.stride
    }
}
