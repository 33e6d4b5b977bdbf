import DelimitedText
import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
public import LikenessStore

/// Many queries for neighbours in one go.
public struct NearestBatchOptions: Sendable {
    /// What is looked for.
    public enum Queries: Sendable, Equatable {
        /// What is near each row of a kind, such as each item: in the order in which they came.
        case all(EntityKind)
        /// What is near each of these: terms or sums, as ``Session/nearest(_:to:k:type:filter:rules:effort:)`` takes them.
        case list([String])
    }

    /// What is looked for.
    public var queries: Queries
    /// Neighbours for each query.
    public var k = 10
    /// For tags: the type of feature to find.
    public var type: String?
    /// Which rows may be found; the same for all queries.
    public var filter = QueryFilter()
    /// How they are chosen where not by their scores alone.
    public var rules = RankingRules()
    /// How thoroughly is searched.
    public var effort = SearchEffort.exact
    /// Queries to leave out at the start, such as those that an earlier run has done.
    public var skip = 0
    /// Threads that scan.
    public var threads = 1

    /// Ten neighbours for each query, on one thread.
    public init(_ queries: Queries) { self.queries = queries }
}

extension Session {
    /// The items, tags or users that are nearest to each of many queries: the same answers as one query at a time, from one pass over the
    /// codes for some hundred at a time.
    ///
    /// A listed query that cannot be read, or that names what the version does not know, is passed over and counted.
    /// - Parameters:
    ///   - kind: what to find.
    ///   - options: which queries, how many neighbours for each, and which rows may be found.
    ///   - progress: called after each group with the queries done and their number; returns false to stop.
    ///   - body: called with each query and its neighbours, in order, on this thread: a listed query as it was given, a row by its id.
    /// - Throws: `QueryError`, or what `body` throws.
    /// - Complexity: O(queries × rows × components) over all threads; memory for some hundred queries, whatever their number.
    public borrowing func nearestAll(
        _ kind: EntityKind, _ options: NearestBatchOptions, progress: (Int, Int) throws -> Bool = { _, _ in true },
        _ body: (String, [Neighbor]) throws -> Void
    ) throws -> BatchReport {
        let common = try filter(kind, type: options.type, options.filter)
        let total =
            switch options.queries {
            case .all(let kind): try scan(kind.rows).table.rows
            case .list(let texts): texts.count
            }
        let plan = BatchPlan(
            kind: kind, rows: try search(kind, options.effort, by: .cosine), similarity: .cosine, k: options.k, total: total,
            skip: options.skip, threads: options.threads,
            rule: try rule(options.rules, kind, k: options.k))
        return try answer(
            plan, queries: { range, report in try queries(range, kind, options, common, &report) }, progress: progress
        ) { query, neighbors in
            // Less a penalty on popularity a score is no cosine.
            let isCosine = options.rules.popularityPenalty == 0
            try body(
                query, isCosine ? neighbors.map { Neighbor(id: $0.id, name: $0.name, score: Session.cosine($0.score)) } : neighbors)
        }
    }

    /// The queries at some places.
    private borrowing func queries(
        _ range: Range<Int>, _ kind: EntityKind, _ options: NearestBatchOptions, _ common: RowFilter, _ report: inout BatchReport
    ) throws -> [BatchQuery] {
        let bound = try scan(kind.rows).table.rows
        var queries: [BatchQuery] = []
        for place in range {
            let name: String
            let prepared: (vector: QueryVector, excluded: [UInt32])
            do throws(QueryError) {
                switch options.queries {
                case .list(let texts):
                    name = texts[place]
                    prepared = try prepare(
                        kind, try QueryText.expression(name), suggests: report.firstFaults.count < BatchReport.faultLimit)
                case .all(let asked):
                    let table = try scan(asked.rows).table
                    guard table.contains(UInt32(place)) else { continue }
                    guard let id = try self.id(of: UInt32(place), asked.rows) else { continue }
                    name = id
                    prepared = try prepare(kind, [(Session.term(asked, id), asked.rows, UInt32(place))])
                }
            } catch {
                // What the store's damage is must be heard; all else is about this query.
                if case .store = error { throw error }
                let number = place + 1
                report.passOver { "query \(number): \(error)" }
                continue
            }
            queries.append(
                BatchQuery(name: name, vector: prepared.vector, filter: common.excluding(prepared.excluded, below: bound)))
        }
        return queries
    }

    private static func term(_ kind: EntityKind, _ id: String) -> QueryTerm {
        switch kind {
        case .items: QueryTerm(.item, id)
        case .users: QueryTerm(.user, id)
        case .tags: QueryTerm(.feature, id)
        }
    }

    private borrowing func id(of row: UInt32, _ kind: RowKind) throws(QueryError) -> String? {
        do { return try Vocabulary(kind, in: store.tables).id(at: row, in: transaction) } catch { throw .store(error) }
    }
}

extension StoreReader {
    /// The items, tags or users that are nearest to each of many queries: see ``Session/nearestAll(_:_:progress:_:)``.
    public func nearestAll(
        _ kind: EntityKind, _ options: NearestBatchOptions, version: VersionReference = .current,
        progress: (Int, Int) throws -> Bool = { _, _ in true }, _ body: (String, [Neighbor]) throws -> Void
    ) throws -> BatchReport {
        try session(of: version).nearestAll(kind, options, progress: progress, body)
    }

    /// Writes what is nearest to each of many queries to a file: rows of `query`, `rank`, `id` and `score`, or one JSON object a query
    /// with `query` and `results`.
    public func writeNearest(
        _ kind: EntityKind, _ options: NearestBatchOptions, to output: BatchOutput, version: VersionReference = .current,
        progress: (Int, Int) throws -> Bool = { _, _ in true }
    ) throws -> BatchReport {
        var writer = try AnswerWriter(output, columns: ("query", "id"), key: "query", protecting: files)
        let report = try nearestAll(kind, options, version: version, progress: progress) { query, found in
            try writer.write(query, found)
        }
        try writer.finish()
        return report
    }
}
