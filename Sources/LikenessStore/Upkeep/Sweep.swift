import LMDB
import LikenessFormat

/// Removes blocks that no version and no index leads to, in short transactions.
///
/// Blocks go from the top of trees down: a block is never there without the blocks that it refers to, whatever moment a sweep is cut off at.
/// Each transaction holds the store's lock against publications alone, and removes nothing if a version has been published since the blocks
/// were marked; then they are marked anew.
struct Sweep {
    /// Blocks that one transaction removes at the most, and their bytes.
    private static let transactionBlocks = 1_024
    private static let transactionByteCount = 64 << 20

    /// What there is to remove.
    struct Garbage {
        struct Block {
            let hash: BlockHash
            let level: UInt16
            let byteCount: Int
        }

        /// The keys of all versions when this was found.
        let versions: [Version]
        /// What indexes there were.
        let indexes: [[UInt8]]
        /// From the highest level down.
        var blocks: [Block]

        var byteCount: Int {
            blocks.reduce(0) { $0 + $1.byteCount }
        }
    }

    let store: StoreReader

    /// Blocks that no version leads to, but for versions that are to go.
    ///
    /// - Complexity: O(blocks): index blocks are read; of a data block only the header, if it is garbage.
    func garbage(without removed: Set<Version> = [], in transaction: borrowing Reading) throws(StoreError) -> Garbage {
        let manifests = try store.catalog.manifests(in: transaction)
        let indexes = SearchIndexes(store.tables)
        let reached = try References.reached(
            from: manifests.filter { !removed.contains($0.version) }.flatMap(\.roots)
                + indexes.records(in: transaction).filter { !removed.contains($0.version) }.flatMap(\.roots),
            in: transaction, store.tables)
        var blocks: [Garbage.Block] = []
        var cursor = try transaction.cursor(in: store.tables.blocks)
        var isThere = try cursor.move(to: .first)
        while isThere {
            if cursor.key.byteCount == BlockHash.byteCount {
                let hash = BlockHash(cursor.key, at: 0)
                if !reached.contains(hash) {
                    // A damaged block has no level: it goes first, as nothing relies on what lies below it.
                    blocks.append(
                        .init(hash: hash, level: BlockHeader(cursor.value)?.level ?? .max, byteCount: cursor.value.byteCount))
                }
            }
            isThere = try cursor.move(to: .next)
        }
        blocks.sort { ($0.level, $1.hash) > ($1.level, $0.hash) }
        return Garbage(versions: manifests.map(\.version), indexes: try indexes.state(in: transaction), blocks: blocks)
    }

    /// Removes all garbage.
    ///
    /// - Parameter progress: called after each transaction with the blocks removed and the blocks to remove.
    /// - Returns: what was removed, and whether some was left because a publication is under way.
    func run(progress: (Int, Int) -> Void) throws(StoreError) -> (blocks: Int, bytes: Int, isHeldUp: Bool) {
        var (count, bytes) = (0, 0)
        marking: while true {
            var garbage = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try self.garbage(in: transaction)
            }
            let total = count + garbage.blocks.count
            garbage.blocks.reverse()
            while !garbage.blocks.isEmpty {
                let batch = Sweep.batch(of: &garbage.blocks)
                let isRemoved = try store.withoutPublications { () throws(StoreError) in
                    try remove(batch, foundWith: garbage.versions, garbage.indexes)
                }
                guard let isRemoved else { return (count, bytes, true) }
                if !isRemoved { continue marking }
                count += batch.count
                bytes += batch.reduce(0) { $0 + $1.byteCount }
                progress(count, total)
            }
            return (count, bytes, false)
        }
    }

    private static func batch(of blocks: inout [Garbage.Block]) -> [Garbage.Block] {
        var batch: [Garbage.Block] = []
        var bytes = 0
        while batch.count < transactionBlocks, bytes < transactionByteCount, let block = blocks.popLast() {
            batch.append(block)
            bytes += block.byteCount
        }
        return batch
    }

    /// Removes blocks in one transaction; false if there are other versions or indexes than when they were found.
    private func remove(
        _ blocks: [Garbage.Block], foundWith versions: [Version], _ indexes: [[UInt8]]
    ) throws(StoreError) -> Bool {
        let tables = store.tables
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            guard try store.catalog.versions(in: transaction) == versions,
                try SearchIndexes(tables).state(in: transaction) == indexes
            else { return false }
            for block in blocks { try transaction.delete(block.hash, in: tables.blocks) }
            return true
        }
    }
}
