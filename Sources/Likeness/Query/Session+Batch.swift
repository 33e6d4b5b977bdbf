import LikenessFormat
import LikenessSearch
import LikenessStore
import Synchronization
import WorkerThreads

/// One query of a batch, ready to be searched for.
struct BatchQuery: Sendable {
    /// What the query is called in the answers.
    let name: String
    let vector: QueryVector
    let filter: RowFilter
    /// The user that it is for, where reasons are wanted.
    var user: UInt32?
}

/// What all queries of a batch have in common.
struct BatchPlan: Sendable {
    let kind: EntityKind
    /// What is searched.
    let rows: any NearestRows
    let similarity: Similarity
    let k: Int
    /// Queries in all, and how many to leave out at the start.
    let total: Int
    let skip: Int
    let threads: Int
    let rule: RankingRule
}

extension Session {
    /// Queries of one thread that are searched for in one pass over the codes.
    private static let groupSize = 256

    /// Answers many queries: one pass over the codes for some hundred at a time, by all threads.
    ///
    /// - Parameters:
    ///   - queries: makes the queries at some places, and counts in the report those that have no answer.
    ///   - explain: adds to what a query found what speaks for it.
    ///   - progress: called after each group with the queries done and their number; returns false to stop.
    ///   - body: called with each query's name and answer, in order, on this thread.
    /// - Throws: what `queries`, `progress` and `body` throw.
    /// - Complexity: memory for some hundred queries and the names found, whatever the number of queries.
    borrowing func answer(
        _ plan: BatchPlan, queries: (Range<Int>, inout BatchReport) throws -> [BatchQuery],
        explain: (BatchQuery, [Match], inout [Neighbor]) throws -> Void = { _, _, _ in },
        progress: (Int, Int) throws -> Bool, _ body: (String, [Neighbor]) throws -> Void
    ) throws -> BatchReport {
        guard plan.k > 0 else { throw QueryError.badCount(plan.k) }
        let clock = ContinuousClock()
        let start = clock.now
        var report = BatchReport(version: version.rawValue)
        var names = NeighborNames(plan.kind)
        let threads = max(plan.threads, 1)
        let size = Session.groupSize.multipliedReportingOverflow(by: threads)
        var next = min(max(plan.skip, 0), plan.total)
        report.done = next
        while next < plan.total {
            let range = next..<min(next + (size.overflow ? plan.total : size.partialValue), plan.total)
            let group = try queries(range, &report)
            let matches = try Session.search(group, plan, threads: threads)
            for (query, matches) in zip(group, matches) {
                var neighbors = try names.neighbors(matches, self)
                try explain(query, matches, &neighbors)
                try body(query.name, neighbors)
                report.answered += 1
            }
            next = range.upperBound
            report.done = next
            if try !progress(next, plan.total), next < plan.total {
                report.isStopped = true
                break
            }
        }
        report.seconds = (clock.now - start) / .seconds(1)
        return report
    }

    /// The matches of each query, searched by all threads: each takes as many queries as the others.
    private static func search(
        _ queries: [BatchQuery], _ plan: BatchPlan, threads: Int
    ) throws -> [[Match]] {
        let found = Mutex<[Int: Result<[[Match]], ScanTableError>]>([:])
        let parts = max(1, min(threads, queries.count))
        let taken = Atomic<Int>(0)
        WorkerThreads.run(parts) { _ in
            while true {
                let part = taken.wrappingAdd(1, ordering: .relaxed).oldValue
                guard part < parts else { return }
                let own = queries[queries.count * part / parts..<queries.count * (part + 1) / parts]
                let result = Result { () throws(ScanTableError) in
                    try plan.rows.best(
                        to: own.map(\.vector), by: plan.similarity, k: plan.k, filters: own.map(\.filter), rule: plan.rule)
                }
                found.withLock { $0[part] = result }
            }
        }
        let results = found.withLock { $0 }
        return try (0..<parts).flatMap { try results[$0]?.get() ?? [] }
    }
}

extension RowFilter {
    /// The same filter that lets no row of `rows` pass either.
    func excluding(_ rows: [UInt32], below bound: Int) -> RowFilter {
        if rows.isEmpty { return self }
        let own = RowSet(rows, below: bound)
        return RowFilter(allowed: allowed, excluded: excluded.map { $0.union(own) } ?? own)
    }
}

/// Ids and names of rows that were found before, so that most are looked up once. It forgets them when they are many.
private struct NeighborNames {
    private let kind: EntityKind
    private var known: [UInt32: (id: String, name: String?)] = [:]
    private static let limit = 1 << 18

    init(_ kind: EntityKind) { self.kind = kind }

    mutating func neighbors(_ matches: [Match], _ session: borrowing Session) throws(QueryError) -> [Neighbor] {
        let missing = matches.filter { known[$0.row] == nil }
        if known.count + missing.count > Self.limit {
            known = [:]
            return try session.neighbors(kind, matches).results
        }
        if !missing.isEmpty {
            for (match, neighbor) in zip(missing, try session.neighbors(kind, missing).results) {
                known[match.row] = (neighbor.id, neighbor.name)
            }
        }
        return matches.map { Neighbor(id: known[$0.row]?.id ?? "?", name: known[$0.row]?.name, score: $0.score) }
    }
}
