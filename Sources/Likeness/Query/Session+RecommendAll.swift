import DelimitedText
public import Interchange
import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
public import LikenessStore
import Synchronization
import WorkerThreads

/// How many users are recommended items in one go, and which.
public struct BatchOptions: Sendable {
    /// Items for each user.
    public var k = 10
    /// Whether items that a user likes already may be among them.
    public var includesLiked = false
    /// Which items may be found; the same for all users.
    public var filter = QueryFilter()
    /// The users by id, in this order; nil for all users of the version, in the order in which they came.
    public var users: [String]?
    /// Users to leave out at the start, such as those that an earlier run has done.
    public var skip = 0
    /// Threads that scan.
    public var threads = 1

    /// Ten items for every user, on one thread.
    public init() {}
}

/// What a batch of recommendations did.
public struct BatchReport: Sendable, Codable, Equatable {
    /// The version that answered.
    public let version: UInt64
    /// Users that were recommended items.
    public internal(set) var users = 0
    /// Users that neither the version nor the store's likes place among its items.
    public internal(set) var passedOver = 0
    /// Seconds that it took.
    public internal(set) var seconds = 0.0
    /// Users done, those included that were skipped: what to skip to go on.
    public internal(set) var done = 0
    /// Whether it was stopped before the end.
    public internal(set) var isStopped = false
}

extension Session {
    /// The items that the model ranks highest for each of many users: the same answers as one query a user, from one pass over the codes
    /// for some hundred users at a time.
    ///
    /// - Parameters:
    ///   - options: which users, how many items for each, and which items may be found.
    ///   - progress: called after each group with the users done and their number; returns false to stop.
    ///   - body: called with each user's id and items, in order, on this thread.
    /// - Throws: `QueryError`, or what `body` throws.
    /// - Complexity: O(users × items × components) over all threads; memory for some hundred users, whatever their number.
    public borrowing func recommendAll(
        _ options: BatchOptions = BatchOptions(), progress: (Int, Int) throws -> Bool = { _, _ in true },
        _ body: (String, [Neighbor]) throws -> Void
    ) throws -> BatchReport {
        guard options.k > 0 else { throw QueryError.badCount(options.k) }
        let clock = ContinuousClock()
        let start = clock.now
        var report = BatchReport(version: version.rawValue)
        let scan = try scan(.item)
        let common = try rowFilter(options.filter, .item, below: scan.table.rows, excluded: [])
        let total = try options.users?.count ?? self.scan(.user).table.rows
        var names = NeighborNames()
        var next = min(max(options.skip, 0), total)
        while next < total {
            let range = next..<min(next + 256 * max(options.threads, 1), total)
            let group = try batchQueries(range, options, common, &report)
            let matches = try Self.search(scan, group, k: options.k, threads: options.threads)
            for (query, matches) in zip(group, matches) {
                try body(query.user, try matches.map { try names.neighbor($0, self) })
                report.users += 1
            }
            next = range.upperBound
            report.done = next
            if try !progress(next, total), next < total {
                report.isStopped = true
                break
            }
        }
        report.seconds = (clock.now - start) / .seconds(1)
        return report
    }

    /// One user of a batch.
    private struct BatchQuery: Sendable {
        let user: String
        let vector: QueryVector
        let filter: RowFilter
    }

    /// The queries of the users at some places; users of the version's rows that are not part of it are no users of the batch.
    private borrowing func batchQueries(
        _ range: Range<Int>, _ options: BatchOptions, _ common: RowFilter, _ report: inout BatchReport
    ) throws -> [BatchQuery] {
        let vocabulary = Vocabulary(.user, in: store.tables)
        let index = LikesIndex(store.tables)
        let users = try scan(.user).table
        let itemCount = try scan(.item).table.rows
        var queries: [BatchQuery] = []
        for place in range {
            let row: UInt32
            if let ids = options.users {
                guard let known = try vocabulary.index(of: ids[place], in: transaction) else {
                    report.passedOver += 1
                    continue
                }
                row = known
            } else {
                row = UInt32(place)
                if !users.contains(row) { continue }
            }
            let stored = unsafe users.withRow(row) { vector, _ in
                unsafe Array(UnsafeBufferPointer(start: vector, count: manifest.components))
            }
            guard let vector = try stored ?? foldedIn(user: row) else {
                report.passedOver += 1
                continue
            }
            let liked = options.includesLiked ? [] : try index.items(likedBy: row, in: transaction)
            let own = RowSet(liked + (try index.items(dislikedBy: row, in: transaction)), below: itemCount)
            queries.append(
                BatchQuery(
                    user: try options.users?[place] ?? vocabulary.id(at: row, in: transaction) ?? "?", vector: try QueryVector(vector),
                    filter: RowFilter(allowed: common.allowed, excluded: common.excluded.map { $0.union(own) } ?? own)))
        }
        return queries
    }

    /// The matches of each query, searched by all threads: each takes as many queries as the others.
    private static func search(_ scan: ExactScan, _ queries: [BatchQuery], k: Int, threads: Int) throws -> [[Match]] {
        let found = Mutex<[Int: Result<[[Match]], ScanTableError>]>([:])
        let parts = max(1, min(threads, queries.count))
        let taken = Atomic<Int>(0)
        WorkerThreads.run(parts) { _ in
            while true {
                let part = taken.wrappingAdd(1, ordering: .relaxed).oldValue
                guard part < parts else { return }
                let own = queries[queries.count * part / parts..<queries.count * (part + 1) / parts]
                let result = Result { () throws(ScanTableError) in
                    try scan.nearest(to: own.map(\.vector), by: .innerProduct, k: k, filters: own.map(\.filter))
                }
                found.withLock { $0[part] = result }
            }
        }
        let results = found.withLock { $0 }
        return try (0..<parts).flatMap { try results[$0]?.get() ?? [] }
    }
}

/// Ids and names of items that were found before, so that each is looked up once.
private struct NeighborNames {
    private var known: [UInt32: (id: String, name: String?)] = [:]

    mutating func neighbor(_ match: Match, _ session: borrowing Session) throws -> Neighbor {
        if let known = known[match.row] { return Neighbor(id: known.id, name: known.name, score: match.score) }
        let neighbor = try session.neighbors(.items, [match]).results[0]
        known[match.row] = (neighbor.id, neighbor.name)
        return neighbor
    }
}

extension StoreReader {
    /// The items that the model ranks highest for each of many users: see ``Session/recommendAll(_:progress:_:)``.
    public func recommendAll(
        _ options: BatchOptions = BatchOptions(), version: VersionReference = .current,
        progress: (Int, Int) throws -> Bool = { _, _ in true }, _ body: (String, [Neighbor]) throws -> Void
    ) throws -> BatchReport {
        try Session(self, version).recommendAll(options, progress: progress, body)
    }

    /// Writes the items that the model ranks highest for each of many users to a file, one row each: `uid`, `rank`, `mid` and `score`.
    ///
    /// - Parameters:
    ///   - path: the file, made whole and then put in place; `-` is standard output, which gets whole rows as they come.
    ///   - format: psv, csv or tsv; nil goes by the file's name.
    ///   - isOverwriting: take the place of a file of that name; never that of the store.
    /// - Throws: `QueryError`, or words about the file.
    public func writeRecommendations(
        _ options: BatchOptions = BatchOptions(), to path: String, format: TextFormat? = nil, overwriting isOverwriting: Bool = false,
        version: VersionReference = .current,
        progress: (Int, Int) throws -> Bool = { _, _ in true }
    ) throws -> BatchReport {
        let format = format ?? TextFormat(ofFileNamed: path)
        var writer = try DelimitedWriter(path: path, dialect: format.dialect, lineEnd: .lf, overwriting: isOverwriting, protecting: files)
        try writer.write(["uid", "rank", "mid", "score"])
        let report = try recommendAll(options, version: version, progress: progress) { user, items in
            for (place, item) in items.enumerated() { try writer.write([user, "\(place + 1)", item.id, "\(item.score)"]) }
        }
        try writer.finish()
        return report
    }
}
