import LMDB
import LikenessFormat
import LikenessModels
import LikenessStore

/// Compares the rows of a kind of two versions: those in blocks or layers that only one of them has, and no others.
struct RowComparison {
    let kind: RowKind
    private(set) var rows: VersionDifference.Rows
    /// The rows that moved most with their distances, first.
    private(set) var most: [(row: Int, distance: Double)] = []

    /// - Parameter limit: how many of the rows that moved most are named.
    /// - Complexity: O(rows in blocks and layers that differ).
    init(
        _ kind: RowKind, _ first: borrowing Session, _ second: borrowing Session,
        trees: inout TreeComparison, limit: Int
    ) throws(StoreError) {
        self.kind = kind
        let (before, after) = (try first.rows(kind), try second.rows(kind))
        rows = VersionDifference.Rows(
            kind: kind, vocabularyBefore: first.manifest.vocabularies[kind],
            vocabularyAfter: second.manifest.vocabularies[kind])
        let layout = MatrixNames.representations(kind, components: second.manifest.components)
        let isComparable = first.manifest.components == second.manifest.components
        // Rows of another width lie in other blocks: then every row is looked at.
        var candidates = Set(isComparable ? 0..<0 : 0..<max(before.count, after.count))
        let (one, other) = (first.manifest.matrix(layout.name), second.manifest.matrix(layout.name))
        for number in try trees.differing(one, other, in: second.transaction) {
            candidates.formUnion(number * layout.rowsPerBlock..<(number + 1) * layout.rowsPerBlock)
        }
        let shared = before.layers.map(\.descriptor).filter { layer in
            after.layers.contains { $0.descriptor == layer }
        }
        for layer in before.layers + after.layers where !shared.contains(layer.descriptor) {
            candidates.formUnion(layer.numbers.map { Int($0) })
        }
        for row in candidates.sorted() {
            let isBefore = try before.isPresent(row, in: first.transaction)
            let isAfter = try after.isPresent(row, in: second.transaction)
            if isBefore != isAfter {
                if isAfter { rows.added += 1 } else { rows.removed += 1 }
                continue
            }
            guard isBefore, isComparable, let old = try before.vector(row, layout, in: first.transaction),
                let new = try after.vector(row, layout, in: second.transaction), old != new
            else { continue }
            rows.moved += 1
            note(row, RowComparison.distance(old, new), limit)
        }
        if !isComparable { rows.moved = 0 }
        var named: [VersionDifference.Moved] = []
        for (row, distance) in most {
            let names = try second.names(of: [UInt32(row)], kind)
            named.append(
                VersionDifference.Moved(id: names[0].id, name: names[0].name, distance: distance))
        }
        rows.most = named
    }

    /// Keeps a row if it is one of those that moved most; of equal ones the first.
    private mutating func note(_ row: Int, _ distance: Double, _ limit: Int) {
        if most.count == limit, let last = most.last, last.distance >= distance { return }
        let place = most.firstIndex { $0.distance < distance } ?? most.count
        most.insert((row, distance), at: place)
        if most.count > limit { most.removeLast() }
    }

    /// One minus the cosine of two vectors; 1 if one of them is zero.
    private static func distance(_ old: [Float], _ new: [Float]) -> Double {
        var (dot, first, second) = (0.0, 0.0, 0.0)
        for (one, other) in zip(old, new) {
            dot += Double(one) * Double(other)
            first += Double(one) * Double(one)
            second += Double(other) * Double(other)
        }
        guard first > 0, second > 0 else { return 1 }
        return min(max(1 - dot / (first * second).squareRoot(), 0), 2)
    }
}
