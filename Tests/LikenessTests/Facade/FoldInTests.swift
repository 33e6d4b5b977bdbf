import Foundation
import Likeness
import Testing

@Suite struct FoldInTests {
    private func fit(_ store: Store, _ loss: Hyperparameters.Loss) throws {
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = 20
        options.hyperparameters.loss = loss
        options.features.weighting = .none
        try store.fit(options)
    }

    private func isEven(_ neighbor: Neighbor) -> Bool { Int(neighbor.id.dropFirst())! % 2 == 0 }

    @Test(arguments: [Hyperparameters.Loss.warp, .warpKOS, .bpr])
    func `Somebody who likes even items is recommended even items, the same ones each time`(_ loss: Hyperparameters.Loss) throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try fit(store, loss)
        let likes = ["i0", "i6", "i12", "i20"]
        let found = try store.recommend(likes: likes, k: 10)
        #expect(found.results.count(where: isEven) >= 9, "\(found.results)")
        #expect(Set(found.results.map(\.id)).isDisjoint(with: likes) && found.unknown == nil)
        #expect(try store.recommend(likes: likes.reversed() + ["i6"], k: 10) == found)
        #expect(try store.recommend(likes: likes, k: 40, includingLiked: true).results.count == 40)
    }

    @Test func `A user who came after the version is folded in without being asked`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try fit(store, .warp)
        let rows = ["i1", "i3", "i9", "i11"].map { "\($0)|late\n" }.joined()
        try store.ingestLikes(from: folder.write("mid|uid\n" + rows, to: "late.psv"))
        let found = try store.recommend(user: "late", k: 10)
        #expect(found.results.count { !isEven($0) } >= 9, "\(found.results)")
        #expect(found.results == (try store.recommend(likes: ["i1", "i3", "i9", "i11"], k: 10)).results)
    }

    @Test func `Unknown ids are told while one is known, and refused where none is`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try fit(store, .warp)
        let found = try store.recommend(likes: ["i0", "missing"], dislikes: ["gone", "i2"], k: 40)
        #expect(found.unknown == ["missing", "gone"])
        #expect(!found.results.contains { $0.id == "i2" })
        func message(_ likes: [String]) -> String {
            do { return "\(try store.recommend(likes: likes))" } catch { return "\(error)" }
        }
        #expect(message(["i99"]).contains("there is no item 'i99'"))
        #expect(message([]).contains("no liked item and no feature was given"))
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["LIKENESS_DATA"] != nil, "LIKENESS_DATA names no folder of data"))
    func `Users that a model has never seen are ranked for nearly as well as if they had been trained`() throws {
        let data = try #require(ProcessInfo.processInfo.environment["LIKENESS_DATA"])
        let text = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: data + "/hetrec2011-lastfm-2k/psv/likes.psv")), as: UTF8.self)
        // The last two columns are item and user; names may hold anything.
        var likes: [String: [String]] = [:]
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = line.split(separator: "|")
            likes[String(fields[fields.count - 1]), default: []].append(String(fields[fields.count - 2]))
        }
        let users = likes.keys.sorted().filter { likes[$0]!.count >= 20 }
        let tested = users.enumerated().filter { $0.offset % 10 == 0 }.map(\.element)
        var (without, with) = ("mid|uid\n", "mid|uid\n")
        var held: [String: Set<String>] = [:]
        for (user, items) in likes.sorted(by: { $0.key < $1.key }) {
            let isTested = tested.contains(user)
            if isTested { held[user] = Set(items.sorted().enumerated().filter { $0.offset % 5 == 0 }.map(\.element)) }
            for item in items where held[user]?.contains(item) != true {
                with += "\(item)|\(user)\n"
                if !isTested { without += "\(item)|\(user)\n" }
            }
        }
        func hits(_ text: String, _ name: String) throws -> (precision: Double, seconds: Double) {
            let folder = try TemporaryFolder()
            let store = try Store.create(at: folder.path + "/store")
            try store.ingestLikes(from: folder.write(text, to: "likes.psv"))
            var options = FitOptions()
            options.hyperparameters.epochs = 20
            options.features.weighting = .none
            options.minimumUserLikes = 1
            options.minimumItemLikes = 1
            try store.fit(options)
            var hits = 0
            let clock = ContinuousClock()
            let start = clock.now
            for user in tested {
                let train = likes[user]!.filter { !held[user]!.contains($0) }
                let found =
                    name == "trained" ? try store.recommend(user: user, k: 5) : try store.recommend(likes: train, k: 5)
                hits += found.results.count { held[user]!.contains($0.id) }
            }
            return (Double(hits) / Double(5 * tested.count), (clock.now - start) / .seconds(1) / Double(tested.count))
        }
        let trained = try hits(with, "trained")
        let folded = try hits(without, "folded in")
        print(
            "fold-in on Last.fm: \(tested.count) users, precision@5 \(folded.precision), trained in \(trained.precision); \(folded.seconds) s a user"
        )
        #expect(folded.precision > 0.8 * trained.precision)
    }
}
