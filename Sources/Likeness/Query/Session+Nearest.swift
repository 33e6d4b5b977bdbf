import LikenessFormat
import LikenessSearch
public import LikenessStore
import LikenessTraining

extension Session {
    /// The items, tags or users that are nearest to a query, by cosine.
    ///
    /// What the query names itself is left out, and so are, of tags, those that the query's items have: what is left are
    /// suggestions.
    ///
    /// - Parameters:
    ///   - kind: what to find.
    ///   - query: `tag:tiltbrush`, `item:ID`, `user:ID`, a feature of users such as `country:fr`, or a sum such as
    ///     `+2*tag:a +item:b -tag:c`. Each term counts as a vector of length 1 times its weight. Where items and users have a feature of
    ///     one label, `user-feature:country:fr` names the users'.
    ///   - k: how many at the most.
    ///   - type: for tags: the type of feature to find.
    ///   - filter: which rows may be found.
    /// - Throws: `QueryError`.
    /// - Complexity: O(rows × components), exact; nothing is copied.
    public borrowing func nearest(
        _ kind: EntityKind, to query: String, k: Int = 10, type: String? = nil, filter: QueryFilter = QueryFilter()
    ) throws(QueryError) -> Neighbors {
        guard k > 0 else { throw .badCount(k) }
        let expression = try QueryText.expression(query)
        var vectors: [(term: QueryTerm, vector: [Float])] = []
        var excluded: [UInt32] = []
        for term in expression.terms {
            let (rows, row) = try find(term)
            guard let vector = try rows == .userFeature ? userFeatureVector(row) : representation(rows, row: row) else {
                throw .notInVersion(kind: term.noun, id: term.name, version: version)
            }
            vectors.append((term, vector))
            if rows == kind.rows { excluded.append(row) }
            if kind == .tags, rows == .item { excluded += try features(ofItem: row) }
        }
        let scan = try scan(kind.rows)
        if kind == .tags, scan.table.rows == 0 { throw .noFeatures(version) }
        let allowed = kind == .tags ? try features(ofType: type ?? "tag") : nil
        do {
            let filter = try rowFilter(filter, kind.rows, below: scan.table.rows, allowed: allowed, excluded: excluded)
            let vector = try QueryVector(summing: vectors, components: manifest.components)
            let matches = try scan.nearest(to: vector, by: .cosine, k: k, filter: filter)
            // Norms are stored as floats, so that equal directions may come to a hair more than 1.
            return try neighbors(kind, matches.map { Match(row: $0.row, score: min(max($0.score, -1), 1)) })
        } catch let error as QueryError {
            throw error
        } catch {
            throw .unsearchable("\(error)")
        }
    }

    /// Matches with their names.
    borrowing func neighbors(_ kind: EntityKind, _ matches: [Match]) throws(QueryError) -> Neighbors {
        let names: [VersionReader.Names]
        do { names = try self.names(of: matches.map(\.row), kind.rows) } catch { throw .store(error) }
        let results = zip(names, matches).map { Neighbor(id: $0.id, name: $0.name, score: $1.score) }
        return Neighbors(version: version.rawValue, kind: kind, results: results)
    }

    /// The row that an id has.
    ///
    /// - Throws: `QueryError.unknown` with names like it.
    borrowing func row(of id: String, _ kind: RowKind, noun: String) throws(QueryError) -> UInt32 {
        let vocabulary = Vocabulary(kind, in: store.tables)
        do {
            if let index = try vocabulary.index(of: id, in: transaction) { return index }
            let near = try vocabulary.nearMisses(of: id, store.tables, in: transaction)
            throw QueryError.unknown(kind: noun, id: id, near: near)
        } catch let error as QueryError {
            throw error
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
    }

    private borrowing func find(_ term: QueryTerm) throws(QueryError) -> (rows: RowKind, row: UInt32) {
        switch term.kind {
        case .item: return (.item, try row(of: term.name, .item, noun: "item"))
        case .user: return (.user, try row(of: term.name, .user, noun: "user"))
        case .feature:
            if manifest.featureWeighting == FeatureWeighting.none.rawValue { throw .noFeatures(version) }
            return try find(feature: term.name)
        case .userFeature:
            if manifest.featureWeighting == FeatureWeighting.none.rawValue { throw .noFeatures(version) }
            return (.userFeature, try row(of: term.name, .userFeature, noun: "feature of users"))
        }
    }

    /// A feature of items, or of users if items have none of that label.
    private borrowing func find(feature label: String) throws(QueryError) -> (rows: RowKind, row: UInt32) {
        do throws(QueryError) {
            return (.itemFeature, try row(of: label, .itemFeature, noun: "tag"))
        } catch {
            guard case .unknown(let kind, let id, let near) = error else { throw error }
            let users = Vocabulary(.userFeature, in: store.tables)
            do throws(StoreError) {
                if let row = try users.index(of: label, in: transaction) { return (.userFeature, row) }
                let others = try users.nearMisses(of: label, store.tables, in: transaction).filter { !near.contains($0) }
                // Those that are nearest to it of both kinds.
                var all = NearMisses(of: label)
                for name in near + others { all.consider(name) }
                throw QueryError.unknown(kind: kind, id: id, near: all.names)
            } catch let failure as StoreError {
                throw .store(failure)
            }
        }
    }

    /// The features of the version whose label begins with a type.
    private borrowing func features(ofType type: String) throws(QueryError) -> [UInt32] {
        let count = manifest.vocabularies.itemFeatures
        return try reader.features(ofType: type) { () throws(QueryError) in
            var rows: [UInt32] = []
            do throws(StoreError) {
                try Vocabulary(.itemFeature, in: store.tables).forEach(in: transaction) { index, label in
                    guard index < count else { return false }
                    if label.utf8.starts(with: (type + ":").utf8) { rows.append(index) }
                    return true
                }
            } catch {
                throw .store(error)
            }
            return rows
        }
    }
}

extension QueryTerm {
    /// What the term names, in words.
    fileprivate var noun: String {
        switch kind {
        case .item, .user: kind.rawValue
        case .feature: "tag"
        case .userFeature: "feature of users"
        }
    }
}

extension StoreReader {
    /// The items, tags or users that are nearest to a query: see `Session.nearest`.
    public func nearest(
        _ kind: EntityKind, to query: String, k: Int = 10, version: VersionReference = .current, type: String? = nil,
        filter: QueryFilter = QueryFilter()
    ) throws(QueryError) -> Neighbors {
        try session(of: version).nearest(kind, to: query, k: k, type: type, filter: filter)
    }
}
