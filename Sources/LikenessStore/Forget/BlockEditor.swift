import LMDB
import LikenessFormat

/// Writes trees of blocks anew in which some rows differ: their data blocks, and the index blocks above these.
struct BlockEditor {
    private let store: Store
    /// Blocks that wait to be written, each after the blocks that it refers to.
    private var pending: [(hash: BlockHash, bytes: [UInt8])] = []
    private var pendingByteCount = 0

    init(_ store: Store) {
        self.store = store
    }

    /// Changes rows of a matrix.
    ///
    /// - Parameters:
    ///   - rows: their positions in the matrix.
    ///   - change: gets a data block and the places of its rows that are to change; false if the block is not sound.
    /// - Returns: the root of the changed tree.
    /// - Complexity: O(blocks with such rows × depth).
    mutating func edit(
        _ root: BlockHash, _ matrix: MatrixDescriptor, _ rows: [Int], _ change: (inout [UInt8], [Int]) -> Bool
    ) throws(StoreError) -> BlockHash {
        try edit(
            root, level: matrix.depth, first: 0, Dictionary(grouping: rows) { $0 / matrix.rowsPerBlock }, matrix, change)
    }

    private mutating func edit(
        _ hash: BlockHash, level: Int, first: Int, _ rows: [Int: [Int]], _ matrix: MatrixDescriptor,
        _ change: (inout [UInt8], [Int]) -> Bool
    ) throws(StoreError) -> BlockHash {
        var bytes = try block(hash, matrix)
        if level == 0 {
            guard change(&bytes, (rows[first] ?? []).map { $0 - first * matrix.rowsPerBlock }) else {
                throw .damaged(table: "blocks", key: matrix.name, reason: "block \(hash.hexadecimal) is not what was written")
            }
        } else {
            var below = 1
            for _ in 1..<level { below *= MatrixDescriptor.fanOut }
            let header = try StoreError.parsing("blocks", hash.hexadecimal, try BlockEditor.children(bytes))
            for place in Set(rows.keys.map { ($0 - first) / below }).sorted() where place < header.count {
                let start = first + place * below
                let inside = rows.filter { (start..<start + below).contains($0.key) }
                let child = try edit(header[place], level: level - 1, first: start, inside, matrix, change)
                bytes.replaceSubrange(
                    BlockHeader.byteCount + place * BlockHash.byteCount..<BlockHeader.byteCount + (place + 1) * BlockHash.byteCount,
                    with: child.bytes)
            }
        }
        let edited = BlockHash(of: bytes)
        if edited == hash { return hash }
        pending.append((edited, bytes))
        pendingByteCount += bytes.count
        if pendingByteCount >= BlockTreeWriter.transactionByteCount { try finish() }
        return edited
    }

    private static func children(_ bytes: [UInt8]) throws(Damage) -> [BlockHash] {
        guard let header = unsafe BlockHeader(bytes.span.bytes) else { throw Damage("the block is not what was written") }
        return try unsafe header.children(in: bytes.span.bytes)
    }

    private func block(_ hash: BlockHash, _ matrix: MatrixDescriptor) throws(StoreError) -> [UInt8] {
        let waiting = pending.last { $0.hash == hash }
        if let waiting { return waiting.bytes }
        let found = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try transaction.get(hash, in: store.tables.blocks)?.copied
        }
        guard let found, BlockHash(of: found) == hash else {
            throw .damaged(table: "blocks", key: matrix.name, reason: "block \(hash.hexadecimal) is missing or not what was written")
        }
        return found
    }

    /// Writes what is pending.
    mutating func finish() throws(StoreError) {
        if pending.isEmpty { return }
        let (blocks, table) = (pending, store.tables.blocks)
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            for block in blocks { _ = try transaction.insert(block.bytes, at: block.hash, in: table) }
        }
        pending.removeAll()
        pendingByteCount = 0
    }
}
