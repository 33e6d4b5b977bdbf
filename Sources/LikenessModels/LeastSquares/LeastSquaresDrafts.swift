import LikenessFormat
import LikenessSearch
import LikenessStore
import LikenessTraining

/// What a solved cut-out changes of its parent, as rows to be written.
struct LeastSquaresDrafts {
    private(set) var drafts: [LayerDraft] = []
    /// Rows that the parent has and that were solved, by kind, and what one minus the cosines of their vectors come to.
    private(set) var touched: [RowKind: Int] = [:]
    private(set) var moved: [RowKind: Double] = [:]
    private let hasUnitRows: Bool
    /// What vectors of items without likes are multiplied by.
    private let coldItemScale: Float

    /// - Parameters:
    ///   - hasUnitRows: whether users and items have a length of 1.
    ///   - name: the id of a row, by its number.
    /// - Throws: `FitError.diverged` if a row cannot be coded.
    init(
        _ cut: LeastSquaresCut, _ update: LeastSquaresUpdate, _ parent: ParentRows, hasUnitRows: Bool, name: (RowKind, Int) -> String,
        in transaction: borrowing Reading
    ) throws(FitError) {
        self.hasUnitRows = hasUnitRows
        coldItemScale = Float(update.terms.coldItemScale ?? 1)
        let (solvedItems, steppedItems) = (Set(update.touchedItems.rows), Set(update.steppedItems.rows))
        let sides = [
            (
                cut.items, update.items,
                Features(cut.itemFeatureNumbers, cut.update.featureTable, update.featureTable, update.featurePrecisions)
            ),
            (
                cut.users, update.users,
                Features(cut.userFeatureNumbers, cut.update.userFeatureTable, update.userFeatureTable, update.userFeaturePrecisions)
            ),
        ]
        for (side, vectors, known) in sides {
            let isSolved = { (row: Int) in side.kind == .user || solvedItems.contains(row) }
            let isMoved = { (row: Int) in isSolved(row) || steppedItems.contains(row) }
            do {
                drafts.append(try rows(side, vectors, isSolved, isMoved, known, parent, name: name, in: transaction))
                drafts.append(try features(side, known, parent, name: name, in: transaction))
            } catch {
                throw FitError(any: error)
            }
        }
    }

    /// The rows of users or items: those that were solved, and those whose counts or features changed.
    private mutating func rows(
        _ side: CutSide, _ vectors: FactorMatrix, _ isSolved: (Int) -> Bool, _ isMoved: (Int) -> Bool, _ known: Features,
        _ parent: ParentRows,
        name: (RowKind, Int) -> String, in transaction: borrowing Reading
    ) throws -> LayerDraft {
        let (kind, components) = (side.kind, vectors.components)
        var draft = LayerDraft(kind)
        let changed = side.numbers.indices.filter { row in
            isMoved(row) || side.tallies[row] != side.formerTallies[row] || side.rewritten[row] != nil
        }
        draft.numbers = changed.map { side.numbers[$0] }
        let own = parent.rows(kind)
        var written = vectors.selecting(changed)
        let scale = kind == .item ? coldItemScale : 1
        for (position, row) in changed.enumerated() where isSolved(row) {
            guard written.isZero(position) else { continue }
            // Nobody likes it any more, or yet: it is what its features say.
            for (feature, weight) in try side.rewritten[row]?.features
                ?? own.features(of: Int(side.numbers[row]), in: transaction)?.features ?? []
            {
                guard let place = known.numbers.position(ofSorted: feature) else { continue }
                for component in 0..<components {
                    written.values[position * written.stride + component] +=
                        weight * known.now.values[place * known.now.stride + component]
                }
            }
            if hasUnitRows { written.makeUnit(position..<position + 1) }
            written.scale(position, by: scale)
        }
        try draft.code(written, name: { [numbers = draft.numbers] in name(kind, Int(numbers[$0])) })
        draft.note(
            changed.map { row in
                var tally = side.tallies[row]
                if kind == .item, isSolved(row) { tally.solved = UInt32(clamping: Int(tally.likes) + Int(tally.dislikes)) }
                return tally
            })
        for (position, row) in changed.enumerated() { draft.features[position] = side.rewritten[row] }
        let layout = MatrixNames.representations(kind, components: components)
        for (position, row) in changed.enumerated() where isMoved(row) && !side.joins[row] {
            guard let before = try own.vector(Int(side.numbers[row]), layout, in: transaction) else { continue }
            touched[kind, default: 0] += 1
            moved[kind, default: 0] += 1 - Movement.cosine(before, written.vector(position))
        }
        return draft
    }

    /// The features of a cut-out: their numbers, their vectors before and now, and how firmly each is known now.
    private struct Features {
        let numbers: [UInt32]
        let before: FactorMatrix
        let now: FactorMatrix
        let precisions: [Float]

        init(_ numbers: [UInt32], _ before: FactorMatrix, _ now: FactorMatrix, _ precisions: [Float]) {
            (self.numbers, self.before, self.now, self.precisions) = (numbers, before, now, precisions)
        }

        /// Whether a feature has moved.
        func hasMoved(_ place: Int) -> Bool {
            (0..<now.components).contains { before.values[place * now.stride + $0] != now.values[place * now.stride + $0] }
        }
    }

    /// The rows of features that start here, of those that moved, and of those that more or fewer rows have.
    private mutating func features(
        _ side: CutSide, _ known: Features, _ parent: ParentRows, name: (RowKind, Int) -> String,
        in transaction: borrowing Reading
    ) throws -> LayerDraft {
        let kind = side.featureKind
        let rows = parent.rows(kind)
        var draft = LayerDraft(kind)
        let fresh = Set(side.fresh)
        var numbers = Set(side.featureDeltas.filter { $0.value != 0 }.keys).union(fresh)
        for (place, number) in known.numbers.enumerated() where !fresh.contains(number) && known.hasMoved(place) {
            numbers.insert(number)
            touched[kind, default: 0] += 1
            moved[kind, default: 0] += 1 - Movement.cosine(known.before.vector(place), known.now.vector(place))
        }
        draft.numbers = numbers.sorted()
        let layout = MatrixNames.representations(kind, components: known.now.components)
        var vectors = FactorMatrix(rows: draft.numbers.count, components: known.now.components)
        var tallies: [RowTally] = []
        for (position, number) in draft.numbers.enumerated() {
            let before = try rows.tally(of: Int(number), in: transaction) ?? RowTally()
            var tally = fresh.contains(number) ? RowTally() : before
            tally.likes = UInt32(clamping: Int(before.likes) + (side.featureDeltas[number] ?? 0))
            let place = known.numbers.position(ofSorted: number)
            if let place, known.precisions[place] < LeastSquaresUpdate.fixed { tally.precision = known.precisions[place] }
            tallies.append(tally)
            let vector = try place.map(known.now.vector) ?? rows.vector(Int(number), layout, in: transaction)
            for (component, value) in (vector ?? []).enumerated() { vectors.values[position * vectors.stride + component] = value }
        }
        draft.note(tallies)
        try draft.code(vectors) { [numbers = draft.numbers] in name(kind, Int(numbers[$0])) }
        for (position, tally) in tallies.enumerated() where tally.likes == 0 { draft.leaveOut(position) }
        return draft
    }
}

extension FactorMatrix {
    /// Whether a vector is zero.
    fileprivate func isZero(_ row: Int) -> Bool { (0..<components).allSatisfy { values[row * stride + $0] == 0 } }
}

extension LayerDraft {
    /// Takes in vectors without biases, and what scans read of them.
    fileprivate mutating func code(_ vectors: FactorMatrix, name: (Int) -> String) throws(FitError) {
        try code(
            Representations(vectors), epoch: 1, name: name)
    }
}
