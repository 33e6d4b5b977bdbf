import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
public import LikenessStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Indexes of continuations: rows that came or changed are laid over the lists of an index before, whose blocks are shared.
///
/// A new layer takes in the newest ones that are less than twice as large, as layers of versions do. Past a share of the rows in layers
/// nothing is laid over: lists are written anew, with the directions that they have.
extension Store {
    /// The share of the lists' rows in layers from which on lists are written anew.
    private static let foldedShare = 0.2

    /// The index of a version as what came or changed laid over that of an ancestor; nil if that would be too much.
    ///
    /// - Complexity: O(rows that came or changed × lists × components), and the lists' directions are read.
    func layer(
        _ kind: EntityKind, _ session: borrowing Session, _ builder: ListBuilder, over ancestor: SearchIndexRecord
    ) throws -> SearchIndexRecord? {
        let table = try session.scan(kind.rows).table
        let own = try session.rows(kind.rows)
        let (manifest, rootHash) = (session.manifest, session.reader.rootHash)
        return try withSession(of: .version(ancestor.version)) { former in
            let before = try former.scan(kind.rows).table
            guard let candidates = Store.candidates(own, over: try former.rows(kind.rows)) else { return nil }
            let lists = try former.lists(of: ancestor)
            let moved = builder.moved(lists, of: before, among: candidates)
            var record = ancestor
            (record.version, record.manifest) = (manifest.version, rootHash.hexadecimal)
            record.created = Int64(Date().timeIntervalSince1970 * 1_000)
            record.placed += moved.count
            for (row, _) in moved {
                record.present += (table.contains(row) ? 1 : 0) - (before.contains(row) ? 1 : 0)
            }
            if moved.isEmpty { return record }
            var listOf = Dictionary(uniqueKeysWithValues: moved.map { ($0.row, $0.list) })
            while let last = record.layers.last, record.layers.count >= SearchIndexRecord.mostLayers || last.rows < 2 * listOf.count {
                for (row, list) in lists.layers[record.layers.count - 1].placed where listOf[row] == nil { listOf[row] = list }
                record.layers.removeLast()
            }
            let layered = record.layers.reduce(listOf.count) { $0 + $1.rows }
            if Double(layered) > Store.foldedShare * Double(record.rows) { return nil }
            let placed = listOf.sorted { $0.value != $1.value ? $0.value < $1.value : $0.key < $1.key }
            record.layers.append(try write(placed.map { ($0.key, $0.value) }, kind, table))
            return record
        }
    }

    /// The rows that may differ between a version and one that it goes back to; nil if they have different bases, so that any may.
    private static func candidates(_ rows: LayeredRows, over former: LayeredRows) -> [UInt32]? {
        for layout in [MatrixNames.codes(rows.kind, components: rows.manifest.components), MatrixNames.terms(rows.kind)]
        where rows.manifest.matrix(layout.name) != former.manifest.matrix(layout.name) { return nil }
        var numbers: Set<UInt32> = []
        for (one, other) in [(rows, former), (former, rows)] {
            for layer in one.layers where !other.layers.contains(where: { $0.descriptor == layer.descriptor }) {
                numbers.formUnion(layer.numbers)
            }
        }
        return numbers.sorted()
    }

    /// Writes a layer's rows, which are in the order of their lists.
    private func write(
        _ placed: [(row: UInt32, list: UInt32)], _ kind: EntityKind, _ table: ScanTable
    ) throws -> SearchIndexRecord.Layer {
        var writer = BlockTreeWriter(self)
        var matrices: [MatrixDescriptor] = []
        for (part, layout) in SearchIndexRecord.layerLayouts(kind.rows, components: table.components).enumerated() {
            matrices.append(
                try unsafe writer.write(layout, rows: placed.count) { range, memory in
                    for (place, position) in range.enumerated() {
                        let target = unsafe UnsafeMutableRawBufferPointer(
                            rebasing: memory[place * layout.rowByteCount..<(place + 1) * layout.rowByteCount])
                        let (row, list) = placed[position]
                        switch part {
                        case 0: unsafe target.storeBytes(of: row.littleEndian, as: UInt32.self)
                        case 1: unsafe target.storeBytes(of: list.littleEndian, as: UInt32.self)
                        default: unsafe table.copy(row, isCodes: part == 2, to: target)
                        }
                    }
                })
        }
        try writer.finish()
        return SearchIndexRecord.Layer(rows: placed.count, matrices: matrices)
    }
}

extension StoreReader {
    /// Versions to go back for one that has an index.
    private static let generations = 64

    /// Whether the rows of a version are so many that approximate search pays, or a version that it goes back to has an index.
    ///
    /// - Parameters:
    ///   - reference: a version or an alias.
    ///   - kind: what is to be found.
    /// - Throws: `QueryError` if there is no such version.
    public func wantsIndex(of reference: VersionReference = .current, _ kind: EntityKind = .items) throws(QueryError) -> Bool {
        let session = try session(of: reference)
        let rows = try session.scan(kind.rows).table.rows
        if SearchIndexSummary.pays(rows: rows, components: session.manifest.components) { return true }
        do { return try ancestorIndex(kind, session.manifest) != nil } catch { throw .store(error) }
    }

    /// The index of the nearest version that a version goes back to; nil if none of them has one that its rows fit.
    func ancestorIndex(_ kind: EntityKind, _ manifest: Manifest) throws(StoreError) -> SearchIndexRecord? {
        let found = try environment.read { (transaction: borrowing Reading) throws(StoreError) -> SearchIndexRecord? in
            var next = manifest.parent
            for _ in 0..<StoreReader.generations {
                guard let version = next else { return nil }
                let parent = try catalog.manifest(of: version, in: transaction)
                if parent != nil, let found = try SearchIndexes(tables).record(of: SearchIndexKey(version, kind.rows), in: transaction) {
                    return found
                }
                next = parent?.parent
            }
            return nil
        }
        guard let found, found.components == manifest.components else { return nil }
        return found
    }
}
