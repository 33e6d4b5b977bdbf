import Interchange
import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
public import LikenessStore
import PlainText

/// How many users are recommended items in one go, and which.
public struct BatchOptions: Sendable {
    /// Items for each user.
    public var k = 10
    /// Whether items that a user likes already may be among them.
    public var includesLiked = false
    /// Which items may be found; the same for all users.
    public var filter = QueryFilter()
    /// How they are chosen where not by their scores alone.
    public var rules = RankingRules()
    /// Likes, features and tags to list for each item; 0 for none. Files of rows have no room for them.
    public var reasons = 0
    /// How thoroughly is searched.
    public var effort = SearchEffort.exact
    /// The users by id, in this order; nil for all users of the version, in the order in which they came.
    public var users: [String]?
    /// Users to leave out at the start, such as those that an earlier run has done.
    public var skip = 0
    /// Threads that scan.
    public var threads = 1

    /// Ten items for every user, on one thread.
    public init() {}
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
        let common = try rowFilter(options.filter, .item, below: try scan(.item).table.rows, excluded: [])
        let plan = BatchPlan(
            kind: .items, rows: try search(.items, options.effort, by: .innerProduct), similarity: .innerProduct, k: options.k,
            total: try options.users?.count ?? self.scan(.user).table.rows,
            skip: options.skip, threads: options.threads, rule: try rule(options.rules, .items, k: options.k))
        return try answer(
            plan, queries: { range, report in try users(range, options, common, &report) },
            explain: { query, matches, neighbors in
                guard options.reasons > 0, let user = query.user else { return }
                let grounds = try grounds(ofAnyUser: user)
                for (place, match) in matches.enumerated() {
                    neighbors[place].reasons = try reasons(for: match, grounds, count: options.reasons)
                }
            }, progress: progress, body)
    }

    /// What the recommendations of a user come from who is in the version, or in the store alone.
    private borrowing func grounds(ofAnyUser row: UInt32) throws(QueryError) -> Grounds {
        if let vector = try representation(.user, row: row) { return try grounds(ofUser: row, vector: vector) }
        return try grounds(try opinions(ofUser: row))
    }

    /// The queries of the users at some places; users of the version's rows that are not part of it are no users of the batch.
    private borrowing func users(
        _ range: Range<Int>, _ options: BatchOptions, _ common: RowFilter, _ report: inout BatchReport
    ) throws -> [BatchQuery] {
        let vocabulary = Vocabulary(.user, in: store.tables)
        let index = SeenItems(store.tables)
        let users = try scan(.user).table
        let itemCount = try scan(.item).table.rows
        var queries: [BatchQuery] = []
        for place in range {
            let row: UInt32
            if let ids = options.users {
                guard let known = try vocabulary.index(of: ids[place], in: transaction) else {
                    report.passOver { "there is no user '\(ids[place].printable)' in the store" }
                    continue
                }
                row = known
            } else {
                row = UInt32(place)
                if !users.contains(row) { continue }
            }
            let id = try options.users?[place] ?? vocabulary.id(at: row, in: transaction) ?? "?"
            guard let vector = try representation(.user, row: row) ?? foldedIn(user: row) else {
                report.passOver { "nothing that user '\(id.printable)' likes is part of \(version)" }
                continue
            }
            let liked = options.includesLiked ? [] : try index.items(likedBy: row, in: transaction)
            let disliked = try index.items(dislikedBy: row, in: transaction)
            queries.append(
                BatchQuery(
                    name: id, vector: try QueryVector(vector), filter: common.excluding(liked + disliked, below: itemCount), user: row))
        }
        return queries
    }
}

extension StoreReader {
    /// The items that the model ranks highest for each of many users: see ``Session/recommendAll(_:progress:_:)``.
    public func recommendAll(
        _ options: BatchOptions = BatchOptions(), version: VersionReference = .current,
        progress: (Int, Int) throws -> Bool = { _, _ in true }, _ body: (String, [Neighbor]) throws -> Void
    ) throws -> BatchReport {
        try session(of: version).recommendAll(options, progress: progress, body)
    }

    /// Writes the items that the model ranks highest for each of many users to a file: rows of `uid`, `rank`, `mid` and `score`, or one
    /// JSON object a user with `user` and `results`.
    public func writeRecommendations(
        _ options: BatchOptions = BatchOptions(), to output: BatchOutput, version: VersionReference = .current,
        progress: (Int, Int) throws -> Bool = { _, _ in true }
    ) throws -> BatchReport {
        if options.reasons > 0, (output.format ?? TextFormat(ofFileNamed: output.path)) != .jsonl {
            throw QueryError.unreadable(
                "rows have no room for what speaks for each item. Ask for JSON lines, with --json, --format jsonl or a file FILE.jsonl")
        }
        var writer = try AnswerWriter(output, columns: ("uid", "mid"), key: "user", protecting: files)
        let report = try recommendAll(options, version: version, progress: progress) { user, items in try writer.write(user, items) }
        try writer.finish()
        return report
    }
}
