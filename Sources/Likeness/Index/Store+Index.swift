import DelimitedText
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

extension Store {
    /// Queries that an index is measured with.
    private static let sampleQueries = 200

    /// Builds the index of a version for approximate search, measures what it finds, and puts it beside the version, in place of one that was there.
    ///
    /// The version stays as it is. A prune that removes the version removes the index.
    /// - Parameters:
    ///   - kind: what is to be found.
    ///   - lists: how many lists; nil for 4 √rows.
    ///   - joinsParent: whether the lists are those of the version that this one continues, or of the nearest one before that has an index:
    ///     rows that came or changed are laid over them, which costs what they are, and nothing is sought or measured anew.
    ///   - progress: called with steps done and their number; returns false to stop.
    /// - Returns: nil if it was stopped.
    /// - Throws: `QueryError`.
    /// - Complexity: O(rows × lists × components) over all threads; nothing is written while it computes.
    @discardableResult
    public func buildIndex(
        _ kind: EntityKind = .items, of reference: VersionReference = .current, lists: Int? = nil, joinsParent: Bool = false,
        threads: Int = 1,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws(QueryError) -> SearchIndexSummary? {
        if let lists, lists < 1 { throw .unreadable("an index of \(lists) lists cannot be built. Ask for 1 or more") }
        let session = try session(of: reference)
        do {
            let kept = try keepBlocks()
            let exact = try session.scan(kind.rows)
            let builder = ListBuilder(exact.table, threads: max(threads, 1))
            let ancestor = joinsParent && lists == nil ? try ancestorIndex(kind, session.manifest) : nil
            if let ancestor, let record = try layer(kind, session, builder, over: ancestor) {
                try put(record)
                _ = consume kept
                return SearchIndexSummary(record)
            }
            guard builder.rowCount > 0 else {
                throw QueryError.unreadable("\(session.version) has no \(kind.rawValue) to put into an index")
            }
            var joined: ListBuilder.Built?
            if let ancestor {
                joined = try withSession(of: .version(ancestor.version)) { former in
                    builder.join(try former.lists(of: ancestor), of: try former.scan(kind.rows).table)
                }
            }
            let isJoined = joined != nil
            let count = joined?.lists.count ?? min(lists ?? ListBuilder.usualLists(rows: builder.rowCount), builder.rowCount, 1 << 24)
            if joined == nil { joined = builder.build(lists: count, progress: progress) }
            guard let built = joined else { return nil }
            var record = SearchIndexRecord(
                version: session.version, manifest: session.reader.rootHash, kind: kind.rows, components: session.manifest.components,
                lists: count, rows: built.rows.count, created: Int64(Date().timeIntervalSince1970 * 1_000), curves: [:],
                matrices: try write(built, kind, session))
            if isJoined, let ancestor { record.placed = ancestor.placed + ancestor.layers.reduce(0) { $0 + $1.rows } }
            try measure(&record, kind, threads: threads)
            try put(record)
            _ = consume kept
            return SearchIndexSummary(record)
        } catch let error as QueryError {
            throw error
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
    }

    private func put(_ record: SearchIndexRecord) throws(StoreError) {
        try environment.write { (transaction: inout Writing) throws(StoreError) in
            try SearchIndexes(tables).put(record, in: &transaction)
        }
    }

    /// Removes the indexes of a version, of one kind or all.
    ///
    /// - Returns: how many there were. The next prune makes their room free.
    @discardableResult
    public func removeIndexes(of reference: VersionReference = .current, _ kind: EntityKind? = nil) throws(QueryError) -> Int {
        let version = try session(of: reference).version
        do throws(StoreError) {
            return try environment.write { (transaction: inout Writing) throws(StoreError) in
                try SearchIndexes(tables).remove(version, kind?.rows, in: &transaction)
            }
        } catch {
            throw .store(error)
        }
    }

    /// Measures what an index finds whose blocks are written.
    private func measure(_ record: inout SearchIndexRecord, _ kind: EntityKind, threads: Int) throws {
        // What was just written is seen by a session that begins now.
        try withSession(of: .version(record.version)) { session in
            let (exact, lists) = (try session.scan(kind.rows), try session.lists(of: record))
            for (similarity, queries) in try session.sample(kind, Store.sampleQueries) {
                record.curves[similarity.rawValue] = try ApproximateScan.curve(exact, lists, queries: queries, by: similarity)
                    .map { SearchIndexRecord.Measure(probes: $0.probes, recall: $0.recall) }
            }
        }
    }

    /// Writes the matrices of an index as blocks.
    private func write(
        _ built: ListBuilder.Built, _ kind: EntityKind, _ session: borrowing Session
    ) throws -> [MatrixDescriptor] {
        let (rows, components) = (kind.rows, session.manifest.components)
        let (shape, table) = (RowShape(components: components), try session.scan(kind.rows).table)
        var writer = BlockTreeWriter(self)
        var matrices: [MatrixDescriptor] = []
        let layouts = SearchIndexRecord.layouts(rows, components: components, lists: built.lists.count, rows: built.rows.count)
        for (part, (layout, count)) in layouts.enumerated() {
            matrices.append(
                try unsafe writer.write(layout, rows: count) { range, memory in
                    for (place, row) in range.enumerated() {
                        let target = unsafe UnsafeMutableRawBufferPointer(
                            rebasing: memory[place * layout.rowByteCount..<(place + 1) * layout.rowByteCount])
                        switch part {
                        case 0:
                            let start = row * shape.representationFloats
                            unsafe built.centroids[start..<start + components].withUnsafeBytes { unsafe target.copyMemory(from: $0) }
                        case 1:
                            let list = built.lists[row]
                            let words = [
                                UInt32(list.first), UInt32(list.count), list.length.bitPattern, list.bias.bitPattern,
                            ].map(\.littleEndian)
                            unsafe words.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
                        case 2: unsafe target.storeBytes(of: built.rows[row].littleEndian, as: UInt32.self)
                        default: unsafe table.copy(built.rows[row], isCodes: part == 3, to: target)
                        }
                    }
                })
        }
        try writer.finish()
        return matrices
    }
}

extension ScanTable {
    /// Copies a row's codes or its terms to memory of their width.
    func copy(_ row: UInt32, isCodes: Bool, to memory: UnsafeMutableRawBufferPointer) {
        guard let found = place(of: row) else { return }
        let own = part(found.part)
        // In bounds: the part has the row, and its rows are as wide as the memory.
        let source = unsafe isCodes ? own.codes.address(of: found.row) : own.terms.address(of: found.row)
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(start: source, count: memory.count))
    }
}

extension StoreReader {
    /// The indexes of all versions.
    public func indexes() throws(StoreError) -> [SearchIndexSummary] {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try SearchIndexes(tables).records(in: transaction).compactMap { SearchIndexSummary($0) }
        }
    }
}
