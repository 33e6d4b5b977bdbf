import LikenessStore
import LikenessTraining

/// What a version's matrices are called and how their rows are laid out. `store/FORMAT.md` lists them.
enum MatrixNames {
    /// Pages of a block of rows that are scanned, and of rows that are looked up. Chosen by measuring: see `store/FORMAT.md`.
    private static let scannedPages = 16
    private static let lookedUpPages = 4

    /// The prefix of the matrices of a kind of rows.
    static func prefix(of kind: TrainingError.RowKind) -> String {
        switch kind {
        case .item: "items"
        case .itemFeature: "itemFeatures"
        case .user: "users"
        case .userFeature: "userFeatures"
        }
    }

    /// Parameters and optimiser state: `items.embeddings`, `users.biasAccumulators`, …
    static func parameters(_ kind: TrainingError.RowKind, _ part: ParameterTable.Part, components: Int) -> MatrixLayout {
        let name = "\(prefix(of: kind)).\(part.rawValue)"
        return part.isWide
            ? MatrixLayout(name: name, element: .float32, columns: components, alignment: 64, pages: pages(kind))
            : MatrixLayout(name: name, element: .float32, columns: 1, alignment: 4, pages: lookedUpPages)
    }

    /// `items.representations`, …: the layout of embeddings, so that a representation which is the row's own embedding is
    /// stored once.
    static func representations(_ kind: TrainingError.RowKind, components: Int) -> MatrixLayout {
        MatrixLayout(
            name: prefix(of: kind) + ".representations", element: .float32, columns: components, alignment: 64,
            pages: pages(kind))
    }

    /// `items.codes`, …: int8 codes of the representations.
    static func codes(_ kind: TrainingError.RowKind, components: Int) -> MatrixLayout {
        MatrixLayout(
            name: prefix(of: kind) + ".codes", element: .int8, columns: components, alignment: 64, pages: scannedPages)
    }

    /// `items.terms`, …: scale, error, norm and bias of each row.
    static func terms(_ kind: TrainingError.RowKind) -> MatrixLayout {
        MatrixLayout(name: prefix(of: kind) + ".terms", element: .float32, columns: 4, alignment: 16, pages: scannedPages)
    }

    /// `items.features` and `users.features`: feature rows as of the version.
    static func features(_ kind: TrainingError.RowKind) -> MatrixLayout {
        MatrixLayout(featureRows: prefix(of: kind) + ".features", rowsPerBlock: 256)
    }

    private static func pages(_ kind: TrainingError.RowKind) -> Int {
        kind == .user || kind == .userFeature ? lookedUpPages : scannedPages
    }
}
