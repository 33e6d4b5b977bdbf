import DelimitedText
import LMDB
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
    ///     `+2*tag:a +item:b -tag:c`. `item:name=Blue Dragon` names the one item of that name. Each term counts as a vector of length 1 times its weight. Where items and users have a feature of
    ///     one label, `user-feature:country:fr` names the users'.
    ///   - k: how many at the most.
    ///   - type: for tags: the type of feature to find.
    ///   - filter: which rows may be found.
    ///   - rules: how they are chosen where not by their scores alone.
    ///   - effort: how thoroughly is searched.
    /// - Throws: `QueryError`.
    /// - Complexity: O(rows × components), exact; nothing is copied.
    public borrowing func nearest(
        _ kind: EntityKind, to query: String, k: Int = 10, type: String? = nil, filter: QueryFilter = QueryFilter(),
        rules: RankingRules = RankingRules(), effort: SearchEffort = .exact
    ) throws(QueryError) -> Neighbors {
        guard k > 0 else { throw .badCount(k) }
        let query = try prepare(kind, try QueryText.expression(query))
        return try nearest(kind, query, k: k, type: type, filter: filter, rules: rules, effort: effort)
    }

    /// What is nearest to a vector.
    borrowing func nearest(
        _ kind: EntityKind, _ query: (vector: QueryVector, excluded: [UInt32]), k: Int, type: String?, filter: QueryFilter,
        rules: RankingRules, effort: SearchEffort
    ) throws(QueryError) -> Neighbors {
        let rowFilter = try self.filter(kind, type: type, filter, excluded: query.excluded)
        let rule = try rule(rules, kind, k: k)
        let scan = try search(kind, effort, by: .cosine)
        do {
            let matches = try scan.best(to: query.vector, by: .cosine, k: k, filter: rowFilter, rule: rule)
            // Less a penalty on popularity a score is no cosine.
            return try neighbors(kind, rule.offsets.isEmpty ? matches.map { Match(row: $0.row, score: Session.cosine($0.score)) } : matches)
        } catch let error as QueryError {
            throw error
        } catch {
            throw .unsearchable("\(error)")
        }
    }

    /// Limits a cosine to 1: norms are stored as floats, so equal directions may give slightly more.
    static func cosine(_ score: Double) -> Double { min(max(score, -1), 1) }

    /// The rows of a kind that a filter lets pass; of tags, those of a type.
    borrowing func filter(
        _ kind: EntityKind, type: String?, _ filter: QueryFilter, excluded: [UInt32] = []
    ) throws(QueryError) -> RowFilter {
        let rows = try scan(kind.rows).table.rows
        if kind == .tags, rows == 0 { throw .noFeatures(version) }
        let allowed = kind == .tags ? try features(ofType: type ?? "tag") : nil
        return try rowFilter(filter, kind.rows, below: rows, allowed: allowed, excluded: excluded)
    }

    /// What a sum looks for: its vector, and the rows that it leaves out by itself.
    ///
    /// - Parameter suggests: whether an unknown name is answered with names like it, which takes a search of its own.
    borrowing func prepare(
        _ kind: EntityKind, _ expression: QueryExpression, suggests: Bool = true
    ) throws(QueryError) -> (vector: QueryVector, excluded: [UInt32]) {
        var places: [(term: QueryTerm, rows: RowKind, row: UInt32)] = []
        for term in expression.terms {
            let place = try find(term, suggests: suggests)
            places.append((term, place.rows, place.row))
        }
        return try prepare(kind, places)
    }

    /// The same of terms whose rows are known.
    borrowing func prepare(
        _ kind: EntityKind, _ places: [(term: QueryTerm, rows: RowKind, row: UInt32)]
    ) throws(QueryError) -> (vector: QueryVector, excluded: [UInt32]) {
        var vectors: [(term: QueryTerm, vector: [Float])] = []
        var excluded: [UInt32] = []
        for (term, rows, row) in places {
            vectors.append((term, try vector(of: term, rows, row)))
            if rows == kind.rows { excluded.append(row) }
            if kind == .tags, rows == .item { excluded += try features(ofItem: row) }
        }
        do throws(QueryVectorError) {
            return (try QueryVector(summing: vectors, components: manifest.components), excluded)
        } catch {
            throw .unsearchable("\(error)")
        }
    }

    /// The row that a term names.
    ///
    /// - Throws: `QueryError.unknown`, with names like it if `suggests`.
    borrowing func find(_ term: QueryTerm, suggests: Bool = true) throws(QueryError) -> (rows: RowKind, row: UInt32) {
        guard let place = try place(of: term) else { throw try unknown(term, suggests: suggests) }
        return place
    }

    /// The vector of a term whose row is known.
    ///
    /// - Throws: `QueryError.notInVersion`.
    borrowing func vector(of term: QueryTerm, _ rows: RowKind, _ row: UInt32) throws(QueryError) -> [Float] {
        guard let vector = try rows == .userFeature ? userFeatureVector(row) : representation(rows, row: row) else {
            throw .notInVersion(kind: term.noun, id: term.name, version: version)
        }
        return vector
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
        let near: [String]
        if kind == .item, let row = try row(ofItem: id) { return row }
        do throws(StoreError) {
            let vocabulary = Vocabulary(kind, in: store.tables)
            if let index = try vocabulary.index(of: id, in: transaction) { return index }
            near = try vocabulary.nearMisses(of: id, store.tables, in: transaction)
        } catch {
            throw .store(error)
        }
        throw .unknown(kind: noun, id: id, near: near)
    }

    /// The row that a term names; nil if the store does not know it. A feature is one of items, or of users if items have none of that
    /// label.
    private borrowing func place(of term: QueryTerm) throws(QueryError) -> (rows: RowKind, row: UInt32)? {
        let isFeature = term.kind == .feature || term.kind == .userFeature
        if isFeature, manifest.featureWeighting == FeatureWeighting.none.rawValue { throw .noFeatures(version) }
        if term.kind == .item { return try row(ofItem: term.name).map { (.item, $0) } }
        do throws(StoreError) {
            for kind in term.rowKinds {
                if let row = try Vocabulary(kind, in: store.tables).index(of: term.name, in: transaction) { return (kind, row) }
            }
        } catch {
            throw .store(error)
        }
        return nil
    }

    /// The error for a term that the store does not know.
    private borrowing func unknown(_ term: QueryTerm, suggests: Bool) throws(QueryError) -> QueryError {
        var near = NearMisses(of: term.name)
        do throws(StoreError) {
            if suggests, term.kind == .item, let name = ItemName.given(by: term.name) {
                return .unknown(kind: term.noun, id: term.name, near: try namesLike(name))
            }
            for kind in suggests ? term.rowKinds : [] {
                let names = try Vocabulary(kind, in: store.tables).nearMisses(of: term.name, store.tables, in: transaction)
                // A name that Unicode calls equal is the one that was meant.
                if let twin = names.first, twin == term.name { return .unknown(kind: term.noun, id: term.name, near: [twin]) }
                for name in names where !near.names.contains(name) { near.consider(name) }
            }
        } catch {
            throw .store(error)
        }
        return .unknown(kind: term.noun, id: term.name, near: near.names)
    }

    /// The features of the version whose label begins with a type.
    private borrowing func features(ofType type: String) throws(QueryError) -> [UInt32] {
        let count = manifest.vocabularies.itemFeatures
        return try reader.features(ofType: type) { () throws(QueryError) in
            var rows: [UInt32] = []
            var types: Set<Substring> = []
            do throws(StoreError) {
                try Vocabulary(.itemFeature, in: store.tables).forEach(in: transaction) { index, label in
                    guard index < count else { return false }
                    if label.utf8.starts(with: (type + ":").utf8) { rows.append(index) }
                    if rows.isEmpty, let end = label.utf8.firstIndex(of: UInt8(ascii: ":")) { types.insert(label[..<end]) }
                    return true
                }
            } catch {
                throw .store(error)
            }
            if rows.isEmpty { throw .unknownType(type, known: types.map(String.init).sorted()) }
            return rows
        }
    }
}

extension QueryTerm {
    /// The kinds of rows that the term may name, the first that has the name first.
    fileprivate var rowKinds: [RowKind] {
        switch kind {
        case .item: [.item]
        case .user: [.user]
        case .feature: [.itemFeature, .userFeature]
        case .userFeature: [.userFeature]
        }
    }

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
        filter: QueryFilter = QueryFilter(), rules: RankingRules = RankingRules(), effort: SearchEffort = .exact
    ) throws(QueryError) -> Neighbors {
        try session(of: version).nearest(kind, to: query, k: k, type: type, filter: filter, rules: rules, effort: effort)
    }
}
