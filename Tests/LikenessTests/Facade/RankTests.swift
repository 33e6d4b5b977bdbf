import Foundation
import LikenessStore
import Testing

@testable import Interchange
@testable import Likeness
@testable import LikenessModels

@Suite struct RankTests {
    @Test(
        "An item's rank is its place in the recommendations, by every loss; items that are liked have one too", arguments: ["als", "warp"])
    func oracle(loss: String) throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        if loss == "als" {
            try store.fit(LeastSquaresFitOptions())
        } else {
            var options = FitOptions()
            options.hyperparameters.components = 8
            options.hyperparameters.epochs = 5
            try store.fit(options)
        }
        try store.withSession { session throws in
            for user in ["u0", "u7", "u31"] {
                for includingLiked in [false, true] {
                    let order = try session.recommend(user: user, k: 1_000, includingLiked: includingLiked).results
                    for (place, item) in order.enumerated() {
                        let rank = try session.rank(of: "user:" + user, for: "item:" + item.id, includingLiked: includingLiked)
                        #expect(rank.rank == place + 1 && rank.of == order.count && rank.score == item.score)
                        let turned = try session.rank(of: "item:" + item.id, for: "user:" + user, includingLiked: includingLiked)
                        #expect(turned.rank == rank.rank && turned.of == rank.of)
                    }
                    guard !includingLiked else { continue }
                    // A liked item stands where it would stand if it alone were in the order as well.
                    let all = try session.recommend(user: user, k: 1_000, includingLiked: true).results
                    let ids = Set(order.map(\.id))
                    for liked in all where !ids.contains(liked.id) {
                        let rank = try session.rank(of: "user:" + user, for: "item:" + liked.id)
                        let before = all.prefix { $0.id != liked.id }.count { ids.contains($0.id) }
                        #expect(rank.rank == before + 1 && rank.of == order.count + 1)
                    }
                }
            }
            for (first, second) in [
                ("item:i1", "item:i2"), ("user:u1", "user:u2"), ("user:u1", "+item:i1 +item:i2"), ("user:u1", "item:none"),
            ] {
                #expect(throws: QueryError.self) { try session.rank(of: first, for: second) }
            }
        }
    }

    @Test("Ranks of a file are those of its pairs; what is not known is passed over")
    func file() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        try store.fit(LeastSquaresFitOptions())
        let pairs = ["u1,i3", "u1,i4", "u2,i3", "u1,i5"].map { $0.split(separator: ",") }
        let text = pairs.map { "user:\($0[0]),item:\($0[1])\n" }.joined() + "user:nobody,item:i1\nitem:i1,item:i2\nalone\n"
        let path = try folder.write(text, to: "pairs.csv")
        let report = try store.writeRanks(ofPairsIn: path, to: BatchOutput(path: folder.path + "/ranks.csv"))
        #expect(report.answered == 4 && report.passedOver == 3 && report.done == 7)
        let lines = try String(contentsOfFile: folder.path + "/ranks.csv", encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.first == "first,second,rank,of,score" && lines.count == 5)
        try store.withSession { session throws in
            for (line, pair) in zip(lines.dropFirst(), pairs) {
                let rank = try session.rank(of: "user:\(pair[0])", for: "item:\(pair[1])")
                #expect(line == "user:\(pair[0]),item:\(pair[1]),\(rank.rank),\(rank.of),\(rank.score)")
            }
        }
    }

    @Test("An item can be named by a name that it alone has, wherever its id can be written")
    func names() throws {
        let folder = try TemporaryFolder()
        let store = try Store.create(at: folder.path + "/store")
        let likes = (0..<120).map {
            "\(["Blue Dragon", "Red Fox", "twin", "twin", "1984"][$0 % 5])|\(["a", "b", "c", "d", "name=Red Fox"][$0 % 5])|u\($0 % 12)\n"
        }
        try store.ingestLikes(from: folder.write("modelname|mid|uid\n" + likes.joined(), to: "likes.psv"))
        var options = LeastSquaresFitOptions()
        (options.minimumUserLikes, options.minimumItemLikes) = (1, 1)
        try store.fit(options)
        try store.withSession { session throws in
            let byId = try session.nearest(.items, to: "item:a")
            #expect(try session.nearest(.items, to: "item:name=Blue Dragon") == byId)
            #expect(try session.nearest(.items, to: "+item:\"name=Blue Dragon\"") == byId)
            #expect(try session.recommend(likes: ["name=Blue Dragon"]) == session.recommend(likes: ["a"]))
            #expect(
                try session.similarity(of: "item:name=Blue Dragon", to: "item:b").cosine
                    == session.similarity(of: "item:a", to: "item:b").cosine)
            // An id goes before a name.
            #expect(try session.nearest(.items, to: "item:name=Red Fox") == session.nearest(.items, to: "item:name=1984"))
            #expect(throws: QueryError.self) { try session.nearest(.items, to: "item:blue dragon") }
            let twins = #expect(throws: QueryError.self) { try session.nearest(.items, to: "item:name=twin") }
            #expect(twins?.description.contains("2 items are called 'twin'") == true && twins?.description.contains("'c', 'd'") == true)
            let near = #expect(throws: QueryError.self) { try session.nearest(.items, to: "item:name=Blue Drgaon") }
            #expect(near?.description.contains("did you mean 'name=Blue Dragon'?") == true, "\(String(describing: near))")
        }
    }

    @Test("Completions are the terms that begin so, in order, and no more than are asked for")
    func completions() throws {
        let folder = try TemporaryFolder()
        let store = try Store.create(at: folder.path + "/store")
        let likes = (0..<300).map { "Name \($0 % 7)|i\($0)|u\($0 % 20)\n" }
        try store.ingestLikes(from: folder.write("modelname|mid|uid\n" + likes.joined(), to: "likes.psv"))
        for start in ["item:i1", "item:i29", "user:u1", "user:", "item:zz"] {
            let kind =
                start.hasPrefix("item:i") ? (0..<300).map { "item:i\($0)" } : start.hasPrefix("user") ? (0..<20).map { "user:u\($0)" } : []
            let expected = kind.filter { $0.hasPrefix(start) }.sorted()
            #expect(try store.completions(of: start, limit: 1_000) == expected, "\(start)")
            #expect(try store.completions(of: start, limit: 3) == Array(expected.prefix(3)))
        }
        #expect(try store.completions(of: "item:name=nam", limit: 100) == (0..<7).map { "item:name=Name \($0)" })
        #expect(try store.completions(of: "-0.5*user:u7") == ["-0.5*user:u7"])
        #expect(try store.completions(of: "us") == ["user:", "user-feature:"])
        #expect(throws: QueryError.self) { try store.completions(of: "item:", limit: 0) }
    }
}
