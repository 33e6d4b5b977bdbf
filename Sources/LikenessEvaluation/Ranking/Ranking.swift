import Synchronization
import WorkerThreads

/// Ranks test cells among all items.
///
/// Workers take tiles of items as they come. A tile is laid out by column; then its items' scores are computed for six users
/// together, and compared with the scores of these users' test cells. Nothing is sorted. A test cell's own score comes from
/// the same kernel, so that it equals the item's score in the tile bit by bit.
package struct Ranking: Sendable {
    let model: ScoringModel
    let test: LikeRows
    let excluded: LikeRows?
    let threads: Int
    /// The length of the recommendation lists to keep; 0 for none.
    let top: Int

    /// Prepares a ranking of `test`'s cells.
    ///
    /// - Parameters:
    ///   - excluded: Likes that are left out of the rankings, such as those trained on.
    ///   - allowsIntersection: Whether a like may be both in `test` and in `excluded`; it is then ranked all the same.
    ///   - top: The length of the recommendation lists to keep; 0 for none.
    /// - Throws: ``EvaluationError`` when shapes differ or a like is in both sets.
    package init(
        _ model: ScoringModel, test: LikeRows, excluding excluded: LikeRows? = nil, allowsIntersection: Bool = false,
        top: Int = 0, threads: Int = 1
    ) throws(EvaluationError) {
        for rows in [test, excluded].compactMap(\.self) {
            if rows.userCount != model.users.count {
                throw .shapeDiffers(what: "users", expected: model.users.count, found: rows.userCount)
            }
            if rows.itemCount != model.items.count {
                throw .shapeDiffers(what: "items", expected: model.items.count, found: rows.itemCount)
            }
        }
        if let excluded, !allowsIntersection {
            for user in 0..<test.userCount {
                for item in test[user] where excluded.contains(user: user, item: item) {
                    throw .intersection(user: user, item: item)
                }
            }
        }
        self.model = model
        self.test = test
        self.excluded = excluded
        self.top = top
        self.threads = max(1, threads)
    }

    /// The ranks of all test cells.
    ///
    /// - Throws: ``EvaluationError/notFinite(side:row:)`` and ``EvaluationError/scoreNotFinite(user:item:)``.
    /// - Complexity: O(users × items × components); memory O(threads × (test cells + users × top)).
    package func run() throws(EvaluationError) -> Ranks {
        var result = Ranks()
        result.itemCount = (0..<model.items.count).count { model.items.contains($0) }
        result.ranks = [UInt32](repeating: Ranks.unranked, count: test.indices.count)
        for user in 0..<test.userCount where test.count(of: user) > 0 {
            if model.users.contains(user) {
                result.users.append(UInt32(user))
                result.unknownCells += test[user].count { !model.items.contains(Int($0)) } + test.unindexed(of: user)
            } else {
                result.unknownUsers.append(UInt32(user))
            }
        }
        let users = result.users
        let workspace = RankingWorkspace(self, users: users)
        let tileCount = ItemTile.count(of: model.items)
        let workers = max(1, min(threads, tileCount))
        let passes = (0..<workers).map { _ in RankingPass(self, workspace: workspace) }
        let work = SharedWork()
        WorkerThreads.run(workers) { worker in
            while let place = work.nextUser(below: users.count) { passes[worker].scoreCells(of: place) }
        }
        WorkerThreads.run(workers) { worker in
            while let tile = work.nextTile(below: tileCount) { passes[worker].count(tile: tile) }
        }
        if let item = passes.compactMap(\.badItem).min() { throw .notFinite(side: .item, row: item) }
        for user in users where !model.users.isFinite(Int(user)) { throw .notFinite(side: .user, row: Int(user)) }
        if let bad = passes.compactMap(\.badCell).min(by: { $0.user < $1.user }) {
            throw .scoreNotFinite(user: bad.user, item: bad.item)
        }
        workspace.finish(&result, ranking: self, passes: passes)
        return result
    }
}

/// What is left to do of a ranking.
private final class SharedWork: Sendable {
    private let users = Atomic<Int>(0)
    private let tiles = Atomic<Int>(0)

    func nextUser(below count: Int) -> Int? { SharedWork.next(users.wrappingAdd(1, ordering: .relaxed).oldValue, count) }

    func nextTile(below count: Int) -> Int? { SharedWork.next(tiles.wrappingAdd(1, ordering: .relaxed).oldValue, count) }

    private static func next(_ number: Int, _ count: Int) -> Int? { number < count ? number : nil }
}
