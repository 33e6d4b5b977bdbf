/// What a version's matrices are called and how their rows are laid out. `store/FORMAT.md` lists them.
package enum MatrixNames {
    /// Pages of a block of rows that are scanned, and of rows that are looked up. Chosen by measuring: see `store/FORMAT.md`.
    private static let scannedPages = 16
    private static let lookedUpPages = 4

    /// Parameters and optimiser state: `items.embeddings`, `users.biasAccumulators`, …
    package static func parameters(_ kind: RowKind, _ part: ParameterPart, components: Int) -> MatrixLayout {
        let name = "\(kind.matrixPrefix).\(part.rawValue)"
        return part.isWide
            ? MatrixLayout(name: name, element: .float32, columns: components, alignment: 64, pages: pages(kind))
            : MatrixLayout(name: name, element: .float32, columns: 1, alignment: 4, pages: lookedUpPages)
    }

    /// `items.representations`, …: the layout of embeddings, so that a representation which is the row's own embedding is
    /// stored once.
    package static func representations(_ kind: RowKind, components: Int) -> MatrixLayout {
        MatrixLayout(
            name: kind.matrixPrefix + ".representations", element: .float32, columns: components, alignment: 64,
            pages: pages(kind))
    }

    /// `items.codes`, …: int8 codes of the representations.
    package static func codes(_ kind: RowKind, components: Int) -> MatrixLayout {
        MatrixLayout(
            name: kind.matrixPrefix + ".codes", element: .int8, columns: components, alignment: 64, pages: scannedPages)
    }

    /// `items.terms`, …: scale, error, norm and bias of each row.
    package static func terms(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".terms", element: .float32, columns: 4, alignment: 16, pages: scannedPages)
    }

    /// `items.features` and `users.features`: feature rows as of the version.
    package static func features(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(featureRows: kind.matrixPrefix + ".features", rowsPerBlock: 256)
    }

    /// `items.gram` and `users.gram`: the sum of y yᵀ over the rows with likes, in versions by alternating least squares; d rows of d.
    package static func gram(_ kind: RowKind, components: Int) -> MatrixLayout {
        MatrixLayout(
            name: kind.matrixPrefix + ".gram", element: .float32, columns: components, alignment: 64, pages: lookedUpPages)
    }

    /// `items.tallies`, …: a `RowTally` a row.
    package static func tallies(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".tallies", element: .uint32, columns: 6, alignment: 4, pages: scannedPages)
    }

    /// `items.waiting` and `users.waiting`: opinions that a full fit left out, sorted by row and then the other row: item, user (or
    /// user, item), weight (float32), kind.
    package static func waiting(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(name: kind.matrixPrefix + ".waiting", element: .uint32, columns: 4, alignment: 16, pages: lookedUpPages)
    }

    /// Of a layer: the numbers of its rows, ascending.
    package static func numbers(_ kind: RowKind) -> MatrixLayout {
        MatrixLayout(
            name: "\(kind.matrixPrefix).\(LayerDescriptor.numbers)", element: .uint32, columns: 1, alignment: 4, pages: lookedUpPages)
    }

    /// All matrices that a layer of a kind may have.
    package static func layouts(_ kind: RowKind, components: Int) -> [MatrixLayout] {
        [numbers(kind), tallies(kind)] + ParameterPart.allCases.map { parameters(kind, $0, components: components) }
            + [representations(kind, components: components), codes(kind, components: components), terms(kind)]
            + (kind == .item || kind == .user ? [features(kind)] : [])
    }

    /// Whose rows a matrix holds (nil: rows of its own) and how they are laid out; nil for a name that this build does not know.
    package static func layout(of name: String, components: Int) -> (kind: RowKind?, layout: MatrixLayout)? {
        guard let dot = name.lastIndex(of: "."), let kind = RowKind.allCases.first(where: { $0.matrixPrefix == name[..<dot] })
        else { return nil }
        switch name[name.index(after: dot)...] {
        case "representations": return (kind, representations(kind, components: components))
        case "codes": return (kind, codes(kind, components: components))
        case "terms": return (kind, terms(kind))
        case "tallies": return (kind, tallies(kind))
        case "gram": return (nil, gram(kind, components: components))
        case "waiting": return (nil, waiting(kind))
        case "features" where kind == .item || kind == .user: return (kind, features(kind))
        case let part: return ParameterPart(rawValue: String(part)).map { (kind, parameters(kind, $0, components: components)) }
        }
    }

    private static func pages(_ kind: RowKind) -> Int {
        kind == .user || kind == .userFeature ? lookedUpPages : scannedPages
    }
}
