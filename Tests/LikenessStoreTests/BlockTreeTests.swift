import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct BlockTreeTests {
    @Test(
        "Every row comes back, whatever the number of rows and levels",
        arguments: [0, 1, 62, 63, 64, 126 * 63 - 1, 126 * 63, 126 * 63 + 1])
    func rowsComeBack(rows: Int) throws {
        let temporary = try TemporaryStore()
        let (matrix, _) = try temporary.writeMatrix(rows: rows) { Float($0 * 31 + $1) }
        #expect(matrix.rowsPerBlock == 63)
        #expect(matrix.isSound)
        let view = try MatrixView(matrix, in: temporary.store)
        try temporary.read { (transaction) throws(StoreError) in
            for row in stride(from: 0, to: rows, by: 61) {
                let bytes = try view.row(row, in: transaction)
                let value = Float(bitPattern: bytes.littleEndian(at: 4 * 7))
                #expect(value == Float(row * 31 + 7))
            }
            var next = 0
            try view.forEachSegment(in: transaction) { rows, firstRow in
                #expect(firstRow == next)
                #expect(Int(bitPattern: rows.baseAddress) % 64 == 0, "rows are aligned to 64 bytes in the map")
                next += rows.count / matrix.rowByteCount
            }
            #expect(next == rows)
        }
    }

    @Test("A matrix that is equal to one in the store writes nothing")
    func equalMatrixWritesNothing() throws {
        let temporary = try TemporaryStore()
        let first = try temporary.writeMatrix(rows: 10_000) { Float($0 ^ $1) }
        let second = try temporary.writeMatrix(rows: 10_000) { Float($0 ^ $1) }
        #expect(first.bytesWritten > 10_000 * 64)
        #expect(second.bytesWritten == 0)
        #expect(first.matrix == second.matrix)
    }

    @Test("Changing one row writes its block and the index blocks above it")
    func oneRowWritesOneBlock() throws {
        let temporary = try TemporaryStore()
        _ = try temporary.writeMatrix(rows: 10_000) { Float($0 ^ $1) }
        let second = try temporary.writeMatrix(rows: 10_000) { $0 == 5_000 ? -1 : Float($0 ^ $1) }
        #expect(second.matrix.depth == 2)
        #expect(second.bytesWritten == 3 * 4_080)
    }

    @Test("Feature rows come back, one by one and all at once")
    func featureRowsComeBack() throws {
        let temporary = try TemporaryStore()
        var rows = FeatureRowsColumns()
        for row in 0..<1_000 {
            rows.identityWeights.append(Float(row))
            for entry in 0..<row % 7 {
                rows.columns.append(UInt32(row * entry))
                rows.weights.append(1 / Float(entry + 1))
            }
            rows.offsets.append(UInt32(rows.columns.count))
        }
        var writer = BlockTreeWriter(temporary.store)
        let matrix = try writer.write(MatrixLayout(featureRows: "items.featureRows", rowsPerBlock: 64), featureRows: rows)
        try writer.finish()
        let view = try MatrixView(matrix, in: temporary.store)
        try temporary.read { (transaction) throws(StoreError) in
            #expect(try view.featureRows(below: 10_000, in: transaction) == rows)
            let row = try view.featureRow(699, below: 10_000, in: transaction)
            let entries = Int(rows.offsets[699])..<Int(rows.offsets[700])
            #expect(row.columns == Array(rows.columns[entries]))
            #expect(row.identityWeights == [699])
        }
    }

    @Test("A flipped bit in a block is found by looking a row up, and by verifying")
    func flippedBitIsFound() throws {
        let temporary = try TemporaryStore()
        let (matrix, _) = try temporary.writeMatrix(rows: 10_000) { Float($0 * $1) }
        try temporary.publish([matrix])
        #expect(try Verification.run(temporary.store).isSound)
        // Flip a bit in the stored value: in a copy of the block under the old key.
        let tables = temporary.store.tables
        let hash = try temporary.read { (transaction) throws(StoreError) -> BlockHash in
            let children = try References.children(of: matrix.root!, in: transaction, tables)
            return try References.children(of: children[0], in: transaction, tables)[3]
        }
        try temporary.write { (transaction) throws(StoreError) in
            var bytes = try transaction.get(hash, in: tables.blocks)!.copied
            bytes[1_000] ^= 4
            try transaction.put(bytes, at: hash, in: tables.blocks)
        }
        let view = try MatrixView(matrix, in: temporary.store)
        #expect(throws: StoreError.self) {
            try temporary.read { (transaction) throws(StoreError) in
                _ = try view.row(3 * 63, in: transaction).byteCount
            }
        }
        let report = try Verification.run(temporary.store)
        #expect(!report.isSound)
        #expect(report.problems.contains { $0.contains(hash.hexadecimal) })
    }
}
