/// The features of some rows, side by side: row `r` has the entries `offsets[r] ..< offsets[r + 1]`.
package struct FeatureRowsColumns: Sendable, Equatable {
    /// rows + 1 ascending positions, from 0.
    package var offsets: [UInt32]
    /// The weight of each row's own identity feature.
    package var identityWeights: [Float]
    /// Feature indices, entry by entry.
    package var columns: [UInt32]
    /// Their weights.
    package var weights: [Float]

    package init(offsets: [UInt32] = [0], identityWeights: [Float] = [], columns: [UInt32] = [], weights: [Float] = []) {
        self.offsets = offsets
        self.identityWeights = identityWeights
        self.columns = columns
        self.weights = weights
    }

    package var rowCount: Int {
        identityWeights.count
    }
}

/// A block of feature rows.
///
/// ```
/// 48 UInt32 offsets[rows + 1] | Float32 identity weights[rows] | UInt32 columns[n] | Float32 weights[n]
/// ```
package enum FeatureRowsBlock {
    package static func make(_ rows: FeatureRowsColumns, rows range: Range<Int>) -> [UInt8] {
        let first = rows.offsets[range.lowerBound]
        let entries = Int(first)..<Int(rows.offsets[range.upperBound])
        var payload: [UInt8] = []
        payload.reserveCapacity(8 * range.count + 8 * entries.count + 4)
        for row in range.lowerBound...range.upperBound { payload.append(littleEndian: rows.offsets[row] - first) }
        for row in range { payload.append(littleEndian: rows.identityWeights[row].bitPattern) }
        for entry in entries { payload.append(littleEndian: rows.columns[entry]) }
        for entry in entries { payload.append(littleEndian: rows.weights[entry].bitPattern) }
        let header = BlockHeader(
            kind: .featureRows, element: .none, rows: range.count, rowByteCount: 0, payloadByteCount: payload.count)
        return unsafe header.makeBlock { unsafe $0.copyBytes(from: payload) }
    }

    /// Calls `body` with the row within the block and the feature of each entry; false if the block is not sound.
    ///
    /// - Complexity: O(rows + entries); nothing is copied.
    package static func forEachEntry(_ block: RawSpan, header: BlockHeader, _ body: (Int, UInt32) -> Void) -> Bool {
        let count = Int(header.rows)
        let base = BlockHeader.byteCount
        guard Int(header.payloadByteCount) >= 8 * count + 4 else { return false }
        let entries = Int(block.littleEndian(at: base + 4 * count, as: UInt32.self))
        guard Int(header.payloadByteCount) == 8 * count + 4 + 8 * entries else { return false }
        let columns = base + 4 * (count + 1) + 4 * count
        var entry = 0
        for row in 0..<count {
            let end = Int(block.littleEndian(at: base + 4 * (row + 1), as: UInt32.self))
            guard end >= entry, end <= entries else { return false }
            while entry < end {
                body(row, block.littleEndian(at: columns + 4 * entry))
                entry += 1
            }
        }
        return entry == entries
    }

    /// Appends a block's rows to `rows`; false if the block is not sound.
    package static func append(_ block: RawSpan, header: BlockHeader, to rows: inout FeatureRowsColumns) -> Bool {
        let count = Int(header.rows)
        let base = BlockHeader.byteCount
        guard Int(header.payloadByteCount) >= 4 * (count + 1) else { return false }
        let offsets = (0...count).map { block.littleEndian(at: base + 4 * $0, as: UInt32.self) }
        let entries = Int(offsets[count])
        guard Int(header.payloadByteCount) == 8 * count + 4 + 8 * entries, offsets[0] == 0,
            (0..<count).allSatisfy({ offsets[$0] <= offsets[$0 + 1] })
        else { return false }
        let start = UInt32(rows.columns.count)
        let identities = base + 4 * (count + 1)
        let columns = identities + 4 * count
        for row in 0..<count {
            rows.offsets.append(start + offsets[row + 1])
            rows.identityWeights.append(Float(bitPattern: block.littleEndian(at: identities + 4 * row)))
        }
        for entry in 0..<entries {
            rows.columns.append(block.littleEndian(at: columns + 4 * entry))
            rows.weights.append(Float(bitPattern: block.littleEndian(at: columns + 4 * (entries + entry))))
        }
        return true
    }
}
