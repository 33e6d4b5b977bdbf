import Foundation
import Likeness
import Testing

/// What is known of items and users, from the file to the recommendation.
@Suite struct FeatureOptionsTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
    }

    private func options(identityScale: Float = 1) -> FitOptions {
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = 20
        options.features.identityScale = identityScale
        return options
    }

    private func ingestUserFeatures(_ users: Range<Int>, _ prefix: String = "u") throws {
        let rows = users.map { "\(prefix)\($0)|taste|\($0 % 2 == 0 ? "Even" : "Odd")\n" }
        try store.ingestFeatures(from: folder.write("mid|type|value\n" + rows.joined(), to: "users.psv"), of: .users)
    }

    @Test("Without own embeddings items of the same tags are the same; one without tags keeps its own")
    func featuresAlone() throws {
        try store.ingestLikes(from: folder.write("mid|uid\n" + (0..<9).map { "bare|u\($0)\n" }.joined(), to: "b.psv"))
        try store.fit(options(identityScale: 0))
        let near = try store.nearest(.items, to: "item:i3", k: 3)
        #expect(near.results.allSatisfy { abs($0.score - 1) < 1e-6 }, "\(near)")
        let bare = try store.nearest(.items, to: "item:bare", k: 3)
        #expect(bare.results.allSatisfy { $0.score < 0.999 })
        #expect(try store.summary(of: .current).identityScale == 0)
    }

    @Test("The scale is the parent's in a continuation")
    func continuation() throws {
        try store.fit(options(identityScale: 0))
        try store.ingestLikes(from: folder.write("mid|uid\nfresh|u0\nfresh|u2\ni1|u0\n", to: "more.psv"))
        try store.ingestFeatures(from: folder.write("mid|type|value\nfresh|tag|Even\nfresh|category|Things\n", to: "f.psv"))
        #expect(try store.fitPartial()?.newItems == 1)
        #expect(try store.summary(of: .current).identityScale == 0)
        let near = try store.nearest(.items, to: "item:fresh", k: 3)
        #expect(near.results.allSatisfy { abs($0.score - 1) < 1e-6 }, "it is what its tags are: \(near)")
    }

    @Test("An item that nobody likes yet is taken for what items with its features have become", arguments: [60, 200], [Float(1), 2])
    func itemsWithoutLikes(users: Int, identityScale: Float) throws {
        // With 200 users each item has 60 likes, so that its features are not stepped with it.
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore(users: users)
        try store.ingestFeatures(from: folder.write("mid|type|value\nnew|tag|Even\nnew|category|Things\n", to: "new.psv"))
        var options = options(identityScale: identityScale)
        options.minimumItemLikes = 0
        options.hyperparameters.epochs = 60
        #expect(try store.fit(options).items == 41)
        let near = try store.nearest(.items, to: "item:new", k: 10)
        #expect(near.results.allSatisfy { Int($0.id.dropFirst())! % 2 == 0 }, "\(near)")
        for (user, isEven) in [("u4", true), ("u5", false)] {
            let ranking = try store.recommend(user: user, k: 41, includingLiked: true).results
            let place = try #require(ranking.firstIndex { $0.id == "new" })
            let before = ranking.prefix(place).filter { (Int($0.id.dropFirst())! % 2 == 0) != isEven }
            #expect(isEven ? before.isEmpty : place >= 20, "\(user): \(place) of \(ranking.map(\.id))")
        }
    }

    @Test("An item let in by its features gets an embedding of its own when likes of it come in")
    func likesOfItemsWithoutAny() throws {
        let features = "mid|type|value\n" + ["liked", "other"].map { "\($0)|tag|Even\n\($0)|category|Things\n" }.joined()
        try store.ingestFeatures(from: folder.write(features, to: "new.psv"))
        var options = options()
        options.minimumItemLikes = 0
        try store.fit(options)
        func scores(_ user: String) throws -> [Double] {
            let ranking = try store.recommend(user: user, k: 42, includingLiked: true).results
            return try ["liked", "other"].map { id in try #require(ranking.first { $0.id == id }).score }
        }
        #expect(try scores("u5")[0] == scores("u5")[1])
        // Odd users like it, whatever its features say.
        let likes = "mid|uid\n" + (0..<30).map { "liked|u\(2 * $0 + 1)\n" }.joined()
        try store.ingestLikes(from: folder.write(likes, to: "more.psv"))
        var more = FitPartialOptions()
        more.epochs = 40
        #expect(try store.fitPartial(more) != nil)
        let found = try scores("u5")
        #expect(found[0] > found[1] + 0.5, "\(found)")
        #expect(try store.verify().isSound)
    }

    @Test("Opinions of users that are left out make an item neither a negative nor one of its own")
    func itemsOfOtherUsers() throws {
        let likes = "mid|uid\n" + (0..<50).map { "seldom|once\($0)\n" }.joined()
        try store.ingestLikes(from: folder.write(likes, to: "once.psv"))
        let features = "mid|type|value\n" + ["seldom", "never"].map { "\($0)|tag|Even\n\($0)|category|Things\n" }.joined()
        try store.ingestFeatures(from: folder.write(features, to: "new.psv"))
        var options = options()
        options.minimumItemLikes = 0
        #expect(try store.fit(options).items == 42)
        let ranking = try store.recommend(user: "u4", k: 42, includingLiked: true).results
        let scores = try ["seldom", "never"].map { id in try #require(ranking.first { $0.id == id }).score }
        #expect(scores[0] == scores[1], "both are what their features are: \(scores)")
    }

    @Test("Two items of which one alone is liked leave a ranking nothing to learn, which is said")
    func oneKnownItem() throws {
        let folder = try TemporaryFolder()
        let store = try Store.create(at: folder.path + "/store")
        try store.ingestLikes(from: folder.write("mid|uid\n" + (0..<8).map { "a|u\($0)\n" }.joined(), to: "l.psv"))
        try store.ingestFeatures(from: folder.write("mid|type|value\na|tag|x\nb|tag|x\nc|tag|y\n", to: "f.psv"))
        var options = FitOptions()
        (options.minimumItemLikes, options.minimumUserLikes) = (0, 1)
        let error = #expect(throws: FitError.self) { try store.fit(options) }
        #expect(error?.description.contains("at least 2 items that users like or dislike and there is 1") == true)
    }

    @Test("A scale that is no number of 0 or more is refused", arguments: [Float(-1), .nan, .infinity])
    func refusal(scale: Float) throws {
        let error = #expect(throws: FitError.self) { try store.fit(options(identityScale: scale)) }
        #expect(error?.description.contains("identityScale is") == true)
    }

    @Test("Users that are their features alone are recommended what others of their kind like")
    func userFeatures() throws {
        try ingestUserFeatures(0..<60)
        let report = try store.fit(options(identityScale: 0))
        #expect(report.userFeatures == 2)
        #expect(try store.statistics().userFeatures == 2)
        let (first, second) = (
            try store.recommend(user: "u4", k: 40, includingLiked: true),
            try store.recommend(user: "u6", k: 40, includingLiked: true)
        )
        #expect(first.results == second.results, "they are the same user to the model")
        #expect(first.results.prefix(10).allSatisfy { Int($0.id.dropFirst())! % 2 == 0 })
    }

    @Test("A continuation takes in features of new users, and new features of old ones")
    func newUserFeatures() throws {
        try ingestUserFeatures(0..<60)
        // Known to the vocabulary and not part of the version: too few likes.
        try store.ingestLikes(from: folder.write("mid|uid\ni0|rare\n", to: "rare.psv"))
        try store.ingestFeatures(from: folder.write("mid|type|value\nrare|club|Chess\n", to: "r.psv"), of: .users)
        #expect(try store.fit(options()).userFeatures == 2)
        try store.ingestLikes(
            from: folder.write("mid|uid\n" + (0..<6).map { "i\($0 * 2)|v0\ni\($0 * 2)|v2\ni\($0 * 2)|rare\n" }.joined(), to: "new.psv"))
        try ingestUserFeatures(0..<3, "v")
        try store.ingestFeatures(from: folder.write("mid|type|value\nu0|club|Go\nv0|club|Go\n", to: "c.psv"), of: .users)
        let report = try #require(try store.fitPartial())
        #expect(report.userFeatures == 4 && report.newUsers == 3, "chess came in with its user, go is new")
        for user in ["v0", "v2", "rare", "u0"] {
            let found = try store.recommend(user: user, k: 5, includingLiked: true)
            #expect(found.results.count == 5 && found.results.allSatisfy { $0.score.isFinite })
        }
        #expect(try store.recommend(user: "v2", k: 5).results.allSatisfy { Int($0.id.dropFirst())! % 2 == 0 })
        #expect(try store.verify().isSound)
    }

    @Test("Ids and labels are apart: an item whose id is a label shares nothing with the tag (LightFM: one slot)")
    func idsAndLabels() throws {
        let rows = (0..<9).map { "tag:even|u\($0 * 2 + 1)\n" }.joined()
        try store.ingestLikes(from: folder.write("mid|uid\n" + rows, to: "odd.psv"))
        try store.fit(options())
        let tag = try store.nearest(.items, to: "tag:even", k: 5)
        #expect(tag.results.allSatisfy { $0.id != "tag:even" && Int($0.id.dropFirst())! % 2 == 0 }, "\(tag)")
        let item = try store.nearest(.items, to: "item:tag:even", k: 3)
        #expect(item.results.allSatisfy { Int($0.id.dropFirst())! % 2 == 1 }, "\(item)")
    }
}
