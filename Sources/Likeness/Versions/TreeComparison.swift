import LMDB
import LikenessFormat
import LikenessStore

/// Compares the trees of two versions. Where both have the same block they are equal below it, and nothing there is read.
struct TreeComparison {
    private struct Node {
        let hash: BlockHash
        let level: Int
        /// The number of the first data block below it.
        let first: Int
    }

    private let tables: StoreTables
    /// Blocks that were met on one side and had no equal at that place on the other.
    private(set) var before: [BlockHash: Int] = [:]
    private(set) var after: [BlockHash: Int] = [:]

    init(_ tables: StoreTables) {
        self.tables = tables
    }

    /// Compares two matrices.
    ///
    /// - Returns: the numbers of the data blocks that differ, ascending.
    /// - Complexity: O(blocks that differ × depth).
    mutating func differing(
        _ first: MatrixDescriptor?, _ second: MatrixDescriptor?, in transaction: borrowing Reading
    ) throws(StoreError) -> [Int] {
        var found: [Int] = []
        var waiting: [(Node?, Node?)] = [(TreeComparison.root(first), TreeComparison.root(second))]
        while let (one, other) = waiting.popLast() {
            if one?.hash == other?.hash { continue }
            let level = max(one?.level ?? 0, other?.level ?? 0)
            let left = try children(one, at: level, \.before, in: transaction)
            let right = try children(other, at: level, \.after, in: transaction)
            if level == 0 {
                found.append(one?.first ?? other?.first ?? 0)
                continue
            }
            for place in (0..<max(left.count, right.count)).reversed() {
                waiting.append(
                    (place < left.count ? left[place] : nil, place < right.count ? right[place] : nil))
            }
        }
        return found
    }

    private static func root(_ matrix: MatrixDescriptor?) -> Node? {
        matrix.flatMap { matrix in matrix.root.map { Node(hash: $0, level: matrix.depth, first: 0) } }
    }

    /// What a node leads to; a node of a lower level stands for itself.
    private mutating func children(
        _ node: Node?, at level: Int, _ side: WritableKeyPath<TreeComparison, [BlockHash: Int]>,
        in transaction: borrowing Reading
    ) throws(StoreError) -> [Node] {
        guard let node else { return [] }
        if node.level < level { return [node] }
        guard let block = try transaction.get(node.hash, in: tables.blocks) else {
            throw .damaged(
                table: tables.blocks.name, key: node.hash.hexadecimal, reason: "the block is missing")
        }
        self[keyPath: side][node.hash] = block.byteCount
        if node.level == 0 { return [] }
        let below = MatrixDescriptor.blocks(below: node.level - 1)
        return try References.children(of: node.hash, in: transaction, tables).enumerated().map {
            place, child in
            Node(hash: child, level: node.level - 1, first: node.first + place * below)
        }
    }

    /// Blocks that only one of the sides has, of those that were met.
    var onlyBefore: VersionDifference.Blocks { TreeComparison.sum(before, without: after) }
    var onlyAfter: VersionDifference.Blocks { TreeComparison.sum(after, without: before) }

    private static func sum(_ blocks: [BlockHash: Int], without others: [BlockHash: Int])
        -> VersionDifference.Blocks
    {
        var sum = VersionDifference.Blocks()
        for (hash, byteCount) in blocks where others[hash] == nil {
            sum.count += 1
            sum.bytes += byteCount
        }
        return sum
    }
}
