import Testing

@testable import LikenessEvaluation

@Suite struct EvaluationTests {
    @Test func `metrics are those that LightFM gives, user by user`() throws {
        for fixture in lightFMFixtures {
            let model = SmallModel(fixture)
            let items = fixture.itemBiases.count
            let test = try LikeRows(offsets: fixture.testOffsets, indices: fixture.test, itemCount: items)
            let train = try LikeRows(offsets: fixture.trainOffsets, indices: fixture.train, itemCount: items)
            for excludes in [false, true] {
                let expected = excludes ? fixture.excluding : fixture.plain
                for k in [1, 5, 10] {
                    let report = try model.with {
                        try Evaluation(k: k, excludesTrain: excludes, includesUsers: true)
                            .evaluate($0, test: test, train: train)
                    }
                    let pairs: [(String, KeyPath<UserMetrics, Double>)] = [
                        ("precision\(k)", \.precision), ("recall\(k)", \.recall), ("auc", \.auc),
                        ("reciprocalRank", \.reciprocalRank),
                    ]
                    for (name, path) in pairs {
                        let values = try #require(expected[name])
                        #expect(report.perUser.count == values.count)
                        for (mine, theirs) in zip(report.perUser, values) {
                            #expect(abs(mine[keyPath: path] - theirs) < 1e-6, "\(fixture.name), \(name)")
                        }
                        let mean = values.reduce(0, +) / Double(values.count)
                        #expect(abs(report.means[keyPath: path] - mean) < 1e-6)
                    }
                }
            }
        }
    }

    @Test func `ties count against the model in every metric`() throws {
        let model = SmallModel(users: 30, items: 70, components: 3, ties: true, seed: 51)
        let test = try randomRows(users: 30, items: 70, percent: 8, seed: 52)
        let train = try randomRows(users: 30, items: 70, percent: 20, apartFrom: test, seed: 53)
        let k = 9
        let report = try model.with {
            try Evaluation(k: k, excludesTrain: true, includesUsers: true).evaluate($0, test: test, train: train)
        }
        for (user, metrics) in zip(report.userIndices.map(Int.init), report.perUser) {
            let scores = model.scores(of: user)
            let ranked = scores.indices.filter { !train.contains(user: user, item: UInt32($0)) }
            let ranks = test[user].map(Int.init).map { own in ranked.count { $0 != own && scores[$0] >= scores[own] } }.sorted()
            let hits = ranks.enumerated().filter { $0.element < k }
            let most = min(ranks.count, k)
            let precisions = hits.reduce(0.0) { $0 + Double($1.offset + 1) / Double($1.element + 1) }
            let gain = hits.reduce(0.0) { $0 + 1 / Double.log2(of: $1.element + 2) }
            let ideal = (0..<most).reduce(0.0) { $0 + 1 / Double.log2(of: $1 + 2) }
            #expect(metrics.precision == Double(hits.count) / Double(k))
            #expect(metrics.recall == Double(hits.count) / Double(ranks.count))
            #expect(metrics.hitRate == (hits.isEmpty ? 0 : 1))
            #expect(metrics.reciprocalRank == 1 / Double(ranks[0] + 1))
            #expect(abs(metrics.averagePrecision - precisions / Double(most)) < 1e-12)
            #expect(abs(metrics.ndcg - gain / ideal) < 1e-12)
        }
    }

    @Test func `likes of items without an index count as those of items that are absent`() throws {
        var model = SmallModel(users: 4, items: 30, components: 6, seed: 41)
        let likes: [(user: UInt32, item: UInt32)] = [(0, 3), (0, 28), (0, 29), (1, 29), (2, 7)]
        let train = try LikeRows(users: [0, 0, 1, 3], items: [5, 9, 0, 2], userCount: 4, itemCount: 30)
        model.itemIsPresent = (0..<30).map { $0 < 28 }
        let test = try LikeRows(users: likes.map(\.user), items: likes.map(\.item), userCount: 4, itemCount: 30)
        let known = likes.filter { $0.item < 28 }
        var cut = try LikeRows(users: known.map(\.user), items: known.map(\.item), userCount: 4, itemCount: 30)
        cut.unindexed = [2, 1, 0, 0]
        let evaluation = Evaluation(k: 5, excludesTrain: true, includesCatalogue: true, includesUsers: true)
        let (whole, unindexed) = try model.with {
            (try evaluation.evaluate($0, test: test, train: train), try evaluation.evaluate($0, test: cut, train: train))
        }
        #expect(whole == unindexed && whole.users == 3 && whole.cells == 5 && whole.unknownCells == 3)
    }

    @Test func `metrics are those of a list sorted by score`() throws {
        let model = SmallModel(users: 40, items: 90, components: 6, seed: 31)
        let test = try randomRows(users: 40, items: 90, percent: 6, seed: 32)
        let train = try randomRows(users: 40, items: 90, percent: 20, apartFrom: test, seed: 33)
        for k in [1, 3, 10, 90, 200] {
            let report = try model.with {
                try Evaluation(k: k, excludesTrain: true, includesUsers: true).evaluate($0, test: test, train: train)
            }
            for (user, metrics) in zip(report.userIndices.map(Int.init), report.perUser) {
                let scores = model.scores(of: user)
                let list = scores.indices.filter { !train.contains(user: user, item: UInt32($0)) }
                    .sorted { scores[$0] > scores[$1] }
                let isHit = list.map { test.contains(user: user, item: UInt32($0)) }
                let liked = isHit.count(where: \.self)
                let hits = isHit.prefix(k).count(where: \.self)
                #expect(metrics.precision == Double(hits) / Double(k))
                #expect(metrics.recall == Double(hits) / Double(liked))
                #expect(metrics.hitRate == (hits > 0 ? 1 : 0))
                #expect(metrics.reciprocalRank == 1 / Double((isHit.firstIndex(of: true) ?? 0) + 1))
                var (gain, precisions, found, right) = (0.0, 0.0, 0, 0)
                for (place, hit) in isHit.enumerated() {
                    if hit {
                        found += 1
                        if place < k {
                            gain += 1 / Double.log2(of: place + 2)
                            precisions += Double(found) / Double(place + 1)
                        }
                    } else {
                        right += found
                    }
                }
                let ideal = (0..<min(k, liked)).reduce(0) { $0 + 1 / Double.log2(of: $1 + 2) }
                #expect(abs(metrics.ndcg - gain / ideal) < 1e-12)
                #expect(abs(metrics.averagePrecision - precisions / Double(min(k, liked))) < 1e-12)
                // The share of pairs (liked, not liked) in the right order.
                #expect(abs(metrics.auc - Double(right) / Double(liked * (list.count - liked))) < 1e-12)
            }
        }
    }

    @Test func `users without test likes are dropped, or kept on request`() throws {
        let model = SmallModel(users: 4, items: 6, components: 2, seed: 3)
        let test = try LikeRows(users: [1], items: [2], userCount: 4, itemCount: 6)
        let dropped = try model.with { try Evaluation(k: 6).evaluate($0, test: test) }
        #expect(dropped.users == 1)
        #expect(dropped.means.recall == 1)
        let kept = try model.with {
            try Evaluation(k: 6, preservesUsers: true, includesUsers: true).evaluate($0, test: test)
        }
        #expect(kept.users == 4)
        #expect(kept.means.recall == 0.25)
        #expect(kept.perUser[0] == .withoutCells)
        #expect(kept.perUser[0].auc == 0.5)
    }

    @Test func `no test likes at all give zeros over no users`() throws {
        let model = SmallModel(users: 2, items: 3, components: 2, seed: 3)
        let none = try LikeRows(users: [], items: [], userCount: 2, itemCount: 3)
        let report = try model.with { try Evaluation(includesCatalogue: true).evaluate($0, test: none, train: none) }
        #expect(report.users == 0)
        #expect(report.means == UserMetrics())
        #expect(report.catalogueCoverage == 0)
        #expect(report.popularityBias == nil)
    }

    @Test func `all items liked leave nothing to be compared with, and the area is one half`() throws {
        let model = SmallModel(users: 1, items: 3, components: 2, seed: 3)
        let test = try LikeRows(users: [0, 0, 0], items: [0, 1, 2], userCount: 1, itemCount: 3)
        #expect(try model.with { try Evaluation().evaluate($0, test: test).means.auc } == 0.5)
    }

    @Test func `equal scores for all give a precision of zero`() throws {
        var model = SmallModel(users: 5, items: 50, components: 4, seed: 3)
        model.items = [Float](repeating: 0, count: 200)
        model.itemBiases = [Float](repeating: 0, count: 50)
        let test = try randomRows(users: 5, items: 50, percent: 10, seed: 8)
        #expect(try model.with { try Evaluation(k: 10).evaluate($0, test: test).means.precision } == 0)
    }

    @Test func `coverage and popularity follow the lists that are shown`() throws {
        // Item 0 is everybody's first, and item 1 the second.
        var model = SmallModel(users: 3, items: 4, components: 1, seed: 1)
        (model.users, model.items, model.itemBiases) = ([0, 0, 0], [0, 0, 0, 0], [4, 3, 2, 1])
        let test = try LikeRows(users: [0, 1], items: [3, 3], userCount: 3, itemCount: 4)
        let train = try LikeRows(users: [0, 1, 2, 2], items: [0, 1, 0, 2], userCount: 3, itemCount: 4)
        let report = try model.with {
            try Evaluation(k: 1, excludesTrain: true, includesCatalogue: true).evaluate($0, test: test, train: train)
        }
        // User 0 is shown item 1 (one like), user 1 item 0 (two); they like items 0 (two likes) and 1 (one).
        #expect(report.catalogueCoverage == 0.5)
        #expect(report.popularityBias == 1)
        #expect(report.named.map(\.name).suffix(2) == ["catalogueCoverage", "popularityBias"])
    }

    @Test func `k below one is refused`() throws {
        let model = SmallModel(users: 1, items: 1, components: 1, seed: 1)
        let test = try LikeRows(users: [0], items: [0], userCount: 1, itemCount: 1)
        #expect(throws: EvaluationError.invalidCutoff(0)) {
            try model.with { try Evaluation(k: 0).evaluate($0, test: test) }
        }
    }
}

extension Double {
    /// The exponent to base 2, by halving and squaring.
    fileprivate static func log2(of value: Int) -> Double {
        var (rest, result, bit) = (Double(value), 0.0, 1.0)
        while rest >= 2 { (rest, result) = (rest / 2, result + 1) }
        for _ in 0..<52 {
            bit /= 2
            rest *= rest
            if rest >= 2 { (rest, result) = (rest / 2, result + bit) }
        }
        return result
    }
}
