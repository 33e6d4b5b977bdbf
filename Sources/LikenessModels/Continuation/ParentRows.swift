import LikenessFormat
import LikenessStore
import LikenessTraining

/// A version to be continued, read row by row.
struct ParentRows {
    let store: StoreReader
    let manifest: Manifest
    /// What the trainer was told; of a version by alternating least squares no more than the length of its vectors and its seed.
    let hyperparameters: Hyperparameters
    /// What a version by alternating least squares was told.
    let leastSquares: LeastSquaresRecord?
    let state: TrainingState
    let features: FeatureOptions
    /// Lengths of the vocabularies now.
    let lengths: Manifest.Lengths
    private let items: LayeredRows
    private let itemFeatures: LayeredRows
    private let users: LayeredRows
    private let userFeatures: LayeredRows

    /// - Throws: `StoreError`: a damaged version.
    /// - Complexity: O(rows of the layers).
    init(_ store: StoreReader, _ manifest: Manifest, in transaction: borrowing Reading) throws(StoreError) {
        leastSquares = LeastSquaresRecord(of: manifest)
        var stepped = Hyperparameters()
        stepped.components = manifest.components
        let known = leastSquares.map { (stepped, TrainingState(seed: $0.settings.seed)) }
        guard let hyperparameters = known?.0 ?? manifest.hyperparameters.decoded(as: Hyperparameters.self),
            let state = known?.1 ?? manifest.randomState.decoded(as: TrainingState.self),
            let features = FeatureOptions(of: manifest)
        else {
            throw .damaged(
                table: "versions", key: manifest.version.description,
                reason: "its hyper-parameters are not what this build writes")
        }
        (self.store, self.manifest, self.hyperparameters, self.state, self.features) = (store, manifest, hyperparameters, state, features)
        lengths = try TrainingSet.lengths(store, readsFeatures: features.weighting != .none, in: transaction)
        items = try LayeredRows(.item, manifest, store, in: transaction)
        itemFeatures = try LayeredRows(.itemFeature, manifest, store, in: transaction)
        users = try LayeredRows(.user, manifest, store, in: transaction)
        userFeatures = try LayeredRows(.userFeature, manifest, store, in: transaction)
    }

    func rows(_ kind: RowKind) -> LayeredRows {
        switch kind {
        case .item: items
        case .itemFeature: itemFeatures
        case .user: users
        case .userFeature: userFeatures
        }
    }

    /// Whether a row is part of the version.
    func isPresent(_ row: UInt32, _ kind: RowKind, in transaction: borrowing Reading) throws(StoreError) -> Bool {
        try rows(kind).isPresent(Int(row), in: transaction)
    }

    /// A table without rows.
    func table(_ kind: RowKind) -> ParameterTable {
        ParameterTable(kind: kind, components: manifest.components, schedule: hyperparameters.schedule)
    }

    /// Copies rows into a table, one behind the other. Those that join start as fresh rows do.
    func fill(
        _ table: inout ParameterTable, _ numbers: [UInt32], joins: [Bool], in transaction: borrowing Reading
    ) throws(StoreError) {
        table.addRows(upTo: numbers.count)
        let rows = rows(table.kind)
        for part in ParameterPart.allCases where table.count(of: part) > 0 {
            let layout = MatrixNames.parameters(table.kind, part, components: manifest.components)
            try unsafe table.withUnsafeMutableBytes(of: part) { (memory) throws(StoreError) in
                for (row, number) in numbers.enumerated() where !joins[row] {
                    guard let bytes = unsafe try rows.row(Int(number), layout, in: transaction) else { continue }
                    let width = layout.rowByteCount
                    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[row * width..<(row + 1) * width]).copyMemory(from: bytes)
                }
            }
        }
        let fresh = numbers.indices.filter { joins[$0] }
        table.restart(fresh, as: fresh.map { Int(numbers[$0]) }, seed: hyperparameters.seed)
    }

    /// The opinions that a full fit left out and filed under a row.
    func waiting(_ row: UInt32, _ kind: RowKind, in transaction: borrowing Reading) throws(StoreError) -> [WaitingOpinion] {
        let layout = MatrixNames.waiting(kind)
        guard let descriptor = manifest.matrix(layout.name) else { return [] }
        guard descriptor.rowByteCount == layout.rowByteCount else {
            throw .damaged(table: "versions", key: "\(manifest.version) \(layout.name)", reason: "its rows are not 4 wide")
        }
        let finder = try RowFinder(descriptor, in: store)
        func words(_ place: Int) throws(StoreError) -> [UInt32] {
            let bytes = unsafe try finder.row(place, in: transaction)
            return (0..<4).map { UInt32(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
        }
        var (low, high) = (0, descriptor.rows)
        while low < high {
            let middle = (low + high) / 2
            if try words(middle)[0] < row { low = middle + 1 } else { high = middle }
        }
        var found: [WaitingOpinion] = []
        while low < descriptor.rows {
            let words = try words(low)
            guard words[0] == row else { break }
            let (weight, kind) = (Float(bitPattern: words[2]), UInt8(truncatingIfNeeded: words[3]))
            guard weight.isFinite, weight >= 0, LikeKind(rawValue: kind) != nil else {
                throw .damaged(table: "blocks", key: layout.name, reason: "opinion \(low) is not sound")
            }
            found.append(WaitingOpinion(row: row, other: words[1], weight: weight, kind: kind))
            low += 1
        }
        return found
    }
}
