import Likeness
import Testing

@Suite struct LeastSquaresTests {
    private func options(components: Int = 12) -> LeastSquaresFitOptions {
        var options = LeastSquaresFitOptions()
        options.settings.components = components
        return options
    }

    private func isEven(_ neighbor: Neighbor) -> Bool { Int(neighbor.id.dropFirst())! % 2 == 0 }

    @Test func `Planted tastes are found, and the version is sound and the same for any number of threads`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var choice = options()
        let first = try store.fit(choice)
        #expect(first.loss == "als" && first.epochs == 8 && first.items == 40 && first.users == 60)
        choice.settings.threads = 3
        let second = try store.fit(choice)
        #expect(second.bytesWritten < 10_000, "only the manifest is new, and that is \(second.bytesWritten) bytes")
        #expect(try store.verify().isSound)
        let even = try store.nearest(.items, to: "tag:even", k: 5)
        #expect(even.results.count == 5 && even.results.allSatisfy(isEven))
        let known = try store.recommend(user: "u4", k: 12, includingLiked: true)
        #expect(known.results.allSatisfy(isEven))
        #expect(try store.nearest(.tags, to: "item:i3", k: 2).results.map(\.id) == ["tag:even"])
        #expect(try store.summary(of: .current).leastSquares?.components == 12)
    }

    @Test func `A user of the version, folded in by their likes, is where the version has them`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var choice = options()
        choice.settings.solver = .exact
        choice.settings.iterations = 60
        choice.featureWeighting = .none
        try store.fit(choice)
        let likes = (0..<12).map { "i\((3 * 7 + $0) % 20 * 2 + 1)" }
        let known = try store.recommend(user: "u7", k: 28)
        let folded = try store.recommend(likes: likes, k: 28)
        let scores = Dictionary(uniqueKeysWithValues: folded.results.map { ($0.id, $0.score) })
        #expect(known.results.count == 28 && scores.count == 28)
        for item in known.results { #expect(abs(item.score - (scores[item.id] ?? 1)) < 0.01, "\(item.id)") }
    }

    @Test func `Somebody who came later is recommended to, and unknown likes are told`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.fit(options())
        try store.ingestLikes(from: folder.write("mid|uid\ni1|late\ni3|late\ni9|late\n", to: "late.psv"))
        #expect(try store.recommend(user: "late", k: 5).results.allSatisfy { !isEven($0) })
        #expect(try store.recommend(likes: ["i0", "missing"], k: 5).unknown == ["missing"])
    }

    @Test func `Items with features and no likes are let in, and are near their tags`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.ingestFeatures(from: folder.write("mid|type|value\nfresh|tag|even\n", to: "fresh.psv"))
        var choice = options()
        choice.minimumItemLikes = 0
        #expect(try store.fit(choice).items == 41)
        #expect(try store.nearest(.items, to: "item:fresh", k: 5).results.allSatisfy(isEven))
    }

    @Test func `What cannot be fitted or stopped is said, and nothing is published`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return ""
        }
        var choice = options()
        choice.settings.regularization = -1
        #expect(message { try store.fit(choice) }.contains("regularization is -1.0"))
        choice = options()
        choice.minimumUserLikes = 1_000
        #expect(message { try store.fit(choice) }.contains("Lower --min-user-likes"))
        #expect(message { try store.fit(options()) { _ in false } }.contains("stopped"))
        #expect(try store.versions().isEmpty)
    }
}
