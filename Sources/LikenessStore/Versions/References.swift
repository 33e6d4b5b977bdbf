package import LMDB
package import LikenessFormat

/// Counts who refers to a block: manifests and index blocks. They change in the transaction that adds or removes a manifest.
///
/// A block that nobody refers to is garbage. When a block gets its first reference, its children get one each; so a version that
/// shares a subtree with another costs one count, whatever the subtree's size.
package enum References {
    /// The count of a block; 0 if none is kept.
    package static func count<Transaction: TableReader & ~Copyable>(
        of hash: BlockHash, in transaction: borrowing Transaction, _ tables: StoreTables
    ) throws(StoreError) -> UInt64 where Transaction.Failure == StoreError {
        guard let value = try transaction.get(hash, in: tables.references) else { return 0 }
        return try StoreError.parsing("references", hash.hexadecimal, try ReferenceCount.parse(value))
    }

    /// Adds a reference to a block.
    ///
    /// Blocks of data are not read, only looked up: a large model would come into memory by it.
    /// - Parameter level: the block's level in its tree.
    static func add(
        _ hash: BlockHash, level: Int, in transaction: inout Writing, _ tables: StoreTables
    ) throws(StoreError) {
        let count = try self.count(of: hash, in: transaction, tables)
        if count == 0 {
            if level > 0 {
                for child in try children(of: hash, in: transaction, tables) {
                    try add(child, level: level - 1, in: &transaction, tables)
                }
            } else if try !transaction.contains(hash, in: tables.blocks) {
                throw .damaged(table: "blocks", key: hash.hexadecimal, reason: "the block is missing")
            }
        }
        try transaction.put(ReferenceCount.bytes(count + 1), at: hash, in: tables.references)
    }

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
}
