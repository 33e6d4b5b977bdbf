/// The shape of a matrix's tree: which block must be where.
extension MatrixDescriptor {
    /// Data blocks below a block of a level, if it is full.
    package static func blocks(below level: Int) -> Int {
        var blocks = 1
        for _ in 0..<level { blocks *= fanOut }
        return blocks
    }

    /// Checks that a block's header is the one that the matrix has at a place of its tree.
    ///
    /// - Parameters:
    ///   - level: 0 for data.
    ///   - first: the number of the first data block that it leads to; of a data block its own.
    /// - Precondition: the matrix is sound and has the block `first`.
    package func check(_ header: BlockHeader, level: Int, first: Int) throws(Damage) {
        guard Int(header.level) == level else { throw Damage("a block of level \(header.level) is where one of level \(level) belongs") }
        if level > 0 {
            let below = MatrixDescriptor.blocks(below: level - 1)
            let expected = min(MatrixDescriptor.fanOut, (blockCount - first + below - 1) / below)
            guard header.kind == .index, Int(header.rows) == expected, header.rowByteCount == UInt32(BlockHash.byteCount) else {
                throw Damage("an index block does not lead to \(expected) blocks")
            }
            return
        }
        let kind: BlockHeader.Kind = rowByteCount == 0 ? .featureRows : .rows
        guard header.kind == kind, Int(header.rows) == min(rowsPerBlock, rows - first * rowsPerBlock),
            Int(header.rowByteCount) == rowByteCount, header.element == element
        else { throw Damage("a block of \(header.rows) rows of \(header.rowByteCount) bytes is not what the manifest says") }
    }

    /// The part of the matrix's name after the dot.
    package var part: Substring {
        name.split(separator: ".").last ?? ""
    }
}
