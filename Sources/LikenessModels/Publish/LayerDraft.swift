import LMDB
import LikenessFormat
import LikenessSearch
import LikenessStore

/// The rows of one kind that a continuation changed, with all that a version keeps of them, laid out as on disk.
struct LayerDraft {
    let kind: RowKind
    /// The numbers of the rows, ascending.
    var numbers: [UInt32] = []
    /// The contents of each matrix by its name, row after row.
    var contents: [String: [UInt8]] = [:]
    /// Feature rows that are other than the parent's, by position.
    var features: [Int: (features: [(feature: UInt32, weight: Float)], identityWeight: Float)] = [:]

    init(_ kind: RowKind) { self.kind = kind }
}

/// Where the contents of rows come from: a draft, or else the parent.
struct DraftedRows {
    let draft: LayerDraft
    let parent: LayeredRows
    let store: Store

    /// The matrices of the draft, except for numbers and feature rows.
    let layouts: [MatrixLayout]
    /// Whether rows of the kind have feature rows.
    let hasFeatures: Bool

    init(_ draft: LayerDraft, over parent: LayeredRows, _ store: Store) {
        (self.draft, self.parent, self.store) = (draft, parent, store)
        hasFeatures = parent.hasFeatures || !draft.features.isEmpty
        let special = [MatrixNames.numbers(draft.kind).name, MatrixNames.features(draft.kind).name]
        layouts = MatrixNames.layouts(draft.kind, components: parent.manifest.components).filter { layout in
            !special.contains(layout.name) && draft.contents[layout.name] != nil
        }
    }

    /// Copies rows of a matrix one behind the other. A row that neither has is not part of the version.
    func copy(_ numbers: some Collection<UInt32>, _ layout: MatrixLayout, to memory: UnsafeMutableRawBufferPointer) throws(StoreError) {
        let width = layout.rowByteCount
        parent.forgetPlaces()
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            for (place, number) in numbers.enumerated() {
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[place * width..<(place + 1) * width])
                if let position = draft.numbers.position(ofSorted: number), let contents = draft.contents[layout.name] {
                    unsafe contents.withUnsafeBytes { bytes in
                        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[position * width..<(position + 1) * width]))
                    }
                } else if let bytes = unsafe try parent.row(Int(number), layout, in: transaction) {
                    unsafe target.copyMemory(from: bytes)
                } else if layout.name == MatrixNames.tallies(draft.kind).name {
                    unsafe RowTally().write(to: target)
                } else if layout.name == MatrixNames.terms(draft.kind).name {
                    unsafe target.storeBytes(of: Float(-1), toByteOffset: 8, as: Float.self)
                }
            }
        }
        parent.forgetPlaces()
    }

    /// Feature rows side by side.
    func featureRows(_ numbers: some Collection<UInt32>) throws(StoreError) -> FeatureRowsColumns {
        parent.forgetPlaces()
        let columns = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var columns = FeatureRowsColumns()
            for number in numbers {
                var found = draft.numbers.position(ofSorted: number).flatMap { draft.features[$0] }
                if found == nil { found = try parent.features(of: Int(number), in: transaction) }
                columns.identityWeights.append(found?.identityWeight ?? 1)
                for (feature, weight) in found?.features ?? [] {
                    columns.columns.append(feature)
                    columns.weights.append(weight)
                }
                columns.offsets.append(UInt32(columns.columns.count))
            }
            return columns
        }
        parent.forgetPlaces()
        return columns
    }
}
