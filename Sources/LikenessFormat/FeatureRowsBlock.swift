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
    package static func forEachEntry(
        _ block: RawSpan, header: BlockHeader, below limit: Int, _ body: (Int, UInt32) -> Void
    ) -> Bool {
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
                let feature: UInt32 = block.littleEndian(at: columns + 4 * entry)
                guard Int(feature) < limit else { return false }
                body(row, feature)
                entry += 1
            }
        }
        return entry == entries
    }

    /// Appends a block's rows to `rows`.
    ///
    /// - Parameter limit: the length of the features' vocabulary: every column is below it.
    /// - Throws: `Damage`; then `rows` is as it was.
    package static func append(
        _ block: RawSpan, header: BlockHeader, below limit: Int, to rows: inout FeatureRowsColumns
    ) throws(Damage) {
        let count = Int(header.rows)
        let base = BlockHeader.byteCount
        guard header.kind == .featureRows, Int(header.payloadByteCount) >= 4 * (count + 1) else {
            throw Damage("it is not a block of feature rows")
        }
        let offsets = (0...count).map { block.littleEndian(at: base + 4 * $0, as: UInt32.self) }
        let entries = Int(offsets[count])
        guard Int(header.payloadByteCount) == 8 * count + 4 + 8 * entries, offsets[0] == 0,
            (0..<count).allSatisfy({ offsets[$0] <= offsets[$0 + 1] }), rows.columns.count + entries <= Int(UInt32.max)
        else { throw Damage("its offsets do not fit its length") }
        let identities = base + 4 * (count + 1)
        let columns = identities + 4 * count
        let indices = (0..<entries).map { block.littleEndian(at: columns + 4 * $0, as: UInt32.self) }
        guard indices.allSatisfy({ Int($0) < limit }) else { throw Damage("it names features that the version does not have") }
        let floats = (0..<count).map { Float(bitPattern: block.littleEndian(at: identities + 4 * $0)) }
        let weights = (0..<entries).map { Float(bitPattern: block.littleEndian(at: columns + 4 * (entries + $0))) }
        guard floats.allSatisfy(\.isFinite), weights.allSatisfy(\.isFinite) else { throw Damage("its weights are not finite") }
        let start = UInt32(rows.columns.count)
        rows.offsets += offsets.dropFirst().map { start + $0 }
        rows.identityWeights += floats
        rows.columns += indices
        rows.weights += weights
    }
}
