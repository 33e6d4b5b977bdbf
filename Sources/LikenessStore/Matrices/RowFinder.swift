import LMDB
package import LikenessFormat

/// Finds single rows of a matrix where they lie in the map, and remembers the blocks on the way: for a reader of some thousand rows
/// out of many more.
///
/// Index blocks are checked against their hashes, data blocks by their headers, as a scan does. What it returns may be read only while
/// the transaction that it was asked with is open, and so may the finder be used only with that one.
@safe package final class RowFinder {
    private let view: MatrixView
    private var children: [Int: [BlockHash]] = [:]
    private var blocks: [Int: UnsafeRawBufferPointer] = unsafe [:]
    /// The block that was asked for last: neighbours often follow each other.
    private var last: (number: Int, block: UnsafeRawBufferPointer)?

    package init(_ descriptor: MatrixDescriptor, in store: StoreReader) throws(StoreError) {
        view = try MatrixView(descriptor, in: store)
    }

    /// What is read.
    package var descriptor: MatrixDescriptor { view.descriptor }

    /// The bytes of a row.
    ///
    /// - Complexity: O(1) if its block is known, else O(depth × log blocks).
    @unsafe package func row(_ row: Int, in transaction: borrowing Reading) throws(StoreError) -> UnsafeRawBufferPointer {
        let width = descriptor.rowByteCount
        let start = BlockHeader.byteCount + row % descriptor.rowsPerBlock * width
        return unsafe UnsafeRawBufferPointer(
            rebasing: try block(row / descriptor.rowsPerBlock, in: transaction)[start..<start + width])
    }

    /// The whole data block with a number, header included.
    @unsafe package func block(_ number: Int, in transaction: borrowing Reading) throws(StoreError) -> UnsafeRawBufferPointer {
        if let last = unsafe last, unsafe last.number == number { return unsafe last.block }
        if let known = unsafe blocks[number] {
            unsafe last = (number, known)
            return unsafe known
        }
        let found = try view.dataBlock(number, in: transaction, remembering: &children)
        let block = unsafe found.withUnsafeBytes { unsafe $0 }
        unsafe blocks[number] = block
        unsafe last = (number, block)
        return unsafe block
    }

    /// The features of one row.
    ///
    /// - Parameter limit: the length of the features' vocabulary as of the version.
    package func featureRow(
        _ row: Int, below limit: Int, in transaction: borrowing Reading
    ) throws(StoreError) -> (features: [(feature: UInt32, weight: Float)], identityWeight: Float) {
        let number = row / descriptor.rowsPerBlock
        let block = try view.dataBlock(number, in: transaction, remembering: &children)
        guard let header = BlockHeader(block), let found = FeatureRowsBlock.row(row % descriptor.rowsPerBlock, of: block, header: header),
            found.features.allSatisfy({ Int($0.feature) < limit && $0.weight.isFinite }), found.identityWeight.isFinite
        else {
            throw .damaged(table: "blocks", key: descriptor.name, reason: "feature rows of block \(number) are not sound")
        }
        return found
    }
}

extension FeatureRowsBlock {
    /// One row of a block; nil if it does not lie within the block.
    package static func row(
        _ place: Int, of block: RawSpan, header: BlockHeader
    ) -> (features: [(feature: UInt32, weight: Float)], identityWeight: Float)? {
        let (count, base) = (Int(header.rows), BlockHeader.byteCount)
        guard place < count, Int(header.payloadByteCount) >= 8 * count + 4 else { return nil }
        let entries = Int(block.littleEndian(at: base + 4 * count, as: UInt32.self))
        let first = Int(block.littleEndian(at: base + 4 * place, as: UInt32.self))
        let end = Int(block.littleEndian(at: base + 4 * place + 4, as: UInt32.self))
        guard Int(header.payloadByteCount) == 8 * count + 4 + 8 * entries, first <= end, end <= entries else { return nil }
        let identities = base + 4 * (count + 1)
        let columns = identities + 4 * count
        return (
            (first..<end).map {
                (
                    block.littleEndian(at: columns + 4 * $0, as: UInt32.self),
                    Float(bitPattern: block.littleEndian(at: columns + 4 * (entries + $0)))
                )
            }, Float(bitPattern: block.littleEndian(at: identities + 4 * place))
        )
    }
}
