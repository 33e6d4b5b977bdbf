import LikenessFormat
import LikenessStore
import LikenessTraining

/// Reads a version's parameters and optimiser state back into the trainer's arrays.
struct ModelReader {
    let store: StoreReader
    let manifest: Manifest

    /// All tables of the version, with rows up to `lengths`: those behind the version's own are still to be filled.
    ///
    /// - Complexity: O(model): every row is copied once.
    func model(
        schedule: Hyperparameters.Schedule, lengths: Manifest.Lengths, in transaction: borrowing Reading
    ) throws(StoreError) -> Model {
        var model = Model(components: manifest.components, schedule: schedule)
        try fill(&model.items, lengths.items, in: transaction)
        try fill(&model.itemFeatures, lengths.itemFeatures, in: transaction)
        try fill(&model.users, lengths.users, in: transaction)
        try fill(&model.userFeatures, lengths.userFeatures, in: transaction)
        return model
    }

    /// How many rows of a kind the version may have: those of its base and of its layers.
    func rows(of kind: RowKind, in transaction: borrowing Reading) throws(StoreError) -> Int {
        try LayeredRows(kind, manifest, store, in: transaction).count
    }

    /// Whether each row of a kind is part of the version.
    func present(_ kind: RowKind, in transaction: borrowing Reading) throws(StoreError) -> [Bool] {
        let rows = try LayeredRows(kind, manifest, store, in: transaction)
        var present = [Bool](repeating: false, count: rows.count)
        try forEachPart(of: rows, MatrixNames.terms(kind), in: transaction) { row, bytes in
            present[row] = Float(bitPattern: bytes.littleEndian(at: 8)) >= 0
        }
        return present
    }

    /// All feature rows of items or users; nil if the version has none.
    func featureRows(_ kind: RowKind, in transaction: borrowing Reading) throws(StoreError) -> FeatureRowsColumns? {
        let rows = try LayeredRows(kind, manifest, store, in: transaction)
        guard rows.hasFeatures else { return nil }
        if rows.layers.isEmpty, let descriptor = try rows.descriptor(MatrixNames.features(kind), part: 0) {
            return try MatrixView(descriptor, in: store).featureRows(below: manifest.vocabularies.features(of: kind), in: transaction)
        }
        var columns = FeatureRowsColumns()
        for row in 0..<rows.count {
            let found = try rows.features(of: row, in: transaction)
            columns.identityWeights.append(found?.identityWeight ?? 1)
            for (feature, weight) in found?.features ?? [] {
                columns.columns.append(feature)
                columns.weights.append(weight)
            }
            columns.offsets.append(UInt32(columns.columns.count))
        }
        return columns
    }

    /// The tallies of all rows of a kind; nil if the version counted none.
    func tallies(_ kind: RowKind, in transaction: borrowing Reading) throws(StoreError) -> [RowTally]? {
        let rows = try LayeredRows(kind, manifest, store, in: transaction)
        if manifest.totals == nil { return nil }
        var tallies = [RowTally](repeating: RowTally(), count: rows.count)
        for row in 0..<rows.count { tallies[row] = try rows.tally(of: row, in: transaction) ?? RowTally() }
        return tallies
    }

    private func fill(_ table: inout ParameterTable, _ length: Int, in transaction: borrowing Reading) throws(StoreError) {
        let rows = try LayeredRows(table.kind, manifest, store, in: transaction)
        table.addRows(upTo: max(rows.count, length))
        if rows.count == 0 { return }
        for part in ParameterPart.allCases where table.count(of: part) > 0 {
            let layout = MatrixNames.parameters(table.kind, part, components: manifest.components)
            for number in 0...rows.layers.count {
                guard let descriptor = try rows.descriptor(layout, part: number) else {
                    if number == 0, rows.baseCount == 0 { continue }
                    throw .damaged(
                        table: "versions", key: manifest.version.description, reason: "matrix \(layout.name) is missing or differs")
                }
                if number == 0 {
                    try unsafe table.withUnsafeMutableBytes(of: part) { (memory) throws(StoreError) in
                        try unsafe MatrixView(descriptor, in: store).copyRows(into: memory, in: transaction)
                    }
                    continue
                }
                let finder = try RowFinder(descriptor, in: store)
                for (place, row) in rows.layers[number - 1].numbers.enumerated() {
                    let bytes = unsafe try finder.row(place, in: transaction)
                    unsafe table.withUnsafeMutableBytes(of: part) { memory in
                        let start = Int(row) * layout.rowByteCount
                        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + layout.rowByteCount])
                            .copyMemory(from: bytes)
                    }
                }
            }
        }
    }

    /// Calls `body` with each row of a matrix, oldest part first, so that the last call for a row is the one that counts.
    private func forEachPart(
        of rows: LayeredRows, _ layout: MatrixLayout, in transaction: borrowing Reading, _ body: (Int, RawSpan) -> Void
    ) throws(StoreError) {
        for part in 0...rows.layers.count {
            guard let descriptor = try rows.descriptor(layout, part: part) else { continue }
            try MatrixView(descriptor, in: store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
                let first = number * descriptor.rowsPerBlock
                for place in first..<min(first + descriptor.rowsPerBlock, descriptor.rows) {
                    let start = BlockHeader.byteCount + (place - first) * descriptor.rowByteCount
                    body(
                        part == 0 ? place : Int(rows.layers[part - 1].numbers[place]),
                        block.extracting(start..<start + descriptor.rowByteCount))
                }
            }
        }
    }
}
