import LMDB
import LikenessFormat
import LikenessSearch
import LikenessStore

/// How thoroughly a query is searched for.
public enum SearchEffort: Sendable, Equatable {
    /// Nothing is missed.
    case exact
    /// So many lists of the version's index are looked at, and more where too few rows of them pass.
    case lists(Int)
    /// As many lists as found this share of the best rows, 0 to 1, when the index was built.
    case recall(Double)
}

extension Session {
    /// What finds rows of a kind: all of them, or those in the likeliest lists of the version's index.
    ///
    /// - Throws: `QueryError.noIndex` if an index is asked for and there is none.
    borrowing func search(
        _ kind: EntityKind, _ effort: SearchEffort, by similarity: Similarity
    ) throws(QueryError) -> any NearestRows {
        let exact = ExactScan(try scan(kind.rows).table, threads: threads)
        switch effort {
        case .exact: return exact
        case .lists(let count):
            guard count > 0 else { throw .unreadable("\(count) lists cannot be looked at. Ask for 1 or more") }
            return ApproximateScan(exact: exact, lists: try index(kind).lists, probes: count)
        case .recall(let recall):
            guard recall > 0, recall <= 1 else { throw .unreadable("a recall of \(recall) cannot be had. Ask for one above 0, up to 1") }
            let index = try index(kind)
            guard let curve = index.curves[similarity.rawValue] else {
                throw .unreadable(
                    "the index of \(version) measured no recall for such queries. Say how many lists to look at, with --nprobe")
            }
            let probes = curve.first { $0.recall >= recall }?.probes ?? index.lists.lists.count
            return ApproximateScan(exact: exact, lists: index.lists, probes: probes)
        }
    }

    /// The index of a kind of rows of the version.
    private borrowing func index(_ kind: EntityKind) throws(QueryError) -> VersionReader.Index {
        try reader.index(kind.rows, at: snapshot) { () throws(QueryError) in
            do {
                let key = SearchIndexKey(version, kind.rows)
                guard let record = try SearchIndexes(store.tables).record(of: key, in: transaction) else {
                    throw QueryError.noIndex(kind, version)
                }
                guard record.manifest == reader.rootHash.hexadecimal, record.components == manifest.components else {
                    throw StoreError.damaged(
                        table: "indexes", key: "\(version) \(kind.rawValue)", reason: "it was made of another version of that number")
                }
                return VersionReader.Index(lists: try lists(of: record), curves: record.curves)
            } catch let error as QueryError {
                throw error
            } catch let error as StoreError {
                throw .store(error)
            } catch {
                throw .store(.damaged(table: "indexes", key: "\(version) \(kind.rawValue)", reason: "\(error)"))
            }
        }
    }

    /// The lists of an index: directions and sizes are copied, rows lie in the map.
    borrowing func lists(of record: SearchIndexRecord) throws -> InvertedLists {
        let (kind, components) = (record.kind, record.components)
        func view(_ layout: MatrixLayout) throws -> MatrixDescriptor {
            guard let matrix = record.matrix(layout) else {
                throw StoreError.damaged(table: "indexes", key: "\(version)", reason: "its matrix \(layout.name) is missing")
            }
            return matrix
        }
        var centroids: [Float] = []
        let floats = RowShape(components: components).representationFloats
        let directions = try view(SearchIndexRecord.centroids(kind, components: components))
        try MatrixView(directions, in: store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let count = min(directions.rowsPerBlock, directions.rows - number * directions.rowsPerBlock)
            for row in 0..<count {
                for place in 0..<floats {
                    let offset = BlockHeader.byteCount + row * directions.rowByteCount + 4 * place
                    centroids.append(place < components ? Float(bitPattern: block.littleEndian(at: offset)) : 0)
                }
            }
        }
        var lists: [InvertedLists.List] = []
        let sizes = try view(SearchIndexRecord.lists(kind))
        try MatrixView(sizes, in: store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let count = min(sizes.rowsPerBlock, sizes.rows - number * sizes.rowsPerBlock)
            for row in 0..<count {
                let offset = BlockHeader.byteCount + row * sizes.rowByteCount
                func word(_ place: Int) -> UInt32 { block.littleEndian(at: offset + 4 * place) }
                lists.append(
                    InvertedLists.List(
                        first: Int(word(0)), count: Int(word(1)), length: Float(bitPattern: word(2)), bias: Float(bitPattern: word(3))))
            }
        }
        return try InvertedLists(
            components: components, centroids: centroids, lists: lists,
            numbers: try segments(try view(SearchIndexRecord.numbers(kind))),
            codes: try segments(try view(SearchIndexRecord.codes(kind, components: components))),
            terms: try segments(try view(SearchIndexRecord.terms(kind))),
            layers: try record.layers.map { try self.layer($0, of: record) }, below: manifest.vocabularies[kind])
    }

    /// A layer of an index: the lists of its rows are copied, the rows lie in the map.
    private borrowing func layer(_ layer: SearchIndexRecord.Layer, of record: SearchIndexRecord) throws -> InvertedLists.Layer {
        func view(_ layout: MatrixLayout) throws -> MatrixDescriptor {
            guard let matrix = SearchIndexRecord.matrix(layout, in: layer.matrices) else {
                throw StoreError.damaged(table: "indexes", key: "\(version)", reason: "the matrix \(layout.name) of a layer is missing")
            }
            return matrix
        }
        let places = try view(SearchIndexRecord.places(record.kind))
        var listOf: [UInt32] = []
        listOf.reserveCapacity(places.rows)
        try MatrixView(places, in: store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
            let count = min(places.rowsPerBlock, places.rows - number * places.rowsPerBlock)
            for place in 0..<count { listOf.append(block.littleEndian(at: BlockHeader.byteCount + 4 * place)) }
        }
        return try InvertedLists.Layer(
            numbers: try segments(try view(SearchIndexRecord.numbers(record.kind))),
            codes: try segments(try view(SearchIndexRecord.codes(record.kind, components: record.components))),
            terms: try segments(try view(SearchIndexRecord.terms(record.kind))), listOf: listOf, lists: record.lists)
    }

    /// Vectors that an index is measured with: rows of the kind, and of items also users.
    borrowing func sample(_ kind: EntityKind, _ count: Int) throws(QueryError) -> [(similarity: Similarity, queries: [QueryVector])] {
        var samples: [(similarity: Similarity, queries: [QueryVector])] = []
        for (similarity, rows) in [(Similarity.cosine, kind.rows), (.innerProduct, RowKind.user)]
        where similarity == .cosine || kind == .items {
            let table = try scan(rows).table
            let step = max(1, table.rows / count)
            var queries: [QueryVector] = []
            for row in stride(from: step / 2, to: table.rows, by: step) where queries.count < count {
                guard table.contains(UInt32(row)), let vector = try representation(rows, row: UInt32(row)) else { continue }
                do throws(QueryVectorError) {
                    let query = try QueryVector(vector)
                    if query.norm > 0 { queries.append(query) }
                } catch {
                    throw .unsearchable("\(error)")
                }
            }
            if !queries.isEmpty { samples.append((similarity, queries)) }
        }
        return samples
    }
}
