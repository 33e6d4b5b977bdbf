/// Rows of two index columns in the order of the first, then the second, then the row: grouped by the first.
///
///     first    3 1 3 1          groups  1 ..< , 3 ..<
///     second   7 9 2 9    →     entries (9, row 1) (9, row 3) | (2, row 2) (7, row 0)
struct GroupedRows {
    /// One run of rows with the same first index: it ends at `end` in `entries`, where the next begins.
    struct Group {
        let first: UInt32
        let end: Int
    }

    private(set) var groups: [Group] = []
    /// The second index in the upper half, the row in the lower.
    private(set) var entries: [UInt64] = []

    /// - Complexity: O(n + range of `first`), or O(n log n) where that range is far wider than n.
    init(first: [UInt32], second: [UInt32]) {
        guard let low = first.min(), let high = first.max() else { return }
        let range = Int(high - low) + 1
        if range > 16 * first.count + 1_024 {
            sort(first, second)
        } else {
            count(first, second, low: low, range: range)
        }
    }

    private mutating func sort(_ first: [UInt32], _ second: [UInt32]) {
        let rows = first.indices.sorted { (first[$0], second[$0], $0) < (first[$1], second[$1], $1) }
        for row in rows {
            if let last = groups.last, last.first != first[row] {
                groups.append(Group(first: first[row], end: entries.count))
            } else if groups.isEmpty {
                groups.append(Group(first: first[row], end: 0))
            }
            entries.append(UInt64(second[row]) << 32 | UInt64(row))
            groups[groups.count - 1] = Group(first: first[row], end: entries.count)
        }
    }

    private mutating func count(_ first: [UInt32], _ second: [UInt32], low: UInt32, range: Int) {
        var starts = [Int](repeating: 0, count: range + 1)
        for value in first { starts[Int(value - low) + 1] += 1 }
        for index in 0..<range where starts[index + 1] > 0 {
            groups.append(Group(first: low + UInt32(index), end: 0))
        }
        for index in 0..<range { starts[index + 1] += starts[index] }
        groups = groups.map { Group(first: $0.first, end: starts[Int($0.first - low) + 1]) }
        entries = [UInt64](repeating: 0, count: first.count)
        for row in first.indices {
            let group = Int(first[row] - low)
            entries[starts[group]] = UInt64(second[row]) << 32 | UInt64(row)
            starts[group] += 1
        }
        var start = 0
        for group in groups {
            // Rows came in order, so one of few rows is often sorted already.
            if group.end - start > 1 { entries[start..<group.end].sort() }
            start = group.end
        }
    }
}
