import LMDB
import LikenessFormat

/// Rows of users and items as versions have them: finds them, and writes versions without them.
///
/// A row that is forgotten is one that is not part of the version: zeros, and a norm of −1. It stays in layers, so that no older one shows through.
struct ForgottenRows {
    private let store: StoreReader
    private let forgetting: Forgetting

    init(_ store: StoreReader, _ forgetting: Forgetting) {
        (self.store, self.forgetting) = (store, forgetting)
    }

    /// The kind of rows that a matrix holds if some of them may be forgotten; nil for other matrices.
    private func kind(of name: String) -> RowKind? {
        [RowKind.user, .item].first { name.hasPrefix($0.matrixPrefix + ".") && !forgetting[$0].isEmpty }
    }

    private static func part(of name: String) -> String { name.split(separator: ".").last.map(String.init) ?? "" }

    /// Where each forgotten row that a layer has is in it.
    private func positions(in layer: LayerDescriptor, in transaction: borrowing Reading) throws(StoreError) -> [Int] {
        guard !forgetting[layer.kind].isEmpty, let matrix = layer.matrix(MatrixNames.numbers(layer.kind)) else { return [] }
        let rows = Set(forgetting[layer.kind])
        var positions: [Int] = []
        try MatrixView(matrix, in: store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let first = number * matrix.rowsPerBlock
            for place in 0..<min(matrix.rowsPerBlock, matrix.rows - first)
            where rows.contains(block.littleEndian(at: BlockHeader.byteCount + 4 * place, as: UInt32.self)) {
                positions.append(first + place)
            }
        }
        return positions
    }

    /// The matrices of a version that may hold forgotten rows, with where these are. Not those with rows of their own.
    private func places(
        in manifest: Manifest, in transaction: borrowing Reading
    ) throws(StoreError) -> [(layer: Int?, matrix: MatrixDescriptor, positions: [Int])] {
        var places: [(layer: Int?, matrix: MatrixDescriptor, positions: [Int])] = []
        for matrix in manifest.matrices {
            guard let kind = kind(of: matrix.name), !["waiting", "gram"].contains(Self.part(of: matrix.name)) else { continue }
            let rows = forgetting[kind].lazy.map { Int($0) }.filter { $0 < matrix.rows }
            if !rows.isEmpty { places.append((nil, matrix, Array(rows))) }
        }
        for (index, layer) in (manifest.layers ?? []).enumerated() {
            let positions = try positions(in: layer, in: transaction)
            if positions.isEmpty { continue }
            for matrix in layer.matrices(components: manifest.components) where Self.part(of: matrix.name) != LayerDescriptor.numbers {
                places.append((index, matrix, positions))
            }
        }
        return places
    }

    /// Whether a version has forgotten rows that are part of it, or opinions of them.
    func areIn(_ manifest: Manifest, in transaction: borrowing Reading) throws(StoreError) -> Bool {
        for place in try self.places(in: manifest, in: transaction) where Self.part(of: place.matrix.name) == "terms" {
            for position in place.positions where try norm(place.matrix, position, in: transaction) >= 0 { return true }
        }
        for kind in [RowKind.user, .item] {
            guard let matrix = manifest.matrix(MatrixNames.waiting(kind).name) else { continue }
            if try waiting(matrix, kind, in: transaction).removed > 0 { return true }
        }
        return false
    }

    private func norm(_ terms: MatrixDescriptor, _ row: Int, in transaction: borrowing Reading) throws(StoreError) -> Float {
        Float(bitPattern: try MatrixView(terms, in: store).row(row, in: transaction).littleEndian(at: 8))
    }

    /// What a version is without the rows; nil if it has none of them.
    ///
    /// - Parameter kept: the blocks are written to it; they are garbage until a manifest leads to them.
    func removed(from manifest: Manifest, _ store: Store) throws(StoreError) -> Manifest? {
        var changed = manifest
        var writer = BlockEditor(store)
        let (places, vectors) = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            (try self.places(in: manifest, in: transaction), try presentRows(of: manifest, in: transaction))
        }
        for place in places {
            let part = Self.part(of: place.matrix.name)
            guard let root = place.matrix.root else { continue }
            let edited = try writer.edit(root, place.matrix, place.positions) { block, rows in Self.clear(&block, rows, part, place.matrix)
            }
            if let index = place.layer {
                changed.layers?[index].roots[part] = edited
            } else if let index = changed.matrices.firstIndex(where: { $0.name == place.matrix.name }) {
                changed.matrices[index].root = edited
            }
        }
        try writer.finish()
        for kind in [RowKind.user, .item] {
            guard let index = changed.matrices.firstIndex(where: { $0.name == MatrixNames.waiting(kind).name }) else { continue }
            let (words, removed) = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try waiting(changed.matrices[index], kind, in: transaction)
            }
            if removed > 0 { changed.matrices[index] = try Self.write(words, as: MatrixNames.waiting(kind), store) }
        }
        for (kind, rows) in vectors where !rows.isEmpty {
            try subtract(rows.map(\.vector), kind, from: &changed, store)
            changed.totals?[kind] -= rows.count
            if kind == .item {
                for row in rows where row.tally.likes + row.tally.dislikes > 0 {
                    changed.totals?.drawable -= 1
                    changed.totals?.likes -= Int(row.tally.likes)
                    changed.totals?.dislikes -= Int(row.tally.dislikes)
                }
            }
        }
        if let totals = changed.totals {
            changed.totals?.likes = max(totals.likes, 0)
            changed.totals?.dislikes = max(totals.dislikes, 0)
            changed.totals?.drawable = max(totals.drawable, 0)
        }
        return changed == manifest ? nil : changed
    }

    /// A forgotten row that is part of a version.
    private struct PresentRow {
        let vector: [Float]
        let tally: RowTally
    }

    /// The forgotten rows that are part of a version.
    private func presentRows(of manifest: Manifest, in transaction: borrowing Reading) throws(StoreError) -> [RowKind: [PresentRow]] {
        var found: [RowKind: [PresentRow]] = [:]
        for kind in [RowKind.user, .item] {
            var open = Set(forgetting[kind])
            // The newest layer that has a row wins.
            var parts: [(number: (Int) -> UInt32?, matrix: (MatrixLayout) -> MatrixDescriptor?, positions: [Int])] = []
            for layer in manifest.layers(of: kind).reversed() {
                guard let numbers = layer.matrix(MatrixNames.numbers(kind)) else { continue }
                let positions = try positions(in: layer, in: transaction)
                var rows: [Int: UInt32] = [:]
                for position in positions {
                    rows[position] = try MatrixView(numbers, in: store).row(position, in: transaction).littleEndian(at: 0)
                }
                parts.append(({ rows[$0] }, { layer.matrix($0) }, positions))
            }
            parts.append(({ UInt32($0) }, { manifest.matrix($0.name) }, forgetting[kind].map { Int($0) }))
            for part in parts {
                for position in part.positions {
                    guard let row = part.number(position), open.contains(row), let terms = part.matrix(MatrixNames.terms(kind)),
                        position < terms.rows
                    else { continue }
                    open.remove(row)
                    guard try norm(terms, position, in: transaction) >= 0 else { continue }
                    var (vector, tally): ([Float], RowTally) = ([], RowTally())
                    if let matrix = part.matrix(MatrixNames.representations(kind, components: manifest.components)) {
                        let bytes = try MatrixView(matrix, in: store).row(position, in: transaction)
                        vector = (0..<manifest.components).map { Float(bitPattern: bytes.littleEndian(at: 4 * $0)) }
                    }
                    if let matrix = part.matrix(MatrixNames.tallies(kind)) {
                        let bytes = try MatrixView(matrix, in: store).row(position, in: transaction)
                        tally = unsafe bytes.withUnsafeBytes { unsafe RowTally($0) } ?? tally
                    }
                    found[kind, default: []].append(PresentRow(vector: vector, tally: tally))
                }
            }
        }
        return found
    }

    /// Takes what rows had in it out of the Gram matrix of a kind, if the version has one.
    private func subtract(_ vectors: [[Float]], _ kind: RowKind, from manifest: inout Manifest, _ store: Store) throws(StoreError) {
        let layout = MatrixNames.gram(kind, components: manifest.components)
        guard let index = manifest.matrices.firstIndex(where: { $0.name == layout.name }) else { return }
        let (matrix, width) = (manifest.matrices[index], layout.rowByteCount / 4)
        guard matrix.rows == manifest.components else { return }
        var words = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try Self.words(matrix, store, in: transaction)
        }
        for vector in vectors {
            for row in vector.indices {
                for column in vector.indices {
                    let before = Float(bitPattern: words[row * width + column])
                    words[row * width + column] = Float(Double(before) - Double(vector[row]) * Double(vector[column])).bitPattern
                }
            }
        }
        manifest.matrices[index] = try Self.write(words, as: layout, store)
    }

    /// The opinions that a full fit left out, without those of forgotten rows, and how many of those there are.
    private func waiting(
        _ matrix: MatrixDescriptor, _ kind: RowKind, in transaction: borrowing Reading
    ) throws(StoreError) -> (words: [UInt32], removed: Int) {
        let (own, others) = (Set(forgetting[kind]), Set(forgetting[kind == .user ? .item : .user]))
        let words = try Self.words(matrix, store, in: transaction)
        var kept: [UInt32] = []
        for entry in stride(from: 0, to: words.count, by: 4) where !own.contains(words[entry]) && !others.contains(words[entry + 1]) {
            kept += words[entry..<entry + 4]
        }
        return (kept, (words.count - kept.count) / 4)
    }

    /// All words of a matrix whose rows are words.
    private static func words(
        _ matrix: MatrixDescriptor, _ store: StoreReader, in transaction: borrowing Reading
    ) throws(StoreError) -> [UInt32] {
        var words: [UInt32] = []
        words.reserveCapacity(matrix.rows * matrix.rowByteCount / 4)
        try MatrixView(matrix, in: store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let rows = min(matrix.rowsPerBlock, matrix.rows - number * matrix.rowsPerBlock)
            for word in 0..<rows * matrix.rowByteCount / 4 { words.append(block.littleEndian(at: BlockHeader.byteCount + 4 * word)) }
        }
        return words
    }

    private static func write(_ words: [UInt32], as layout: MatrixLayout, _ store: Store) throws(StoreError) -> MatrixDescriptor {
        let width = layout.rowByteCount / 4
        var writer = BlockTreeWriter(store)
        let matrix = unsafe try writer.write(layout, rows: words.count / width) { range, memory in
            for word in range.lowerBound * width..<range.upperBound * width {
                unsafe memory.storeBytes(
                    of: words[word].littleEndian, toByteOffset: 4 * (word - range.lowerBound * width), as: UInt32.self)
            }
        }
        try writer.finish()
        return matrix
    }

    /// Makes rows of a data block ones that are not part of the version; false if the block is not sound.
    private static func clear(_ block: inout [UInt8], _ rows: [Int], _ part: String, _ matrix: MatrixDescriptor) -> Bool {
        if matrix.rowByteCount == 0 {
            guard let header = unsafe BlockHeader(block.span.bytes) else { return false }
            var columns = FeatureRowsColumns()
            do { try unsafe FeatureRowsBlock.append(block.span.bytes, header: header, below: .max, to: &columns) } catch { return false }
            block = FeatureRowsBlock.make(columns.clearing(Set(rows)), rows: 0..<columns.rowCount)
            return true
        }
        for row in rows {
            let start = BlockHeader.byteCount + row * matrix.rowByteCount
            guard start + matrix.rowByteCount <= block.count else { return false }
            for place in start..<start + matrix.rowByteCount { block[place] = 0 }
            unsafe block.withUnsafeMutableBytes { bytes in
                let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + matrix.rowByteCount])
                if part == "terms" { unsafe memory.storeBytes(of: Float(-1).bitPattern.littleEndian, toByteOffset: 8, as: UInt32.self) }
                if part == "tallies" { unsafe RowTally().write(to: memory) }
            }
        }
        return true
    }
}

extension FeatureRowsColumns {
    /// The same with some rows empty: of their own embedding alone.
    fileprivate func clearing(_ rows: Set<Int>) -> FeatureRowsColumns {
        var cleared = FeatureRowsColumns()
        for row in 0..<rowCount {
            if !rows.contains(row) {
                let entries = Int(offsets[row])..<Int(offsets[row + 1])
                cleared.columns += columns[entries]
                cleared.weights += weights[entries]
            }
            cleared.offsets.append(UInt32(cleared.columns.count))
            cleared.identityWeights.append(rows.contains(row) ? 1 : identityWeights[row])
        }
        return cleared
    }
}
