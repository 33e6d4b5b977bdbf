import Likeness
import Testing

/// Versions by the softmax of cosines.
@Suite struct SoftmaxTests {
    private func options(_ change: (inout SoftmaxSettings) -> Void = { _ in }) -> LeastSquaresFitOptions {
        var softmax = SoftmaxSettings()
        change(&softmax)
        var options = LeastSquaresFitOptions.withSoftmax(softmax)
        options.settings.components = 12
        return options
    }

    private func isEven(_ neighbor: Neighbor) -> Bool { Int(neighbor.id.dropFirst())! % 2 == 0 }

    @Test("Planted tastes are found, scores are cosines, and threads do not matter")
    func fit() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var choice = options()
        let first = try store.fit(choice)
        #expect(first.loss == "softmax" && first.epochs == 5 && first.items == 40 && first.users == 60 && first.meanLoss > 0)
        choice.settings.threads = 3
        #expect(try store.fit(choice).bytesWritten < 20_000, "only the manifest is new")
        #expect(try store.verify().isSound)
        let summary = try store.summary(of: .current)
        #expect(summary.softmax?.temperature == 0.1 && summary.leastSquares?.components == 12 && summary.hyperparameters == nil)
        #expect(try store.nearest(.items, to: "tag:even", k: 5).results.allSatisfy(isEven))
        #expect(try store.nearest(.tags, to: "item:i3", k: 2).results.map(\.id) == ["tag:even"])
        let ranked = try store.recommend(user: "u4", k: 12, includingLiked: true).results
        #expect(ranked.allSatisfy { isEven($0) && $0.score <= 1.000_01 })
        for item in ranked {
            let similarity = try store.withSession { try $0.similarity(of: "user:u4", to: "item:\(item.id)") }
            #expect(abs(similarity.cosine - item.score) < 1e-5)
        }
        let explained = try store.withSession { try $0.recommend(user: "u4", k: 1, reasons: 2) }
        #expect(explained.results[0].reasons?.isExact == false && explained.results[0].reasons?.likes.isEmpty == false)
    }

    @Test("Newcomers are folded in, by likes, by name and by a continuation, and new items join")
    func growth() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var choice = options()
        (choice.minimumUserLikes, choice.minimumItemLikes) = (1, 1)
        try store.fit(choice)
        #expect(try store.recommend(likes: ["i1", "i3"], k: 5).results.allSatisfy { !isEven($0) })
        try store.ingestFeatures(from: folder.write("mid|type|value\ni50|tag|even\n", to: "tags.psv"))
        let likes = ["i2|late", "i4|late", "i8|late", "i50|late", "i50|u0", "i50|u2", "i50|u4", "i4|u10"]
        try store.ingestLikes(from: folder.write("mid|uid\n" + likes.map { $0 + "\n" }.joined(), to: "late.psv"))
        let before = try store.recommend(user: "late", k: 5).results
        #expect(before.allSatisfy(isEven))
        let report = try #require(try store.fitPartial())
        #expect(report.loss == "softmax" && report.newUsers == 1 && report.newItems == 1 && report.parent == 1)
        #expect(report.changes?.touchedUsers == 4 && report.drift ?? 1 < 0.1)
        #expect(try store.verify().isSound)
        #expect(try store.recommend(user: "late", k: 5).results.allSatisfy(isEven))
        #expect(try store.nearest(.items, to: "item:i50", k: 5).results.allSatisfy(isEven))
        let own = try store.withSession { try $0.recommend(user: "late", k: 40, includingLiked: true) }
        #expect(own.results.allSatisfy { abs($0.score) <= 1.000_01 })
        #expect(try store.summary(of: .current).softmax != nil)
        #expect(try store.fitPartial() == nil, "nothing is new")
    }

    @Test("Items with features alone rank by cosine, and a version without features has none")
    func cold() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.ingestFeatures(from: folder.write("mid|type|value\ni50|tag|even\ni51|tag|odd\n", to: "fresh.psv"))
        var choice = options()
        choice.minimumItemLikes = 0
        #expect(try store.fit(choice).items == 42)
        #expect(try store.nearest(.items, to: "item:i50", k: 5).results.allSatisfy(isEven))
        let test = try folder.write("mid|uid\ni50|u4\ni51|u5\ni0|u2\n", to: "test.psv")
        var evaluation = EvaluationOptions()
        (evaluation.k, evaluation.among) = (1, .cold)
        let among = try store.evaluate(test: test, options: evaluation)
        #expect(among.users == 2 && among.likes == 2 && among.metrics["precision"] == 1 && among.among == .cold)
        evaluation.among = .warm
        #expect(try store.evaluate(test: test, options: evaluation).likes == 1)
        choice.featureWeighting = .none
        choice.minimumItemLikes = 5
        try store.fit(choice)
        evaluation.among = .cold
        #expect(throws: EvaluationFailure.self) { try store.evaluate(test: test, options: evaluation) }
    }

    @Test("What cannot be fitted or stopped is said, and nothing is published")
    func faults() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        #expect(throws: FitError.self) { try store.fit(options { $0.temperature = 0 }) }
        var told: [Int] = []
        #expect(throws: FitError.self) {
            try store.fit(options()) { progress in
                guard case .training(let epoch, let epochs, _, _, _) = progress else { return true }
                told.append(epoch)
                return epochs == 11 && epoch < 9
            }
        }
        #expect(told.contains(1) && told.contains(7) && told.max() == 9)
        #expect(try store.versions().isEmpty)
    }
}
