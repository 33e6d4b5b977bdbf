import Foundation
import Likeness
import Testing

/// Explicit dislikes from the file to the recommendation.
@Suite struct DislikesTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
    }

    private func options(_ loss: Hyperparameters.Loss = .warp, epochs: Int = 10) -> FitOptions {
        var options = FitOptions()
        options.hyperparameters.loss = loss
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = epochs
        return options
    }

    /// Even users dislike odd items and odd users even ones.
    private func ingestDislikes(users: Range<Int> = 0..<60) throws {
        let rows = users.flatMap { user in (0..<6).map { "i\((user + $0) % 20 * 2 + 1 - user % 2)|u\(user)\n" } }
        try ingest("mid|uid\n" + rows.joined(), .dislike)
    }

    private func ingest(_ text: String, _ kind: LikeKind) throws {
        var options = IngestOptions()
        options.kind = kind
        try store.ingestLikes(from: folder.write(text, to: "more.psv"), options: options)
    }

    private func message(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("Logistic loss refuses to start without dislikes, says how to take some in, and learns from them")
    func logistic() throws {
        let text = message { try store.fit(options(.logistic)) }
        #expect(text.contains("720 likes and 0 dislikes") && text.contains("--dislikes"), "\(text)")
        #expect(try store.versions().isEmpty)
        try ingestDislikes()
        let report = try store.fit(options(.logistic, epochs: 30))
        #expect(report.likes == 720 && report.dislikes == 360 && report.trainedLikes == 1_080)
        let found = try store.recommend(user: "u4", k: 10, includingLiked: true)
        #expect(found.results.allSatisfy { Int($0.id.dropFirst())! % 2 == 0 }, "\(found)")
    }

    @Test(
        "Ranking losses leave dislikes alone unless they are preferred as negatives",
        arguments: [
            Hyperparameters.Loss.warp, .bpr, .warpKOS,
        ])
    func ranking(loss: Hyperparameters.Loss) throws {
        try ingestDislikes()
        let neutral = try store.fit(options(loss))
        #expect(neutral.likes == 720 && neutral.dislikes == 360 && neutral.trainedLikes == 720)
        var preferring = options(loss)
        preferring.hyperparameters.dislikes = .preferredNegatives
        let preferred = try store.fit(preferring)
        #expect(preferred.trainedLikes == 720)
        let (first, second) = (try store.summary(of: "v1".reference), try store.summary(of: "v2".reference))
        #expect(first.hyperparameters?.dislikes == .neutral && second.hyperparameters?.dislikes == .preferredNegatives)
        #expect(preferred.bytesWritten > 10_000, "it is another model")
    }

    @Test("What a user dislikes is never recommended")
    func recommendations() throws {
        try store.fit(options())
        let best = try store.recommend(user: "u4", k: 1).results[0].id
        try ingest("mid|uid\n\(best)|u4\n", .dislike)
        for liked in [false, true] {
            let found = try store.recommend(user: "u4", k: 40, includingLiked: liked)
            #expect(!found.results.contains { $0.id == best })
        }
    }

    @Test("The last word on a pair holds: a dislike after a like, and a like again")
    func lastWord() throws {
        let pair = "mid|uid\ni0|u0\n"
        func counts() throws -> [Int] {
            let report = try store.fit(options(epochs: 1))
            let statistics = try store.statistics()
            #expect(report.likes == statistics.likes && report.dislikes == statistics.dislikes)
            return [report.likes, report.dislikes, report.trainedLikes]
        }
        #expect(try counts() == [720, 0, 720])
        try ingest(pair, .dislike)
        #expect(try counts() == [719, 1, 719])
        try ingest(pair, .dislike)
        #expect(try counts() == [719, 1, 719], "said twice, it counts once")
        try ingest(pair, .like)
        #expect(try counts() == [720, 0, 720])
    }

    @Test("A continuation trains on new dislikes if its loss does; alone they are nothing new to a ranking loss")
    func continuation() throws {
        try ingestDislikes(users: 0..<30)
        let logistic = try store.fit(options(.logistic))
        let ranking = try store.fit(options(.warp))
        try ingestDislikes(users: 30..<60)
        var choice = FitPartialOptions()
        choice.parent = "v\(ranking.version)".reference
        #expect(try store.fitPartial(choice) == nil)
        choice.parent = "v\(logistic.version)".reference
        let more = try #require(try store.fitPartial(choice))
        #expect(more.trainedLikes == 180 && more.dislikes == 360 && more.parent == logistic.version)
        // A user who comes with dislikes alone has nothing to rank by.
        choice.parent = "v\(ranking.version)".reference
        try ingest("mid|uid\ni1|gloomy\n", .dislike)
        try ingest("mid|uid\ni1|sunny\n", .like)
        let warp = try #require(try store.fitPartial(choice))
        #expect(warp.trainedLikes == 1 && warp.newUsers == 1)
        #expect(message { try store.recommend(user: "gloomy") }.contains("not part of"))
        #expect(try store.verify().isSound)
    }

    @Test("Weights reach the trainer: those of 0 move nothing, in a full fit and in a continuation")
    func weights() throws {
        var columns = LikesColumns()
        columns.weight = "w"
        let other = try Store.create(at: folder.path + "/weighted")
        let rows = (0..<20).flatMap { user in (0..<8).map { "i\((user + $0) % 15)|u\(user)|0\n" } }
        try other.ingestLikes(from: folder.write("mid|uid|w\n" + rows.joined(), to: "w.psv"), columns: columns)
        let start = try other.fit(options(epochs: 0))
        let trained = try other.fit(options(epochs: 5))
        #expect(start.bytesWritten > 10_000 && trained.bytesWritten < 5_000, "nothing but a manifest is new")
        try other.ingestLikes(from: folder.write("mid|uid|w\ni14|u0|0\n", to: "more.psv"), columns: columns)
        let still = try #require(try other.fitPartial())
        #expect(still.drift == 0 && still.changes?.userDrift == 0, "the like is counted, and moves nothing")
        try other.ingestLikes(from: folder.write("mid|uid|w\ni13|u0|2\n", to: "more.psv"), columns: columns)
        let moved = try #require(try other.fitPartial())
        #expect(moved.drift ?? 0 > 0 && moved.changes?.userDrift ?? 0 > 0)
    }
}

extension String {
    fileprivate var reference: VersionReference { VersionReference(self) }
}
