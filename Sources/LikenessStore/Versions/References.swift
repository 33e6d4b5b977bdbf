package import LMDB
package import LikenessFormat

/// What a version's blocks refer to: index blocks to the blocks one level down. Nobody counts references: `Sweep` finds the blocks that no
/// manifest leads to.
package enum References {
    /// The blocks that a block refers to: none for data.
    package static func children<Transaction: TableReader & ~Copyable>(
        of hash: BlockHash, in transaction: borrowing Transaction, _ tables: StoreTables
    ) throws(StoreError) -> [BlockHash] where Transaction.Failure == StoreError {
        guard let block = try transaction.get(hash, in: tables.blocks) else {
            throw .damaged(table: "blocks", key: hash.hexadecimal, reason: "the block is missing")
        }
        guard let header = BlockHeader(block) else {
            throw .damaged(table: "blocks", key: hash.hexadecimal, reason: "the block is not what was written")
        }
        guard header.kind == .index else { return [] }
        return try StoreError.parsing("blocks", hash.hexadecimal, try header.children(in: block))
    }

    /// Refuses a root that is not there.
    ///
    /// A block is written after the blocks that it refers to and removed before them (see `Sweep`), so a root that is there has its whole
    /// tree below it.
    static func require(
        _ roots: [Manifest.Root], in transaction: borrowing Writing, _ tables: StoreTables
    ) throws(StoreError) {
        for root in roots where try !transaction.contains(root.hash, in: tables.blocks) {
            throw .catalog(.blocksPruned)
        }
    }

    /// All blocks that roots lead to.
    ///
    /// - Complexity: O(blocks): index blocks are read once each, data blocks are not looked at.
    static func reached(
        from roots: [Manifest.Root], in transaction: borrowing Reading, _ tables: StoreTables
    ) throws(StoreError) -> Set<BlockHash> {
        var reached: Set<BlockHash> = []
        var waiting = roots
        while let root = waiting.popLast() {
            guard reached.insert(root.hash).inserted, root.level > 0 else { continue }
            for child in try children(of: root.hash, in: transaction, tables) {
                waiting.append(Manifest.Root(hash: child, level: root.level - 1))
            }
        }
        return reached
    }
}
