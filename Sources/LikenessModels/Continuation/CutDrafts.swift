import LikenessFormat
import LikenessSearch
import LikenessStore
import LikenessTraining

/// What a trained cut-out changes of its parent, as rows to be written.
struct CutDrafts {
    private(set) var drafts: [LayerDraft] = []
    /// Rows that the parent has and whose contents changed, by kind, and what one minus the cosines of their representations come to.
    private(set) var touched: [RowKind: Int] = [:]
    private(set) var moved: [RowKind: Double] = [:]
    /// Features that start here.
    private(set) var fresh: [RowKind: Int] = [:]

    /// - Parameter name: the id of a row, by its number.
    /// - Throws: `FitError.diverged` if a row cannot be coded.
    init(
        _ cut: CutOut, _ trained: TrainedModel, _ parent: ParentRows, name: (RowKind, Int) -> String, in transaction: borrowing Reading
    ) throws(FitError) {
        for side in [cut.items, cut.users] {
            let (identity, named) =
                side.kind == .item ? (trained.model.items, trained.model.itemFeatures) : (trained.model.users, trained.model.userFeatures)
            let draft = try rows(side, identity, named, trained, parent, name: name, in: transaction)
            drafts.append(draft)
            let features = try CutDrafts.features(side, named, trained, parent, name: name, in: transaction)
            drafts.append(features)
            fresh[side.featureKind] = side.fresh.count
        }
    }

    /// The rows of users or items that changed.
    private mutating func rows(
        _ side: CutSide, _ identity: ParameterTable, _ named: ParameterTable, _ trained: TrainedModel, _ parent: ParentRows,
        name: (RowKind, Int) -> String, in transaction: borrowing Reading
    ) throws(FitError) -> LayerDraft {
        let (kind, components) = (side.kind, identity.components)
        let moved = CutDrafts.moved(side.identity, identity)
        let changed = side.numbers.indices.filter {
            moved[$0] || side.joins[$0] || side.tallies[$0] != side.formerTallies[$0] || side.rewritten[$0] != nil
        }
        var draft = LayerDraft(kind)
        draft.numbers = changed.map { side.numbers[$0] }
        for part in ParameterPart.allCases where identity.count(of: part) > 0 {
            let layout = MatrixNames.parameters(kind, part, components: components)
            draft.contents[layout.name] = CutDrafts.bytes(identity, part, changed, width: layout.rowByteCount)
        }
        let representations = Model.representations(of: side.features, identity: identity, features: named, rows: changed)
        try draft.code(representations, epoch: trained.state.epochsDone) { [numbers = draft.numbers] in name(kind, Int(numbers[$0])) }
        draft.note(changed.map { side.tallies[$0] })
        for (position, row) in changed.enumerated() { draft.features[position] = side.rewritten[row] }
        do {
            let layout = MatrixNames.representations(kind, components: components)
            for (position, row) in changed.enumerated() where !side.joins[row] {
                guard let before = try parent.rows(kind).vector(Int(side.numbers[row]), layout, in: transaction) else { continue }
                touched[kind, default: 0] += 1
                self.moved[kind, default: 0] += 1 - Movement.cosine(before, representations.vector(position))
            }
        } catch {
            throw .store(error)
        }
        return draft
    }

    /// The rows of features that start here, and of those that more or fewer rows have.
    private static func features(
        _ side: CutSide, _ named: ParameterTable, _ trained: TrainedModel, _ parent: ParentRows, name: (RowKind, Int) -> String,
        in transaction: borrowing Reading
    ) throws(FitError) -> LayerDraft {
        let (kind, components) = (side.featureKind, named.components)
        let rows = parent.rows(kind)
        var draft = LayerDraft(kind)
        let counted = Set(side.featureDeltas.filter { $0.value != 0 }.keys)
        draft.numbers = Array(counted.union(side.fresh)).sorted()
        let places = Dictionary(uniqueKeysWithValues: side.fresh.enumerated().map { ($1, side.fixed + $0) })
        do {
            var tallies: [RowTally] = []
            for number in draft.numbers {
                var tally = places[number] == nil ? try rows.tally(of: Int(number), in: transaction) ?? RowTally() : RowTally()
                let before = Int(try rows.tally(of: Int(number), in: transaction)?.likes ?? 0)
                tally.likes = UInt32(clamping: before + (side.featureDeltas[number] ?? 0))
                tallies.append(tally)
            }
            draft.note(tallies)
            let names = MatrixNames.layouts(kind, components: components).filter { $0.name != MatrixNames.numbers(kind).name }
            for layout in names where layout.name != MatrixNames.tallies(kind).name {
                let isMomenta = layout.name.hasSuffix("Momenta")
                if isMomenta, named.schedule == .adagrad { continue }
                let width = layout.rowByteCount
                var bytes = [UInt8](repeating: 0, count: draft.numbers.count * width)
                for (position, number) in draft.numbers.enumerated() where places[number] == nil && tallies[position].likes > 0 {
                    guard let old = unsafe try rows.row(Int(number), layout, in: transaction) else { continue }
                    unsafe bytes.withUnsafeMutableBytes { memory in
                        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[position * width..<(position + 1) * width]).copyMemory(
                            from: old)
                    }
                }
                draft.contents[layout.name] = bytes
            }
            for part in ParameterPart.allCases where named.count(of: part) > 0 {
                let layout = MatrixNames.parameters(kind, part, components: components)
                draft.overwrite(layout, named, part, places)
            }
            guard kind == .itemFeature else { return draft }
            var coded = LayerDraft(kind)
            coded.numbers = side.fresh
            let fresh = Model.representations(
                of: nil, identity: named, features: named, rows: side.fresh.indices.map { side.fixed + $0 })
            try coded.code(fresh, epoch: trained.state.epochsDone) { name(kind, Int(side.fresh[$0])) }
            draft.take(coded, names)
            for (position, tally) in tallies.enumerated() where tally.likes == 0 { draft.leaveOut(position) }
        } catch {
            throw FitError(any: error)
        }
        return draft
    }

    /// Whether each row of a table differs from what it was.
    private static func moved(_ before: ParameterTable, _ after: ParameterTable) -> [Bool] {
        var moved = [Bool](repeating: false, count: after.rows)
        for part in ParameterPart.allCases where after.count(of: part) > 0 {
            let width = 4 * (part.isWide ? after.stride : 1)
            unsafe before.withUnsafeBytes(of: part) { old in
                unsafe after.withUnsafeBytes(of: part) { new in
                    for row in moved.indices where !moved[row] {
                        let range = row * width..<(row + 1) * width
                        moved[row] = unsafe !old[range].elementsEqual(new[range])
                    }
                }
            }
        }
        return moved
    }

    fileprivate static func bytes(_ table: ParameterTable, _ part: ParameterPart, _ rows: [Int], width: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: rows.count * width)
        unsafe table.withUnsafeBytes(of: part) { source in
            unsafe bytes.withUnsafeMutableBytes { target in
                for (position, row) in rows.enumerated() {
                    unsafe UnsafeMutableRawBufferPointer(rebasing: target[position * width..<(position + 1) * width])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[row * width..<(row + 1) * width]))
                }
            }
        }
        return bytes
    }
}

extension LayerDraft {
    /// Takes in representations, and what scans read of them.
    mutating func code(
        _ representations: Representations, epoch: Int, name: (Int) -> String
    ) throws(FitError) {
        let coder = RowCoder(components: representations.components)
        do throws(RowCoderError) {
            let coded = try unsafe representations.vectors.withUnsafeBuffer { (vectors) throws(RowCoderError) in
                try unsafe coder.code(vectors.span, biases: representations.biases.span)
            }
            contents[MatrixNames.codes(kind, components: representations.components).name] = coded.codes.map { UInt8(bitPattern: $0) }
            contents[MatrixNames.terms(kind).name] = unsafe coded.terms.span.bytes.withUnsafeBytes { unsafe Array($0) }
        } catch {
            throw ModelWriter.fitError(error, kind: kind, epoch: epoch, name: name)
        }
        contents[MatrixNames.representations(kind, components: representations.components).name] =
            unsafe representations.vectors.withUnsafeBuffer { unsafe Array(UnsafeRawBufferPointer($0)) }
    }

    /// Takes in what the version counts of the rows.
    mutating func note(_ tallies: [RowTally]) {
        var bytes = [UInt8](repeating: 0, count: tallies.count * RowTally.byteCount)
        unsafe bytes.withUnsafeMutableBytes { memory in
            for (position, tally) in tallies.enumerated() {
                let range = position * RowTally.byteCount..<(position + 1) * RowTally.byteCount
                unsafe tally.write(to: UnsafeMutableRawBufferPointer(rebasing: memory[range]))
            }
        }
        contents[MatrixNames.tallies(kind).name] = bytes
    }

    /// Puts rows of a table in place of what is there.
    fileprivate mutating func overwrite(_ layout: MatrixLayout, _ table: ParameterTable, _ part: ParameterPart, _ places: [UInt32: Int]) {
        let width = layout.rowByteCount
        var bytes = contents[layout.name] ?? []
        for (position, number) in numbers.enumerated() {
            guard let place = places[number] else { continue }
            bytes.replaceSubrange(position * width..<(position + 1) * width, with: CutDrafts.bytes(table, part, [place], width: width))
        }
        contents[layout.name] = bytes
    }

    /// Puts the rows of another draft in place of what is there, where that has the matrix.
    fileprivate mutating func take(_ other: LayerDraft, _ layouts: [MatrixLayout]) {
        for layout in layouts {
            guard let source = other.contents[layout.name], var bytes = contents[layout.name] else { continue }
            let width = layout.rowByteCount
            for (place, number) in other.numbers.enumerated() {
                guard let position = numbers.position(ofSorted: number) else { continue }
                bytes.replaceSubrange(position * width..<(position + 1) * width, with: source[place * width..<(place + 1) * width])
            }
            contents[layout.name] = bytes
        }
    }

    /// Marks a row as no part of the version.
    mutating func leaveOut(_ position: Int) {
        let bytes = unsafe withUnsafeBytes(of: Float(-1).bitPattern.littleEndian) { unsafe Array($0) }
        let norm = position * RowTerms.byteCount + RowTerms.normOffset
        contents[MatrixNames.terms(kind).name]?.replaceSubrange(norm..<norm + 4, with: bytes)
    }
}
