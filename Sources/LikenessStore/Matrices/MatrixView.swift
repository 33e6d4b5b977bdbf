import LMDB
package import LikenessFormat

/// Reads a matrix of a version in place.
///
/// Index blocks and looked-up rows are checked against their hashes as they are read. A scan checks each block's header,
/// not its hash, which `versions verify` does.
package struct MatrixView: Sendable {
    package let descriptor: MatrixDescriptor
    private let tables: StoreTables

    package init(_ descriptor: MatrixDescriptor, in store: StoreReader) throws(StoreError) {
        guard descriptor.isSound else {
            throw .damaged(table: "versions", key: descriptor.name, reason: "its numbers do not fit each other")
        }
        self.descriptor = descriptor
        tables = store.tables
    }

    /// The bytes of a row, in place. Its block is checked against its hash.
    ///
    /// - Complexity: O(depth × log blocks), and the hash of one block.
    @_lifetime(borrow transaction)
    package func row(_ row: Int, in transaction: borrowing Reading) throws(StoreError) -> RawSpan {
        guard row >= 0, row < descriptor.rows, descriptor.rowByteCount > 0 else { throw damaged("it has no row \(row)") }
        let block = try dataBlock(row / descriptor.rowsPerBlock, in: transaction)
        let start = BlockHeader.byteCount + row % descriptor.rowsPerBlock * descriptor.rowByteCount
        return block.extracting(start..<start + descriptor.rowByteCount)
    }

    /// The features of one row.
    ///
    /// - Parameter limit: the length of the features' vocabulary as of the version.
    package func featureRow(_ row: Int, below limit: Int, in transaction: borrowing Reading) throws(StoreError) -> FeatureRowsColumns {
        guard row >= 0, row < descriptor.rows else { throw damaged("it has no row \(row)") }
        let number = row / descriptor.rowsPerBlock
        var rows = FeatureRowsColumns()
        let block = try dataBlock(number, in: transaction)
        try append(block, number, below: limit, to: &rows)
        let place = row % descriptor.rowsPerBlock
        let entries = Int(rows.offsets[place])..<Int(rows.offsets[place + 1])
        return FeatureRowsColumns(
            offsets: [0, UInt32(entries.count)], identityWeights: [rows.identityWeights[place]],
            columns: Array(rows.columns[entries]), weights: Array(rows.weights[entries]))
    }

    /// All feature rows, copied.
    ///
    /// - Parameter limit: the length of the features' vocabulary as of the version.
    package func featureRows(below limit: Int, in transaction: borrowing Reading) throws(StoreError) -> FeatureRowsColumns {
        var rows = FeatureRowsColumns()
        try forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            try append(block, number, below: limit, to: &rows)
        }
        return rows
    }

    /// Calls `body` with the row and the feature of each entry of feature rows.
    ///
    /// - Parameter limit: the length of the features' vocabulary as of the version.
    package func forEachFeature(
        below limit: Int, in transaction: borrowing Reading, _ body: (UInt32, UInt32) -> Void
    ) throws(StoreError) {
        try forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let first = UInt32(number * descriptor.rowsPerBlock)
            guard let header = BlockHeader(block),
                FeatureRowsBlock.forEachEntry(block, header: header, below: limit, { body(first + UInt32($0), $1) })
            else { throw damaged("feature rows of block \(number) are not sound") }
        }
    }

    private func append(_ block: RawSpan, _ number: Int, below limit: Int, to rows: inout FeatureRowsColumns) throws(StoreError) {
        guard let header = BlockHeader(block) else { throw damaged("block \(number) is not what was written") }
        do { try FeatureRowsBlock.append(block, header: header, below: limit, to: &rows) } catch {
            throw damaged("block \(number): \(error.reason)")
        }
    }

    /// Calls `body` with where rows lie one behind the other in the memory map, and the number of the first of them, for all rows in order.
    ///
    /// The memory is the map's: it may be read only while the transaction is open.
    /// - Complexity: O(blocks): one look-up each.
    package func forEachSegment(
        in transaction: borrowing Reading, _ body: (UnsafeRawBufferPointer, Int) -> Void
    ) throws(StoreError) {
        try forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let first = number * descriptor.rowsPerBlock
            let end = BlockHeader.byteCount + min(descriptor.rowsPerBlock, descriptor.rows - first) * descriptor.rowByteCount
            unsafe block.withUnsafeBytes { bytes in
                unsafe body(UnsafeRawBufferPointer(rebasing: bytes[BlockHeader.byteCount..<end]), first)
            }
        }
    }

    /// Copies all rows one behind the other.
    ///
    /// - Precondition: `memory` has at least rows × `rowByteCount` bytes.
    package func copyRows(
        into memory: UnsafeMutableRawBufferPointer, in transaction: borrowing Reading
    ) throws(StoreError) {
        precondition(memory.count >= descriptor.rows * descriptor.rowByteCount)
        try forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let first = number * descriptor.rowsPerBlock
            let count = min(descriptor.rowsPerBlock, descriptor.rows - first) * descriptor.rowByteCount
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[(first * descriptor.rowByteCount)...])
            let rows = block.extracting(BlockHeader.byteCount..<BlockHeader.byteCount + count)
            unsafe rows.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
            transaction.releasePages(of: block)
        }
    }

    /// Calls `body` with each data block, header checked.
    package func forEachBlock(
        in transaction: borrowing Reading, _ body: (Int, RawSpan) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard let root = descriptor.root else { return }
        var next = 0
        try visit(root, level: descriptor.depth, next: &next, in: transaction, body)
    }

    private func visit(
        _ hash: BlockHash, level: Int, next: inout Int, in transaction: borrowing Reading,
        _ body: (Int, RawSpan) throws(StoreError) -> Void
    ) throws(StoreError) {
        let block = try self.block(hash, level: level, number: next, isHashed: level > 0, in: transaction)
        if level == 0 {
            try body(next, block)
            next += 1
            return
        }
        for child in try children(of: block, level: level, number: next) {
            try visit(child, level: level - 1, next: &next, in: transaction, body)
        }
    }

    /// The data block with a number, checked against its hash.
    @_lifetime(borrow transaction)
    private func dataBlock(_ number: Int, in transaction: borrowing Reading) throws(StoreError) -> RawSpan {
        guard var hash = descriptor.root, number < descriptor.blockCount else {
            throw damaged("it has no block \(number)")
        }
        var level = descriptor.depth
        var span = 1
        for _ in 0..<level { span *= MatrixDescriptor.fanOut }
        while level > 0 {
            let block = try self.block(hash, level: level, number: number, isHashed: true, in: transaction)
            let below = span / MatrixDescriptor.fanOut
            let children = try children(of: block, level: level, number: number / span * span)
            hash = children[number % span / below]
            span = below
            level -= 1
        }
        return try block(hash, level: 0, number: number, isHashed: true, in: transaction)
    }

    /// The data block with a number, found through index blocks that were read before where that is so.
    ///
    /// - Parameter children: what the index blocks above the data lead to, by the number of the first block; index blocks are checked
    ///   against their hashes, the data block by its header.
    @_lifetime(borrow transaction)
    func dataBlock(
        _ number: Int, in transaction: borrowing Reading, remembering children: inout [Int: [BlockHash]]
    ) throws(StoreError) -> RawSpan {
        guard var hash = descriptor.root, number >= 0, number < descriptor.blockCount else {
            throw damaged("it has no block \(number)")
        }
        let group = number / MatrixDescriptor.fanOut
        if let known = children[group] {
            hash = known[number % MatrixDescriptor.fanOut]
        } else if descriptor.depth > 0 {
            var level = descriptor.depth
            var span = 1
            for _ in 0..<level { span *= MatrixDescriptor.fanOut }
            while level > 0 {
                let block = try self.block(hash, level: level, number: number, isHashed: true, in: transaction)
                let below = span / MatrixDescriptor.fanOut
                let found = try self.children(of: block, level: level, number: number / span * span)
                if level == 1 { children[group] = found }
                hash = found[number % span / below]
                span = below
                level -= 1
            }
        }
        return try block(hash, level: 0, number: number, isHashed: false, in: transaction)
    }

    /// The hashes in an index block that leads to the data blocks from `number` on.
    private func children(of block: RawSpan, level: Int, number: Int) throws(StoreError) -> [BlockHash] {
        var below = 1
        for _ in 1..<level { below *= MatrixDescriptor.fanOut }
        let expected = min(MatrixDescriptor.fanOut, (descriptor.blockCount - number + below - 1) / below)
        guard let header = BlockHeader(block), Int(header.rows) == expected else {
            throw damaged("an index block at block \(number) leads to the wrong number of blocks")
        }
        do { return try header.children(in: block) } catch {
            throw damaged("block at block \(number): \(error.reason)")
        }
    }

    /// A block, its header checked against what the matrix says it must be.
    @_lifetime(borrow transaction)
    private func block(
        _ hash: BlockHash, level: Int, number: Int, isHashed: Bool, in transaction: borrowing Reading
    ) throws(StoreError) -> RawSpan {
        guard let block = try transaction.get(hash, in: tables.blocks) else {
            throw damaged("block \(hash.hexadecimal) is missing")
        }
        guard let header = BlockHeader(block), Int(header.level) == level, fits(header, level: level, number: number),
            !isHashed || BlockHash(of: block) == hash
        else {
            throw damaged("block \(hash.hexadecimal) is not what was written")
        }
        return block
    }

    private func fits(_ header: BlockHeader, level: Int, number: Int) -> Bool {
        if level > 0 { return header.kind == .index && header.rowByteCount == UInt32(BlockHash.byteCount) }
        let rows = min(descriptor.rowsPerBlock, descriptor.rows - number * descriptor.rowsPerBlock)
        let kind: BlockHeader.Kind = descriptor.rowByteCount == 0 ? .featureRows : .rows
        return header.kind == kind && Int(header.rows) == rows && Int(header.rowByteCount) == descriptor.rowByteCount
            && header.element == descriptor.element
    }

    private func damaged(_ reason: String) -> StoreError {
        .damaged(table: "blocks", key: descriptor.name, reason: reason)
    }
}
