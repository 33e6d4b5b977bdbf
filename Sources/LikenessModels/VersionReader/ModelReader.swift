import LikenessFormat
import LikenessStore
import LikenessTraining

/// Reads a version's parameters and optimiser state back into the trainer's arrays.
struct ModelReader {
    let store: Store
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

    /// How many rows of a kind the version has.
    func rows(of kind: RowKind) -> Int {
        manifest.matrix(MatrixNames.parameters(kind, .embeddings, components: manifest.components).name)?.rows ?? 0
    }

    /// Whether each row of a kind is part of the version.
    func present(_ kind: RowKind, in transaction: borrowing Reading) throws(StoreError) -> [Bool] {
        guard let descriptor = manifest.matrix(MatrixNames.terms(kind).name) else { return [] }
        var present: [Bool] = []
        present.reserveCapacity(descriptor.rows)
        let view = try MatrixView(descriptor, in: store)
        try view.forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let count = min(descriptor.rowsPerBlock, descriptor.rows - number * descriptor.rowsPerBlock)
            for row in 0..<count {
                let norm = Float(bitPattern: block.littleEndian(at: BlockHeader.byteCount + 16 * row + 8))
                present.append(norm >= 0)
            }
        }
        return present
    }

    private func fill(_ table: inout ParameterTable, _ length: Int, in transaction: borrowing Reading) throws(StoreError) {
        let layouts = ParameterPart.allCases.map {
            ($0, MatrixNames.parameters(table.kind, $0, components: manifest.components))
        }
        let rows = self.rows(of: table.kind)
        table.addRows(upTo: max(rows, length))
        if rows == 0 { return }
        for (part, layout) in layouts where table.count(of: part) > 0 {
            guard let descriptor = manifest.matrix(layout.name), descriptor.rows == rows,
                descriptor.rowByteCount == layout.rowByteCount
            else {
                throw .damaged(
                    table: "versions", key: manifest.version.description, reason: "matrix \(layout.name) is missing or differs")
            }
            let view = try MatrixView(descriptor, in: store)
            try unsafe table.withUnsafeMutableBytes(of: part) { (memory) throws(StoreError) in
                try unsafe view.copyRows(into: memory, in: transaction)
            }
        }
    }
}
