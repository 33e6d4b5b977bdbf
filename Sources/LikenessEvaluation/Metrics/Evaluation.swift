/// Evaluates a model on held-out likes.
///
/// ```swift
/// let report = try Evaluation(k: 5, excludesTrain: true).evaluate(model, test: test, train: train)
/// print(report.means.precision)
/// ```
package struct Evaluation: Equatable, Sendable {
    /// The length of the list that metrics "at k" look at; at least 1.
    package var k: Int
    /// Leave the train likes out of each user's ranking.
    package var excludesTrain: Bool
    /// Count users without test cells too, with ``UserMetrics/withoutCells``, instead of dropping them.
    package var preservesUsers: Bool
    /// Accept likes that are in the test and in the train set when train likes are excluded; they are then ranked all the same.
    package var allowsIntersection: Bool
    /// Compute coverage and popularity bias, for which each user's best k items are kept.
    package var includesCatalogue: Bool
    /// Keep each user's values.
    package var includesUsers: Bool
    /// Threads to rank with.
    package var threads: Int

    /// An evaluation with these choices.
    package init(
        k: Int = 5, excludesTrain: Bool = false, preservesUsers: Bool = false, allowsIntersection: Bool = false,
        includesCatalogue: Bool = false, includesUsers: Bool = false, threads: Int = 1
    ) {
        self.k = k
        self.excludesTrain = excludesTrain
        self.preservesUsers = preservesUsers
        self.allowsIntersection = allowsIntersection
        self.includesCatalogue = includesCatalogue
        self.includesUsers = includesUsers
        self.threads = threads
    }

    /// Ranks and measures.
    ///
    /// - Parameters:
    ///   - test: The likes that a good model ranks first.
    ///   - train: The likes that it was trained on; left out of the rankings if ``excludesTrain``.
    ///   - known: What is left out in their place, if that is more than these.
    ///   - popularity: How many likes each item has, where `train` has only some users; `nil` counts those of `train`.
    /// - Throws: ``EvaluationError``; a model that is not finite is never measured.
    /// - Complexity: O(users with test cells × items × components).
    package func evaluate(
        _ model: ScoringModel, test: LikeRows, train: LikeRows? = nil, known: LikeRows? = nil, popularity: [UInt32]? = nil
    ) throws(EvaluationError) -> EvaluationReport {
        guard k >= 1 else { throw .invalidCutoff(k) }
        let excluded = excludesTrain ? known ?? train : nil
        let ranks = try Ranking(
            model, test: test, excluding: excluded, allowsIntersection: allowsIntersection,
            top: includesCatalogue ? min(k, max(model.items.count, 1)) : 0, threads: threads
        ).run()
        var report = EvaluationReport(
            k: k, users: 0, cells: 0, unknownUsers: ranks.unknownUsers.count, unknownCells: ranks.unknownCells,
            means: UserMetrics())
        var sum = UserMetrics()
        var next = 0
        for user in 0..<test.userCount {
            let isRanked = next < ranks.users.count && Int(ranks.users[next]) == user
            let isEmpty = test.count(of: user) == 0 && model.users.contains(user)
            guard isRanked || (preservesUsers && isEmpty) else { continue }
            var metrics = UserMetrics.withoutCells
            if isRanked {
                next += 1
                let cells = test.offsets[user]..<test.offsets[user + 1]
                let known = test[user].count { model.items.contains(Int($0)) }
                let left = excluded.map { $0[user].count { model.items.contains(Int($0)) } } ?? 0
                let last = repeatElement(UInt32(ranks.itemCount), count: test.unindexed(of: user))
                metrics = UserMetrics(ranks: ranks.ranks[cells] + last, k: k, negatives: ranks.itemCount - known - left)
                report.cells += test.count(of: user)
            }
            report.users += 1
            sum += metrics
            if includesUsers {
                report.userIndices.append(UInt32(user))
                report.perUser.append(metrics)
            }
        }
        if report.users > 0 { report.means = sum / Double(report.users) }
        if let top = ranks.top {
            report.catalogueCoverage = coverage(of: top, itemCount: ranks.itemCount, room: model.items.count)
            report.popularityBias = train.flatMap {
                popularityBias(of: top, users: ranks.users, train: $0, popularity: popularity)
            }
        }
        return report
    }

    private func coverage(of top: TopLists, itemCount: Int, room: Int) -> Double {
        var isShown = [Bool](repeating: false, count: room)
        for row in top.counts.indices {
            for item in top[row] { isShown[Int(item)] = true }
        }
        return itemCount == 0 ? 0 : Double(isShown.count(where: \.self)) / Double(itemCount)
    }

    private func popularityBias(
        of top: TopLists, users: [UInt32], train: LikeRows, popularity: [UInt32]?
    ) -> Double? {
        var likes = popularity ?? [UInt32](repeating: 0, count: train.itemCount)
        if popularity == nil { for item in train.indices { likes[Int(item)] += 1 } }
        var shown = (sum: 0, count: 0)
        var liked = (sum: 0, count: 0)
        for (row, user) in users.enumerated() {
            for item in top[row] { shown = (shown.sum + Int(likes[Int(item)]), shown.count + 1) }
            for item in train[Int(user)] { liked = (liked.sum + Int(likes[Int(item)]), liked.count + 1) }
        }
        guard shown.count > 0, liked.sum > 0 else { return nil }
        return Double(shown.sum) / Double(shown.count) / (Double(liked.sum) / Double(liked.count))
    }
}
