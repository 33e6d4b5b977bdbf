import Foundation
import Likeness
import Testing

@Suite struct FitTests {
    private func options(epochs: Int = 10, features: FeatureWeighting = .tfidf) -> FitOptions {
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = epochs
        options.featureWeighting = features
        return options
    }

    @Test("One seed and one thread give one model, and publishing it again writes almost nothing")
    func equalVersionsShareBlocks() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let first = try store.fit(options())
        let second = try store.fit(options())
        #expect(first.version == 1 && second.version == 2)
        #expect(second.bytesWritten < 10_000, "only the manifest is new, and that is \(second.bytesWritten) bytes")
        #expect(first.bytesWritten > 5 * second.bytesWritten)
        #expect(try store.verify().isSound)
    }

    @Test("Planted tastes are found: a tag leads to its items, an item to its neighbours, a user to what is new")
    func plantedTastes() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.fit(options(epochs: 30))
        let even = try store.nearest(.items, to: "tag:even", k: 5)
        #expect(even.results.allSatisfy { Int($0.id.dropFirst())! % 2 == 0 }, "\(even.results)")
        #expect(even.results.allSatisfy { $0.name == "Item \($0.id.dropFirst())" })
        let near = try store.nearest(.items, to: "item:i3", k: 5)
        #expect(near.results.allSatisfy { Int($0.id.dropFirst())! % 2 == 1 && $0.id != "i3" }, "\(near.results)")
        let sum = try store.nearest(.items, to: "+tag:odd -tag:even", k: 5)
        #expect(sum.results.allSatisfy { Int($0.id.dropFirst())! % 2 == 1 })
        let tags = try store.nearest(.tags, to: "item:i3", k: 5)
        #expect(tags.results.map(\.id) == ["tag:even"], "its own tag is left out, and categories are of another type")
        let users = try store.nearest(.users, to: "user:u5", k: 5)
        #expect(users.results.allSatisfy { Int($0.id.dropFirst())! % 2 == 1 })
        let known = try store.recommend(user: "u4", k: 40, includingLiked: true)
        let new = try store.recommend(user: "u4", k: 40)
        #expect(known.results.count == 40 && new.results.count == 28)
        #expect(Set(new.results.map(\.id)).isSubset(of: Set(known.results.map(\.id))))
        for pair in zip(known.results, known.results.dropFirst()) { #expect(pair.0.score >= pair.1.score) }
    }

    @Test("No cosine is above 1, also where an item is its tag and nothing else")
    func cosines() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var choice = options()
        choice.features.identityScale = 0
        for seed in 1...8 {
            choice.hyperparameters.seed = UInt64(seed)
            try store.fit(choice)
            for query in ["item:i3", "tag:odd", "user:u5"] {
                for kind in [EntityKind.items, .users, .tags] {
                    let scores = try store.nearest(kind, to: query, k: 60).results.map(\.score)
                    #expect(scores.allSatisfy { abs($0) <= 1 } && zip(scores, scores.dropFirst()).allSatisfy(>=))
                }
            }
            let like = try store.nearest(.items, to: "item:i3", k: 19).results
            #expect(like.allSatisfy { $0.score > 0.999_999 }, "other odd items are the same tags")
        }
    }

    @Test("A continuation takes in new users, items and tags, and leaves its parent as it was")
    func continuationGrows() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.fit(options())
        let before = try store.nearest(.items, to: "item:i3", k: 10)
        #expect(try store.fitPartial() == nil, "nothing is new")
        let likes = "modelname|mid|uid\n" + (0..<6).map { "New|new\($0 % 2)|u\($0)\nItem 4|i4|fresh\n" }.joined()
        try store.ingestLikes(from: folder.write(likes, to: "more.psv"))
        try store.ingestFeatures(from: folder.write("mid|type|value\nnew0|tag|Brand New\n", to: "more-feats.psv"))
        let report = try #require(try store.fitPartial())
        #expect(report.version == 2 && report.parent == 1)
        #expect(report.newUsers == 1 && report.newItems == 2 && report.newFeatures == 1)
        #expect(try store.nearest(.items, to: "item:new0", k: 3).version == 2)
        #expect(try store.nearest(.items, to: "tag:brand new", k: 3).results.first?.id == "new0")
        #expect(try !store.recommend(user: "fresh", k: 3).results.isEmpty)
        let parent = try store.nearest(.items, to: "item:i3", k: 10, version: "v1".reference)
        #expect(parent == before)
        #expect(throws: QueryError.self) { try store.nearest(.items, to: "item:new0", version: "v1".reference) }
        try store.rollBack()
        #expect(try store.nearest(.items, to: "item:i3", k: 10) == before)
        #expect(try store.verify().isSound)
    }

    @Test("What cannot be fitted is said with the reason, and publishes nothing")
    func refusals() throws {
        let folder = try TemporaryFolder()
        let empty = try Store.create(at: folder.path + "/empty")
        #expect(message { try empty.fit(options()) }.contains("no likes yet"))
        let one = try Store.create(at: folder.path + "/one")
        try one.ingestLikes(from: folder.write("mid|uid\na|x\nb|x\n", to: "one.psv"))
        #expect(message { try one.fit(options()) }.contains("none of the 1 user and 2 items is left"))
        var low = options(epochs: 2)
        low.minimumUserLikes = 1
        low.minimumItemLikes = 1
        #expect(try one.fit(low).items == 2, "one user and two items are enough if the thresholds allow it")
        let single = try Store.create(at: folder.path + "/single")
        try single.ingestLikes(from: folder.write("mid|uid\na|x\na|y\n", to: "single.psv"))
        #expect(message { try single.fit(low) }.contains("at least 2 items"))
        let store = try folder.plantedStore()
        for (change, expected) in [
            ({ (o: inout FitOptions) in o.hyperparameters.components = 0 }, "components is 0"),
            ({ o in o.hyperparameters.learningRate = 1e7 }, "diverged in epoch 1"),
            ({ o in o.hyperparameters.learningRate = .nan }, "learningRate is nan"),
            ({ o in o.hyperparameters.threads = 0 }, "threads is 0"),
            ({ o in o.alias = "v1" }, "cannot be an alias"),
        ] {
            var bad = options(epochs: 30)
            change(&bad)
            let text = message { try store.fit(bad) }
            #expect(text.contains(expected), "\(text)")
        }
        #expect(try store.versions().isEmpty)
    }

    @Test("Stopping publishes nothing")
    func stopping() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let text = message {
            try store.fit(options(epochs: 1_000)) { progress in
                if case .training(let epoch, _, _, _, _) = progress { epoch < 3 } else { true }
            }
        }
        #expect(text.contains("stopped in epoch 3"), "\(text)")
        #expect(try store.versions().isEmpty)
    }

    @Test("Unknown names are said with names like them")
    func nearMisses() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        #expect(message { try store.nearest(.items, to: "tag:even") }.contains("no versions yet"))
        try store.fit(options(epochs: 2))
        #expect(message { try store.nearest(.items, to: "tag:evne") }.contains("'tag:even'"))
        #expect(message { try store.nearest(.items, to: "item:i333") }.contains("did you mean"))
        #expect(message { try store.recommend(user: "nobody") }.contains("no user 'nobody'"))
        #expect(message { try store.nearest(.items, to: "even") }.contains("tag:"))
        #expect(message { try store.nearest(.items, to: "tag:even", version: "staging".reference) }.contains("production"))
        #expect(message { try store.nearest(.items, to: "tag:even", version: "v7".reference) }.contains("the newest is v1"))
        #expect(message { try store.nearest(.items, to: "+item:i1 -item:i1") }.contains("cancel"))
        try store.fit(options(epochs: 1, features: FeatureWeighting.none))
        #expect(message { try store.nearest(.items, to: "tag:even") }.contains("without features"))
    }

    @Test("Evaluation counts what a model ranks first, and refuses likes that it was trained on")
    func evaluation() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.fit(options(epochs: 20))
        var choice = EvaluationOptions()
        choice.excludesTrain = true
        let test = try folder.write("mid|uid\ni0|u1\ni39|u0\nnowhere|u2\ni1|nobody\n", to: "test.psv")
        let report = try store.evaluate(test: test, options: choice)
        #expect(report.users == 3 && report.likes == 3, "an item that the store has never heard of ranks last")
        #expect(report.unknownUserLikes == 1 && report.unknownItemLikes == 1)
        let hits = try [("u0", "i39"), ("u1", "i0")].count { user, item in
            try store.recommend(user: user, k: 5).results.contains { $0.id == item }
        }
        #expect(report.metrics["precision"] == Double(hits) / 5 / 3, "evaluation ranks as recommendations do")
        let trained = try folder.write("mid|uid\ni0|u0\n", to: "trained.psv")
        let text = message { try store.evaluate(test: trained, options: choice) }
        #expect(text.contains("was made from 1 like of the test file"), "\(text)")
    }

    @Test("A version is evaluated by what was known when it was made, and dislikes are left out of rankings as likes are")
    func evaluationOfThePast() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.ingestLikes(from: folder.write("mid|uid\ni38|u0\n", to: "dislikes.psv"), options: dislikes)
        try store.fit(options())
        var choice = EvaluationOptions()
        (choice.excludesTrain, choice.includesUsers, choice.k) = (true, true, 40)
        let test = try folder.write("mid|uid\ni36|u0\ni39|u1\n", to: "test.psv")
        let before = try store.evaluate(test: test, options: choice)
        // All 40 items but 12 liked and 1 disliked are ranked for the first user, 28 for the second.
        let best = try store.recommend(user: "u0", k: 40).results.map(\.id)
        #expect(best.count == 27 && !best.contains("i38"))
        let place = try #require(best.firstIndex(of: "i36"))
        #expect(before.perUser[0].metrics["reciprocalRank"] == 1 / Double(place + 1))
        try store.ingestLikes(from: test)
        try store.ingestLikes(from: folder.write("mid|uid\ni34|u0\n", to: "later.psv"))
        let after = try store.evaluate(test: test, options: choice)
        #expect(after.perUser == before.perUser)
        try store.fit(options())
        #expect(message { try store.evaluate(test: test, options: choice) }.contains("was made from 2 likes of the test file"))
    }

    private var dislikes: IngestOptions {
        var options = IngestOptions()
        options.kind = .dislike
        return options
    }

    @Test("The largest seed is kept, and so is what follows from it", arguments: [UInt64.max, 1 << 63, 7])
    func seeds(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var choice = options(epochs: 1)
        choice.hyperparameters.seed = seed
        try store.fit(choice)
        #expect(try store.summary(of: .current).hyperparameters?.seed == seed)
        try store.ingestLikes(from: folder.write("mid|uid\ni36|u0\ni39|u1\n", to: "more.psv"))
        #expect(try store.fitPartial() != nil)
    }

    @Test("Features count as new where the version has them first, whenever the store heard of them")
    func newFeatures() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.ingestFeatures(from: folder.write("mid|type|value\nlone|tag|Lone\nother|tag|Other\n", to: "lone.psv"))
        #expect(try store.fit(options()).newFeatures == 3, "the items of two tags have no likes")
        try store.ingestLikes(from: folder.write("mid|uid\n" + (0..<6).map { "lone|u\($0)\n" }.joined(), to: "more.psv"))
        #expect(try #require(try store.fitPartial()).newFeatures == 1)
    }

    @Test("Features weigh what they would if the items that are left out were not in the store")
    func leftOutItems() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.fit(options())
        let expected = try store.nearest(.items, to: "tag:even", k: 40)
        let likes = "mid|uid\n" + (0..<50).map { "rare\($0)|u\($0)\n" }.joined()
        let features = "mid|type|value\n" + (0..<50).map { "rare\($0)|tag|Odd\n" }.joined()
        let other = try Store.create(at: folder.path + "/other")
        for file in ["likes.psv"] { try other.ingestLikes(from: folder.path + "/" + file) }
        try other.ingestFeatures(from: folder.path + "/feats.psv")
        try other.ingestLikes(from: folder.write(likes, to: "rare.psv"))
        try other.ingestFeatures(from: folder.write(features, to: "rare-feats.psv"))
        #expect(try other.fit(options()).items == 40)
        let found = try other.nearest(.items, to: "tag:even", k: 40)
        #expect(found.results.map(\.id) == expected.results.map(\.id))
        for (a, b) in zip(found.results, expected.results) { #expect(abs(a.score - b.score) < 1e-6) }
    }

    @Test("That no user is left is said, not that there are too few items")
    func noUserLeft() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var choice = options()
        (choice.minimumUserLikes, choice.minimumItemLikes) = (1000, 0)
        let text = message { try store.fit(choice) }
        #expect(text.contains("0 users left") && text.contains("lower --min-user-likes") && !text.contains("--min-item-likes"), "\(text)")
    }

    private func message(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }
}

extension String {
    fileprivate var reference: VersionReference { VersionReference(self) }
}
