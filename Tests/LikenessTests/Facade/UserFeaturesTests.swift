import Foundation
import Likeness
import LikenessFormat
import LikenessModels
import LikenessStore
import LikenessTraining
import Testing

@testable import Likeness

@Suite struct UserFeaturesTests {
    /// A store whose users have the taste, and one of three countries, as features; and a version of it.
    private func store(in folder: TemporaryFolder, loss: Hyperparameters.Loss?) throws -> Store {
        let store = try folder.plantedStore()
        var rows = "uid|type|value\n"
        for user in 0..<60 {
            rows += "u\(user)|taste|\(user % 2 == 0 ? "Even" : "Odd")\nu\(user)|country|\(["fr", "New York", "a:b"][user / 2 % 3])\n"
            // The label of a feature of items, too.
            if user % 4 == 1 { rows += "u\(user)|tag|even\n" }
        }
        try store.ingestFeatures(from: folder.write(rows, to: "users.psv"), of: .users)
        if let loss {
            var options = FitOptions()
            options.hyperparameters.components = 12
            options.hyperparameters.epochs = 20
            options.hyperparameters.loss = loss
            try store.fit(options)
        } else {
            var options = LeastSquaresFitOptions()
            options.settings.components = 12
            try store.fit(options)
        }
        return store
    }

    private func isEven(_ neighbor: Neighbor) -> Bool { Int(neighbor.id.dropFirst())! % 2 == 0 }

    @Test(arguments: [nil, Hyperparameters.Loss.warp, .bpr])
    func `Somebody of whom features are known is recommended what such users like`(_ loss: Hyperparameters.Loss?) throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder, loss: loss)
        let found = try store.recommend(features: ["taste:EVEN", " country: fr"], k: 15)
        #expect(found.results.count { isEven($0) } >= 13, "\(found.results)")
        #expect(found.unknown == nil && found.results.count == 15)
        #expect(try store.recommend(features: ["country:fr", "taste:even", "taste:even"], k: 15) == found)
        let odd = try store.recommend(features: ["taste:odd"], k: 15)
        #expect(odd.results.count { isEven($0) } <= 2, "\(odd.results)")
        let both = try store.recommend(likes: ["i1", "i3"], dislikes: ["i5"], features: ["taste:odd"], k: 37)
        #expect(both.results.count == 37 && Set(both.results.map(\.id)).isDisjoint(with: ["i1", "i3", "i5"]))
        #expect(both.results.prefix(10).count { isEven($0) } <= 1, "\(both.results)")
        #expect(try both.results != (try store.recommend(likes: ["i1", "i3"], dislikes: ["i5"], k: 37)).results, "features count")
    }

    @Test func `By least squares, the score is the dot product with the weighed features, and features join the likes' equations`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder, loss: nil)
        try store.withSession { session in
            let (opinions, unknown) = try session.opinions(likes: [], dislikes: [], features: ["taste:even", "country:new york"])
            #expect(unknown.isEmpty)
            let sum = try #require(opinions.features)
            // 30 users have the taste and 20 the country; the rarities are divided by their length.
            var (taste, country) = ([Float](), [Float]())
            let vocabulary = Vocabulary(.userFeature, in: store.tables)
            for (label, isTaste) in [("taste:even", true), ("country:new york", false)] {
                let row = try #require(try vocabulary.index(of: label, in: session.transaction))
                let vector = try #require(try session.userFeatureVector(row))
                if isTaste { taste = vector } else { country = vector }
            }
            let rarity = [Double(61) / 31, Double(61) / 21].map { Float(log($0)) + 1 }
            let length = (rarity[0] * rarity[0] + rarity[1] * rarity[1]).squareRoot()
            let expected = taste.indices.map { (rarity[0] * taste[$0] + rarity[1] * country[$0]) / length }
            for (a, b) in zip(sum.vector, expected) { #expect(abs(a - b) < 1e-5) }
            let found = try session.recommend(features: ["taste:even", "country:new york"], k: 40)
            for item in found.results {
                let row = try session.row(of: item.id, .item, noun: "item")
                let vector = try #require(try session.representation(.item, row: row))
                let score = zip(vector, expected).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                #expect(abs(score - item.score) < 1e-4)
            }
            // With likes: (a₀ G + Σ y yᵀ + λ ω I) x = Σ y + θ λ ω F T.
            let record = try #require(LeastSquaresRecord(of: session.manifest))
            let (mixed, _) = try session.opinions(likes: ["i0", "i4"], dislikes: ["i9"], features: ["taste:even", "country:new york"])
            let x = try session.foldIn(mixed).map(Double.init)
            let gram = try #require(try store.gram(.item, of: session.manifest, in: session.transaction))
            let d = x.count
            let omega = Double(2) + record.terms.unobservedWeight * Double(record.terms.items)
            let shift = Double(record.settings.regularization) * omega
            var residual = (0..<d).map { i in
                -shift * x[i] - (0..<d).reduce(0.0) { $0 + record.terms.unobservedWeight * gram[i * d + $1] * x[$1] }
                    + Double(record.settings.featurePull) * shift * Double(expected[i])
            }
            for (id, target) in [("i0", 1.0), ("i4", 1.0), ("i9", 0.0)] {
                let y = try #require(try session.representation(.item, row: try session.row(of: id, .item, noun: "item"))).map(Double.init)
                let dot = (0..<d).reduce(0.0) { $0 + x[$1] * y[$1] }
                for i in 0..<d { residual[i] += (target - dot) * y[i] }
            }
            #expect(residual.allSatisfy { abs($0) < 1e-3 }, "\(residual)")
        }
    }

    @Test(arguments: [nil, Hyperparameters.Loss.warp])
    func `A user who came later with features alone is placed by them, alone and in a batch`(_ loss: Hyperparameters.Loss?) throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder, loss: loss)
        try store.ingestFeatures(
            from: folder.write("uid|type|value\nlate|taste|odd\nlate|country|fr\nnone|taste|unheard of\n", to: "late.psv"), of: .users)
        let found = try store.recommend(user: "late", k: 10)
        #expect(try found.results == (try store.recommend(features: ["taste:odd", "country:fr"], k: 10)).results)
        var options = BatchOptions()
        options.users = ["late", "none", "u1"]
        var seen: [String: [Neighbor]] = [:]
        let report = try store.recommendAll(options) { seen[$0] = $1 }
        #expect(seen["late"] == found.results && report.answered == 2 && report.passedOver == 1)
        #expect(throws: QueryError.self) { try store.recommend(user: "none") }
    }

    @Test(arguments: [nil, Hyperparameters.Loss.warp])
    func `Features of users are terms of queries, with a prefix where items have the label too`(_ loss: Hyperparameters.Loss?) throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder, loss: loss)
        func even(_ near: Neighbors) -> Int { near.results.count(where: isEven) }
        #expect(try even(store.nearest(.users, to: "taste:even", k: 10)) == 10)
        #expect(try even(store.nearest(.items, to: "taste:odd", k: 10)) <= 1)
        #expect(try even(store.nearest(.items, to: "+taste:even -0.2*item:i1", k: 10)) >= 9)
        // The items' tag without a prefix; with it the users' feature, which odd users have.
        #expect(try even(store.nearest(.items, to: "tag:even", k: 10)) == 10)
        #expect(try even(store.nearest(.users, to: "user-feature:tag:even", k: 10)) <= 3)
        let spaced = try store.nearest(.users, to: "country:new york", k: 5)
        #expect(try spaced == (try store.nearest(.users, to: #"+user-feature:"country:New York""#, k: 5)))
        #expect(try store.nearest(.users, to: "country:a:b", k: 5).results.count == 5)
        // Nothing that the query names is a user, so all users are found.
        #expect(try store.nearest(.users, to: "taste:even", k: 100).results.count == 60)
    }

    @Test func `What is not known is said, with names like it, and is fatal only where nothing is known`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder, loss: nil)
        func message(_ body: () throws -> Neighbors) -> String {
            do { return "found \(try body().results.count)" } catch { return "\(error)" }
        }
        let found = try store.recommend(likes: ["nothing"], features: ["taste:even", "taste:\u{1B}[31m", "x:"].dropLast(), k: 3)
        #expect(found.unknown == ["nothing", "taste:\u{1B}[31m"] && found.results.count == 3)
        #expect(message { try store.recommend(features: ["taste:evn"]) }.contains("no feature of users 'taste:evn'"))
        #expect(message { try store.recommend(features: ["taste:evn"]) }.contains("did you mean 'taste:even'"))
        #expect(message { try store.recommend(features: ["taste:\u{1B}[31m"]) }.contains(#"'taste:\u{1B}[31m'"#))
        #expect(message { try store.recommend(features: ["even"]) }.contains("Write TYPE:VALUE"))
        #expect(message { try store.recommend(features: [":"]) }.contains("Write TYPE:VALUE"))
        #expect(message { try store.recommend() }.contains("no liked item and no feature"))
        #expect(message { try store.recommend(features: ["taste:even"], k: 0) }.contains("k is 0"))
        #expect(message { try store.recommend(likes: ["nothing"], features: ["taste:evn"]) }.contains("no item 'nothing'"))
        #expect(message { try store.nearest(.users, to: "taste:evn") }.contains("did you mean 'taste:even'"))
        #expect(message { try store.nearest(.users, to: "user-feature:taste:evn") }.contains("feature of users 'taste:evn'"))
        #expect(message { try store.nearest(.users, to: "taste:e\u{1B}n") }.contains(#"taste:e\u{1B}n"#))
        try store.ingestFeatures(from: folder.write("uid|type|value\nu1|taste|fresh\n", to: "fresh.psv"), of: .users)
        #expect(message { try store.nearest(.users, to: "taste:fresh") }.contains("is not part of v1"))
        #expect(message { try store.recommend(features: ["taste:fresh"]) }.contains("is not part of v1"))
        var plain = LeastSquaresFitOptions()
        plain.settings.components = 8
        plain.featureWeighting = .none
        try store.fit(plain)
        #expect(message { try store.recommend(features: ["taste:even"]) }.contains("trained without features"))
        #expect(message { try store.nearest(.users, to: "taste:even") }.contains("trained without features"))
    }
}
