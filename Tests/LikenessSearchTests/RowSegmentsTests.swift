import Testing

@testable import LikenessSearch

@Suite("Row segments")
struct RowSegmentsTests {
    @Test(
        "A row is found in its segment, whatever the sizes",
        arguments: [[5], [4, 4, 4, 1], [1, 2, 3], [3, 0, 3, 9], [7, 7, 8], []])
    func finding(sizes: [Int]) throws {
        let base = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
        defer { unsafe base.deallocate() }
        var first = 0
        var expected: [Int] = []
        let segments = sizes.map { size in
            defer { first += size }
            expected += [Int](repeating: first, count: size)
            return unsafe RowSegment(base: UnsafeRawPointer(base), firstRow: first, rows: size)
        }
        let matrix = try RowSegments(segments, stride: 4)
        #expect(matrix.rows == sizes.reduce(0, +))
        for row in 0..<matrix.rows {
            #expect(matrix.segments[matrix.segmentPosition(of: row)].firstRow == expected[row])
            #expect(unsafe matrix.address(of: row) == UnsafeRawPointer(base) + (row - expected[row]) * 4)
        }
    }

    @Test("A set of rows equals a plain set")
    func rowSet() {
        var random = SeededGenerator(3)
        let rows = (0..<300).map { _ in UInt32.random(in: 0..<500, using: &random) }
        let set = RowSet(rows, below: 400)
        let plain = Set(rows.filter { $0 < 400 })
        #expect(set.count == plain.count)
        #expect((0..<600).allSatisfy { set.contains($0) == plain.contains($0) })
        var listed: [UInt32] = []
        listed += set.members
        #expect(listed == plain.sorted())
    }
}
