/// The first 48 bytes of a block. LMDB puts the value at page offset 16, so the rows behind the header are 64-byte aligned.
///
/// ```
///  0 magic "LKBK"   4 kind   5 element   6 level   8 rows   12 bytes a row   16 bytes of rows   24 zero … 47
/// ```
package struct BlockHeader: Equatable, Sendable {
    /// What the rows are.
    package enum Kind: UInt8, Sendable {
        /// Rows of one width.
        case rows = 0
        /// Feature rows of several lengths: see `FeatureRowsBlock`.
        case featureRows = 1
        /// Hashes of the blocks one level down.
        case index = 2
    }

    package static let byteCount = 48
    /// Values shorter than this would lie unaligned in a leaf page of 4,096 bytes; blocks are filled up to it with zeros.
    package static let minimumBlockByteCount = 4_080
    package static let magic: UInt32 = 0x4B42_4B4C  // "LKBK"

    package var kind: Kind
    package var element: ElementType
    /// 0 for data, 1 for an index of data blocks, and so on.
    package var level: UInt16
    /// Rows of data, or children of an index.
    package var rows: UInt32
    /// Bytes from one row to the next; 0 for feature rows.
    package var rowByteCount: UInt32
    /// Bytes of all rows: what follows them is zero.
    package var payloadByteCount: UInt64

    package init(
        kind: Kind, element: ElementType, level: UInt16 = 0, rows: Int, rowByteCount: Int, payloadByteCount: Int
    ) {
        self.kind = kind
        self.element = element
        self.level = level
        self.rows = UInt32(rows)
        self.rowByteCount = UInt32(rowByteCount)
        self.payloadByteCount = UInt64(payloadByteCount)
    }

    /// Bytes of the whole block.
    package var blockByteCount: Int {
        max(BlockHeader.byteCount + Int(payloadByteCount), BlockHeader.minimumBlockByteCount)
    }

    /// A block of this header, its rows filled by `fill`.
    package func makeBlock(_ fill: (UnsafeMutableRawBufferPointer) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(blockByteCount)
        bytes.append(littleEndian: BlockHeader.magic)
        bytes.append(kind.rawValue)
        bytes.append(element.rawValue)
        bytes.append(littleEndian: level)
        bytes.append(littleEndian: rows)
        bytes.append(littleEndian: rowByteCount)
        bytes.append(littleEndian: payloadByteCount)
        bytes.append(contentsOf: repeatElement(0, count: blockByteCount - bytes.count))
        let payload = BlockHeader.byteCount..<BlockHeader.byteCount + Int(payloadByteCount)
        unsafe bytes.withUnsafeMutableBytes { unsafe fill(UnsafeMutableRawBufferPointer(rebasing: $0[payload])) }
        return bytes
    }

    /// Reads a header and checks that it fits its block; nil if it does not.
    package init?(_ block: RawSpan) {
        guard block.byteCount >= BlockHeader.byteCount, block.littleEndian(at: 0, as: UInt32.self) == BlockHeader.magic,
            let kind = Kind(rawValue: block.byte(at: 4)), let element = ElementType(rawValue: block.byte(at: 5))
        else { return nil }
        self.kind = kind
        self.element = element
        level = block.littleEndian(at: 6)
        rows = block.littleEndian(at: 8)
        rowByteCount = block.littleEndian(at: 12)
        payloadByteCount = block.littleEndian(at: 16)
        guard payloadByteCount <= UInt64(block.byteCount - BlockHeader.byteCount), block.byteCount == blockByteCount,
            (24..<48).allSatisfy({ block.byte(at: $0) == 0 }),
            kind == .featureRows || payloadByteCount == UInt64(rows) * UInt64(rowByteCount)
        else { return nil }
    }
}

extension BlockHeader {
    /// Whether the bytes after the rows are zero, as they must be.
    package func isPaddingZero(in block: RawSpan) -> Bool {
        let end = BlockHeader.byteCount + Int(payloadByteCount)
        return end >= block.byteCount || (end..<block.byteCount).allSatisfy { block.byte(at: $0) == 0 }
    }

    /// The hashes in an index block.
    package func children(in block: RawSpan) throws(Damage) -> [BlockHash] {
        guard kind == .index, rowByteCount == UInt32(BlockHash.byteCount), (1...MatrixDescriptor.fanOut).contains(Int(rows)) else {
            throw Damage("it is not an index of blocks")
        }
        return (0..<Int(rows)).map { BlockHash(block, at: BlockHeader.byteCount + BlockHash.byteCount * $0) }
    }
}

/// The type of a matrix's elements. The raw values are format: they stand in blocks and manifests.
package enum ElementType: UInt8, Sendable, Codable {
    case none = 0
    case float32 = 1
    case int8 = 2
    case uint32 = 3
}
