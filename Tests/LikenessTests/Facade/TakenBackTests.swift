import Foundation
import Likeness
import Testing

/// Likes that are taken back and weights that change, from the file to the recommendation.
@Suite struct TakenBackTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
    }

    private var gradient: FitOptions {
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = 5
        return options
    }

    private var leastSquares: LeastSquaresFitOptions {
        var options = LeastSquaresFitOptions()
        options.settings.components = 12
        (options.minimumUserLikes, options.minimumItemLikes) = (1, 1)
        return options
    }

    /// - Parameter rows: `item|user`, or `item|user|time` with a header of that.
    @discardableResult
    private func ingest(
        _ rows: [String], takesBack: Bool = false, kind: LikeKind = .like, header: String = "mid|uid", weights: String? = nil,
        times: String? = nil, rule: DuplicateRule? = nil
    ) throws -> IngestReport {
        var options = IngestOptions()
        (options.takesBack, options.kind, options.onDuplicate) = (takesBack, kind, rule)
        var columns = LikesColumns()
        (columns.weight, columns.time) = (weights, times)
        return try store.ingestLikes(
            from: folder.write(header + "\n" + rows.map { $0 + "\n" }.joined(), to: "rows.psv"), columns: columns, options: options)
    }

    /// What a user likes of the planted store: see `TemporaryFolder.plantedStore`.
    private func likes(of user: String) throws -> [String] {
        let all = try store.recommend(user: user, k: 100, includingLiked: true).results.map(\.id)
        let rest = Set(try store.recommend(user: user, k: 100).results.map(\.id))
        return all.filter { !rest.contains($0) }.sorted()
    }

    private func expectCounts(_ report: FitReport, _ comment: Comment? = nil) throws {
        let statistics = try store.statistics()
        #expect(report.likes == statistics.likes && report.dislikes == statistics.dislikes, comment)
    }

    @Test("What was taken back is recommended again at once, and a full fit does not know it")
    func recommended() throws {
        try store.fit(gradient)
        let liked = try likes(of: "u4")
        let gone = try #require(liked.first)
        let report = try ingest(["\(gone)|u4", "\(gone)|u4", "\(gone)|stranger", "i9999|u4"], takesBack: true)
        #expect(report.read == 4 && report.takenBack == 1 && report.notThere == 3 && report.accepted == 0)
        #expect(try likes(of: "u4") == liked.filter { $0 != gone })
        try expectCounts(try store.fit(gradient))
        let weighed = try store.fit(leastSquares)
        try expectCounts(weighed)
        #expect(weighed.likes == 719)
        #expect(try store.verify().isSound)
    }

    @Test("A dislike can be taken back too, and then the item is recommended again")
    func dislikes() throws {
        try store.fit(gradient)
        let best = try store.recommend(user: "u4", k: 1).results[0].id
        try ingest(["\(best)|u4"], kind: .dislike)
        #expect(try !store.recommend(user: "u4", k: 100).results.contains { $0.id == best })
        #expect(try ingest(["\(best)|u4"], takesBack: true).takenBack == 1)
        #expect(try store.recommend(user: "u4", k: 1).results[0].id == best)
    }

    @Test("A gradient continuation counts what was taken back and does not train on it; alone it is nothing new")
    func gradientContinuation() throws {
        try store.fit(gradient)
        let gone = try likes(of: "u4").prefix(3)
        try ingest(gone.map { "\($0)|u4" }, takesBack: true)
        #expect(try store.fitPartial() == nil)
        try ingest(["i1|u4", "i3|u4", "i1|newcomer"])
        let report = try #require(try store.fitPartial())
        #expect(report.trainedLikes == 3 && report.likes == 720 - 3 + 3)
        try expectCounts(report)
        // Liked, taken back and liked again it is one like; what came and went is none.
        try ingest(["i5|u4", "i7|u4"])
        try ingest(["i5|u4", "i7|u4"], takesBack: true)
        try ingest(["i5|u4"])
        let again = try #require(try store.fitPartial())
        #expect(again.trainedLikes == 1)
        try expectCounts(again)
        #expect(try store.verify().isSound)
    }

    @Test("A new weight counts no like twice, in continuations of either kind", arguments: [true, false])
    func newWeights(isGradient: Bool) throws {
        if isGradient { try store.fit(gradient) } else { try store.fit(leastSquares) }
        let liked = try likes(of: "u4")
        let report = try ingest(
            ["\(liked[0])|u4|3", "\(liked[1])|u4|1", "i1|u4|2", "i1|u4|5"], header: "mid|uid|w", weights: "w")
        #expect(report.accepted == 1 && report.updated == 2 && report.duplicates == 1)
        let more = try #require(try store.fitPartial())
        try expectCounts(more)
        #expect(more.likes == 721)
        let full = try store.fit(leastSquares)
        try expectCounts(full)
        #expect(try store.verify().isSound)
    }

    @Test("A continuation by least squares solves those who took likes back from what is left")
    func leastSquaresContinuation() throws {
        try store.fit(leastSquares)
        let even = try likes(of: "u4")
        #expect(even.allSatisfy { Int($0.dropFirst())! % 2 == 0 })
        try ingest(even.map { "\($0)|u4" }, takesBack: true)
        try ingest((0..<8).map { "i\(2 * $0 + 1)|u4" })
        let report = try #require(try store.fitPartial())
        try expectCounts(report)
        let odd = try store.recommend(user: "u4", k: 5).results
        #expect(odd.allSatisfy { Int($0.id.dropFirst())! % 2 == 1 }, "\(odd)")
        // Who takes everything back stays without a direction of their own.
        try ingest((0..<8).map { "i\(2 * $0 + 1)|u4" }, takesBack: true)
        let empty = try #require(try store.fitPartial())
        try expectCounts(empty)
        #expect(try store.verify().isSound)
        try ingest(["i1|u4"])
        try expectCounts(try #require(try store.fitPartial()))
        #expect(try store.verify().isSound)
    }

    @Test("A whole rewrite of a continuation follows too")
    func movingTags() throws {
        try store.fit(gradient)
        let gone = try likes(of: "u6").prefix(2)
        try ingest(gone.map { "\($0)|u6" }, takesBack: true)
        try ingest(["i1|u6", "i3|u6"])
        var options = FitPartialOptions()
        options.tags = .train
        let report = try #require(try store.fitPartial(options))
        try expectCounts(report)
        #expect(report.likes == 720 && report.trainedLikes == 2)
    }

    @Test("An item whose late likes were taken back is not new, and one that was liked again is")
    func since() throws {
        try store.fit(gradient)
        let rows = ["i1|u4|2020-06-01", "i3|u4|2020-06-01", "i5|u6|2019-01-01"]
        try ingest(rows, header: "mid|uid|t", times: "t")
        var filter = QueryFilter()
        filter.likedSince = 1_577_836_800_000
        func found() throws -> Set<String> {
            Set(try store.nearest(.items, to: "item:i0", k: 100, filter: filter).results.map(\.id))
        }
        #expect(try found() == ["i1", "i3"])
        try ingest(["i1|u4"], takesBack: true)
        #expect(try found() == ["i3"])
        try ingest(["i1|u4|2020-07-01"], header: "mid|uid|t", times: "t")
        #expect(try found() == ["i1", "i3"])
    }

    @Test("A dry run says what would be taken back, and writes nothing")
    func preview() throws {
        var options = IngestOptions()
        options.takesBack = true
        let file = try folder.write("mid|uid\ni0|u0\n|u0\n", to: "rows.psv")
        let report = try store.previewLikes(from: [file], options: options)
        #expect(report.takenBack == 1 && report.rejected == 1 && report.read == 2 && report.accepted == 0)
        #expect(report.sample.last?.contains("taken back") == true)
        #expect(try store.statistics().likes == 720)
    }
}
