import Foundation
import Likeness
import Testing

@Suite struct ReasonsTests {
    private func isEven(_ id: String) -> Bool { Int(id.dropFirst())! % 2 == 0 }

    /// A store of users with tastes and weights, and a version by least squares, solved far enough.
    private func store(in folder: TemporaryFolder, confidence: LeastSquaresSettings.Confidence = .weight) throws -> Store {
        let store = try Store.create(at: folder.path + "/store")
        var likes = "mid|uid|weight\n"
        var dislikes = "mid|uid\n"
        var features = "uid|type|value\n"
        for user in 0..<60 {
            for step in 0..<12 {
                let item = (user * 3 + step) % 20 * 2 + user % 2
                likes += "i\(item)|u\(user)|\(1 + (user + step) % 3)\n"
            }
            if user % 5 == 0 { dislikes += "i\((user * 3) % 20 * 2 + (user + 1) % 2)|u\(user)\n" }
            if user % 3 != 0 { features += "u\(user)|taste|\(user % 2 == 0 ? "even" : "odd")\n" }
        }
        var tags = "mid|type|value\n"
        for item in 0..<40 { tags += "i\(item)|tag|\(item % 2 == 0 ? "even" : "odd")\ni\(item)|row|\(item % 4)\n" }
        var columns = LikesColumns()
        columns.weight = "weight"
        try store.ingestLikes(from: folder.write(likes, to: "likes.psv"), columns: columns)
        var options = IngestOptions()
        options.kind = .dislike
        try store.ingestLikes(from: folder.write(dislikes, to: "dislikes.psv"), options: options)
        try store.ingestFeatures(from: folder.write(tags, to: "tags.psv"))
        try store.ingestFeatures(from: folder.write(features, to: "users.psv"), of: .users)
        var fit = LeastSquaresFitOptions()
        fit.settings.components = 8
        fit.settings.solver = .exact
        fit.settings.iterations = 80
        fit.settings.confidence = confidence
        try store.fit(fit)
        return store
    }

    @Test(arguments: LeastSquaresSettings.Confidence.allCases)
    func `By least squares the shares of likes and features add up to the score, and the rest is next to nothing`(
        _ confidence: LeastSquaresSettings.Confidence
    ) throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder, confidence: confidence)
        // What comes later does not count for a user of the version.
        try store.ingestLikes(from: folder.write("mid|uid\ni1|u4\ni3|late\ni5|late\n", to: "late.psv"))
        for user in ["u4", "u5", "u9", "u10", "late"] {
            let found = try store.recommend(user: user, k: 40, includingLiked: true, reasons: 100)
            #expect(try found.results.map(\.id) == (try store.recommend(user: user, k: 40, includingLiked: true)).results.map(\.id))
            for item in found.results {
                let reasons = try #require(item.reasons)
                #expect(reasons.isExact && reasons.likes.allSatisfy { $0.share > 0 && $0.id != item.id })
                #expect(reasons.likes.map(\.share) == reasons.likes.map(\.share).sorted(by: >))
                let rest = try #require(reasons.rest)
                // What the fit has left unsolved; of somebody who is folded in nothing is left but rounding.
                let allowed = user == "late" ? 1e-6 : 1e-2
                #expect(abs(rest) < allowed * max(1, abs(item.score)), "\(user) \(item.id): \(rest) of \(item.score)")
            }
        }
    }

    @Test func `All shares and the rest add up to the score of somebody who is folded in`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        try store.withSession { session in
            let all = try session.recommend(
                likes: ["i0", "i2", "i8"], dislikes: ["i1"], features: ["taste:even"], k: 36, reasons: 100)
            for item in all.results {
                let reasons = try #require(item.reasons)
                // Those below 0 are not told; here the sum of those that are must not be less than the score.
                let told = (reasons.likes + reasons.features).reduce(0) { $0 + $1.share }
                let rest = try #require(reasons.rest)
                #expect(told + rest > item.score - 1e-6)
                if reasons.likes.count == 3, reasons.features.count == 1 { #expect(abs(told + rest - item.score) < 1e-6) }
                #expect(abs(rest) < 1e-6 && reasons.features.allSatisfy { $0.id == "taste:even" })
            }
            let best = try #require(all.results.first?.reasons)
            #expect(best.likes.count == 3 && best.features.count == 1)
            #expect(best.tags.first?.id == "tag:even" || best.tags.first?.id.hasPrefix("row:") == true)
        }
    }

    @Test(arguments: [Hyperparameters.Loss.warp, .bpr])
    func `In other versions likes speak by their cosine and tags by their part of the score`(_ loss: Hyperparameters.Loss) throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.loss = loss
        try store.fit(options)
        for found in [
            try store.recommend(user: "u4", k: 5, reasons: 2), try store.recommend(likes: ["i0", "i2", "i4"], k: 5, reasons: 2),
        ] {
            for item in found.results {
                let reasons = try #require(item.reasons)
                #expect(!reasons.isExact && reasons.rest == nil && reasons.likes.count <= 2)
                for like in reasons.likes {
                    let alike = try store.withSession { try $0.similarity(of: "item:" + like.id, to: "item:" + item.id) }
                    #expect(abs(alike.cosine - like.share) < 1e-6 && like.name?.hasPrefix("Item ") == true)
                }
                #expect(reasons.likes.allSatisfy { isEven($0.id) == isEven(item.id) } || item == found.results.last)
                #expect(Set(reasons.tags.map(\.id)).isSubset(of: ["tag:even", "tag:odd", "category:things"]))
            }
        }
        #expect(try store.recommend(user: "u4").results.allSatisfy { $0.reasons == nil })
    }
}
