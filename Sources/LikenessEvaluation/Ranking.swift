import Dispatch

/// Ranks test cells among all items.
///
/// Items are laid out in panels once; then the scores of six users for a tile of items are computed together, and
/// compared with the scores of these users' test cells. Nothing is sorted. A test cell's own score comes from the same
/// kernel, so that it equals the item's score in the tile bit by bit.
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
    /// - Complexity: O(users × items × components); memory O(test cells), and up to 64 MiB for items laid out.
    package func run() throws(EvaluationError) -> Ranks {
        var result = Ranks()
        result.itemCount = (0..<model.items.count).count { model.items.contains($0) }
        result.ranks = [UInt32](repeating: Ranks.unranked, count: test.indices.count)
        for user in 0..<test.userCount where !test[user].isEmpty {
            if model.users.contains(user) {
                result.users.append(UInt32(user))
                result.unknownCells += test[user].count { !model.items.contains(Int($0)) }
            } else {
                result.unknownUsers.append(UInt32(user))
            }
        }
        try checkFinite(users: result.users)
        let workspace = RankingWorkspace(users: result.users, cellCount: test.indices.count, top: top)
        let users = result.users
        let blocks = stride(from: 0, to: users.count, by: RankingPass.blockSize).map {
            $0..<min($0 + RankingPass.blockSize, users.count)
        }
        let workers = min(threads, max(blocks.count, 1))
        let passes = (0..<workers).map { _ in RankingPass(self, workspace: workspace) }
        inParallel(workers) { worker in
            for index in Swift.stride(from: worker, to: blocks.count, by: workers) {
                passes[worker].scoreCells(of: blocks[index])
            }
        }
        if let bad = passes.compactMap(\.notFinite).min(by: { $0.user < $1.user }) {
            throw .scoreNotFinite(user: bad.user, item: bad.item)
        }
        let panels = ItemPanels(model.items)
        for group in panels.groups {
            inParallel(min(threads, group.tileCount)) { worker in
                for tile in Swift.stride(from: worker, to: group.tileCount, by: min(threads, group.tileCount)) {
                    panels.fill(tile: tile, of: group)
                }
            }
            inParallel(workers) { worker in
                for tile in 0..<group.tileCount {
                    for index in Swift.stride(from: worker, to: blocks.count, by: workers) {
                        passes[worker].count(blocks[index], in: panels.tile(tile, of: group))
                    }
                }
            }
        }
        workspace.finish(&result, ranking: self)
        return result
    }

    private func inParallel(_ count: Int, _ body: @Sendable (Int) -> Void) {
        if count == 1 { body(0) } else { DispatchQueue.concurrentPerform(iterations: count, execute: body) }
    }

    private func checkFinite(users: [UInt32]) throws(EvaluationError) {
        for item in 0..<model.items.count where model.items.contains(item) && !model.items.isFinite(item) {
            throw .notFinite(side: .item, row: item)
        }
        for user in users where !model.users.isFinite(Int(user)) { throw .notFinite(side: .user, row: Int(user)) }
    }
}
