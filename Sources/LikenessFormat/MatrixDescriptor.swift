/// A matrix of a version, as the manifest names it: what it is, and the root of its tree of blocks.
package struct MatrixDescriptor: Hashable, Sendable, Codable {
    /// Such as `items.representations`; see `MatrixName`.
    package var name: String
    /// The type of the elements, by its number.
    package var element: ElementType
    package var rows: Int
    /// Elements in a row that mean something.
    package var columns: Int
    /// Bytes from one row to the next: whole 64-byte lines for what is scanned; 0 for feature rows.
    package var rowByteCount: Int
    package var rowsPerBlock: Int
    /// The root: of level `depth`. Nil if there are no rows.
    package var root: BlockHash?
    /// Index levels above the data blocks: 0 means that the root is the one data block.
    package var depth: Int

    /// Children of a full index block: what makes it fill one page.
    package static let fanOut = 126

    package init(layout: MatrixLayout, rows: Int, root: BlockHash?, depth: Int) {
        name = layout.name
        element = layout.element
        self.rows = rows
        columns = layout.columns
        rowByteCount = layout.rowByteCount
        rowsPerBlock = layout.rowsPerBlock
        self.root = root
        self.depth = depth
    }

    /// Data blocks of the matrix.
    package var blockCount: Int {
        (rows + rowsPerBlock - 1) / rowsPerBlock
    }

    /// Whether the numbers fit each other, so that arithmetic on them cannot overflow: they come from disk.
    package var isSound: Bool {
        guard (0...Int(UInt32.max)).contains(rows), (0...1 << 20).contains(columns), (0...1 << 24).contains(rowByteCount),
            (1...1 << 20).contains(rowsPerBlock), (0...6).contains(depth), (root == nil) == (rows == 0)
        else { return false }
        var capacity = 1
        for _ in 0..<depth { capacity *= MatrixDescriptor.fanOut }
        guard rowByteCount * rowsPerBlock <= 1 << 28 else { return false }
        return rows == 0 || (blockCount <= capacity && (depth == 0 || blockCount > capacity / MatrixDescriptor.fanOut))
    }
}

/// How the rows of a matrix are laid into blocks.
package struct MatrixLayout: Hashable, Sendable {
    package var name: String
    package var element: ElementType
    package var columns: Int
    package var rowByteCount: Int
    package var rowsPerBlock: Int

    /// Rows of `columns` elements, each row starting at a multiple of `alignment` bytes, in blocks of `pages` pages of 4,096 bytes.
    package init(name: String, element: ElementType, columns: Int, alignment: Int, pages: Int) {
        self.name = name
        self.element = element
        self.columns = columns
        let size = element == .int8 ? 1 : 4
        rowByteCount = max(1, (columns * size + alignment - 1) / alignment) * alignment
        // A value lies behind its page's header of 16 bytes, and the rows behind the block's header of 48.
        rowsPerBlock = max(1, (pages * 4_096 - 64) / rowByteCount)
    }

    /// Feature rows of several lengths.
    package init(featureRows name: String, rowsPerBlock: Int) {
        self.name = name
        element = .none
        columns = 0
        rowByteCount = 0
        self.rowsPerBlock = rowsPerBlock
    }
}
