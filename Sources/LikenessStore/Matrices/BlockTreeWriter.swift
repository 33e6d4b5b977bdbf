import LMDB
package import LikenessFormat

/// Writes matrices as trees of blocks, each block once: one that the store has already is not written again.
///
/// Blocks are hashed outside any transaction and written in short ones, so that ingest never waits long. Until a manifest
/// refers to them they are garbage that does no harm.
package struct BlockTreeWriter: ~Copyable {
    private let store: Store
    private var pending: [BlockHash: [UInt8]] = [:]
    private var pendingByteCount = 0
    /// Bytes of the blocks that were not there before.
    package private(set) var bytesWritten = 0

    /// Bytes that one transaction writes at the most. They are in memory once: a block is released when LMDB has it in a dirty page.
    package static let transactionByteCount = 4 << 20

    package init(_ store: Store) {
        self.store = store
    }

    /// Writes a matrix of rows of one width.
    ///
    /// - Parameter fill: called for each block with its rows and the zeroed memory to put them in, rows × `rowByteCount`.
    package mutating func write(
        _ layout: MatrixLayout, rows: Int, fill: (Range<Int>, UnsafeMutableRawBufferPointer) -> Void
    ) throws(StoreError) -> MatrixDescriptor {
        try writeTree(layout, rows: rows) { range in
            let header = BlockHeader(
                kind: .rows, element: layout.element, rows: range.count, rowByteCount: layout.rowByteCount,
                payloadByteCount: range.count * layout.rowByteCount)
            return unsafe header.makeBlock { unsafe fill(range, $0) }
        }
    }

    /// Writes feature rows.
    package mutating func write(_ layout: MatrixLayout, featureRows: FeatureRowsColumns) throws(StoreError) -> MatrixDescriptor {
        try writeTree(layout, rows: featureRows.rowCount) { FeatureRowsBlock.make(featureRows, rows: $0) }
    }

    /// Writes everything that is pending: call before a manifest refers to it.
    package mutating func finish() throws(StoreError) {
        guard !pending.isEmpty else { return }
        // If the transaction fails the whole tree does, so nothing needs to be kept for another try.
        var blocks = pending.sorted { $0.key > $1.key }
        pending.removeAll(keepingCapacity: true)
        pendingByteCount = 0
        let hashes = blocks.map(\.key)
        let table = store.tables.blocks
        bytesWritten += try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            var written = 0
            while let (hash, bytes) = blocks.popLast() {
                if try transaction.insert(bytes, at: hash, in: table) { written += bytes.count }
            }
            return written
        }
        // Where the table's leaves were looked at the kernel mapped blocks beside them, which nobody reads here.
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            for hash in hashes {
                if let block = try transaction.get(hash, in: table) { transaction.releasePages(of: block) }
            }
        }
    }

    private mutating func writeTree(
        _ layout: MatrixLayout, rows: Int, makeBlock: (Range<Int>) -> [UInt8]
    ) throws(StoreError) -> MatrixDescriptor {
        var hashes: [BlockHash] = []
        for first in stride(from: 0, to: rows, by: layout.rowsPerBlock) {
            hashes.append(try add(makeBlock(first..<min(first + layout.rowsPerBlock, rows))))
        }
        var depth = 0
        while hashes.count > 1 {
            depth += 1
            var parents: [BlockHash] = []
            for first in stride(from: 0, to: hashes.count, by: MatrixDescriptor.fanOut) {
                let children = hashes[first..<min(first + MatrixDescriptor.fanOut, hashes.count)]
                parents.append(try add(indexBlock(of: children, level: depth)))
            }
            hashes = parents
        }
        return MatrixDescriptor(layout: layout, rows: rows, root: hashes.first, depth: depth)
    }

    private func indexBlock(of children: ArraySlice<BlockHash>, level: Int) -> [UInt8] {
        let header = BlockHeader(
            kind: .index, element: .none, level: UInt16(level), rows: children.count, rowByteCount: BlockHash.byteCount,
            payloadByteCount: children.count * BlockHash.byteCount)
        return unsafe header.makeBlock { unsafe $0.copyBytes(from: children.flatMap(\.bytes)) }
    }

    private mutating func add(_ block: [UInt8]) throws(StoreError) -> BlockHash {
        let hash = BlockHash(of: block)
        if pending.updateValue(block, forKey: hash) == nil {
            pendingByteCount += block.count
            if pendingByteCount >= BlockTreeWriter.transactionByteCount { try finish() }
        }
        return hash
    }
}
