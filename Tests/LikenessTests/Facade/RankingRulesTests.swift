import Foundation
import Likeness
import Testing

@Suite struct RankingRulesTests {
    private func store(in folder: TemporaryFolder) throws -> Store {
        let store = try folder.plantedStore()
        // Some items are liked by more.
        let more = (0..<30).flatMap { user in [2, 4, 6].map { "i\($0)|more\(user)\n" } }.joined()
        try store.ingestLikes(from: folder.write("mid|uid\n" + more, to: "more.psv"))
        var rows = "mid|type|value\n"
        for item in 0..<39 { rows += "i\(item)|Row|r\(item / 2 % 3)\n" }
        try store.ingestFeatures(from: folder.write(rows, to: "rows.psv"))
        var options = LeastSquaresFitOptions()
        options.settings.components = 12
        try store.fit(options)
        return store
    }

    private func number(_ neighbor: Neighbor) -> Int { Int(neighbor.id.dropFirst())! }

    @Test func `A penalty takes the logarithm of likes off the score, alone and in batches`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        let plain = try store.recommend(user: "u4", k: 40, includingLiked: true)
        for penalty in [0.3, -2.0] {
            var rules = RankingRules()
            rules.popularityPenalty = penalty
            let expected = plain.results.map { item in
                let likes = [2, 4, 6].contains(number(item)) ? 48.0 : 18
                return (id: item.id, score: item.score - penalty * log(1 + likes))
            }.sorted { ($1.score, Int($0.id.dropFirst())!) < ($0.score, Int($1.id.dropFirst())!) }
            for k in [3, 40] {
                let found = try store.recommend(user: "u4", k: k, includingLiked: true, rules: rules)
                for (a, b) in zip(found.results, expected) { #expect(a.id == b.id && abs(a.score - b.score) < 1e-12) }
                #expect(found.results.count == k)
            }
            var options = BatchOptions()
            (options.rules, options.users, options.threads) = (rules, ["u4", "u7"], 2)
            _ = try store.recommendAll(options) { user, items in
                let alone = try store.recommend(user: user, rules: rules).results
                #expect(items == alone)
            }
            var near = NearestBatchOptions(.list(["item:i3", "tag:odd"]))
            near.rules = rules
            _ = try store.nearestAll(.items, near) { query, items in
                let alone = try store.nearest(.items, to: query, rules: rules).results
                #expect(items == alone)
            }
        }
    }

    @Test func `No more than so many of one value are shown, and k results whenever so many may be`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        var rules = RankingRules()
        rules.limits = ["row": 2]
        let all = try store.nearest(.items, to: "tag:even", k: 40)
        let found = try store.nearest(.items, to: "tag:even", k: 40, rules: rules)
        // Two of each of three rows, and the item that has none.
        #expect(found.results.count == 7)
        var counts: [Int: Int] = [:]
        let expected = all.results.filter { item in
            if number(item) == 39 { return true }
            counts[number(item) / 2 % 3, default: 0] += 1
            return counts[number(item) / 2 % 3, default: 0] <= 2
        }
        #expect(found.results == expected)
        rules.limits = ["row": 2, "tag": 3, "nothing": 1]
        let both = try store.nearest(.items, to: "tag:even", k: 40, rules: rules)
        #expect(both.results.count { number($0) % 2 == 0 } <= 3 && both.results.count { number($0) % 2 == 1 } <= 3)
        rules.limits = ["category": 1]
        #expect(try store.recommend(user: "u1", rules: rules).results.count == 1)
    }

    @Test func `Diversity starts with the best and finds items of the other taste sooner`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        let plain = try store.nearest(.items, to: "tag:even", k: 6)
        var rules = RankingRules()
        rules.diversity = 0.6
        let diverse = try store.nearest(.items, to: "tag:even", k: 6, rules: rules)
        #expect(diverse.results.first == plain.results.first && diverse.results.count == 6)
        #expect(diverse.results.contains { number($0) % 2 == 1 } && !plain.results.contains { number($0) % 2 == 1 })
        rules.diversity = 1e-12
        #expect(try store.nearest(.items, to: "tag:even", k: 6, rules: rules).results.first == plain.results.first)
    }

    @Test func `Rules that make no sense are refused with words`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        func message(_ kind: EntityKind = .items, k: Int = 3, _ change: (inout RankingRules) -> Void) -> String {
            var rules = RankingRules()
            change(&rules)
            do { return "found \(try store.nearest(kind, to: "tag:odd", k: k, rules: rules).results.count)" } catch { return "\(error)" }
        }
        #expect(message { $0.diversity = 1.5 }.contains("between 0 and 1"))
        #expect(message { $0.diversity = .nan }.contains("between 0 and 1"))
        #expect(message(k: 1_001) { $0.diversity = 0.1 }.contains("1000 results"))
        #expect(message { $0.popularityPenalty = .infinity }.contains("must be a number"))
        #expect(message(.users) { $0.popularityPenalty = 1 }.contains("of items only"))
        #expect(message { $0.limits = ["row": 0] }.contains("at most 0"))
        #expect(message { $0.limits = ["": 1] }.contains("Name a type"))
        #expect(message(.tags) { $0.limits = ["row": 1] }.contains("tags have not"))
        #expect(message(.users) { $0.limits = ["row": 1] } == "found 3")
        #expect(message(.users) { $0.diversity = 0.5 } == "found 3")
        #expect(message(.tags) { $0.diversity = 0.5 } == "found 1")
    }

    @Test func `Vectors go out and come in, pairs have scores, and names are found by their words`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        try store.withSession { session in
            let sum = "+2*tag:even -item:i3"
            let vector = try session.vector(of: sum)
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5 && vector.count == 12)
            let all = try session.nearest(.items, toVector: vector, k: 40)
            #expect(try all.results.filter { $0.id != "i3" } == (try session.nearest(.items, to: sum, k: 40)).results)
            #expect(try session.nearest(.items, toVector: vector.map { $0 * 8 }, k: 3).results.map(\.id) == all.results.prefix(3).map(\.id))
            #expect(throws: QueryError.self) { try session.nearest(.items, toVector: Array(vector.dropLast())) }
            #expect(throws: QueryError.self) { try session.nearest(.items, toVector: [Float](repeating: 0, count: 12)) }
            #expect(throws: QueryError.self) { try session.nearest(.items, toVector: [.nan] + vector.dropFirst()) }
            let best = try session.recommend(user: "u4", k: 1)
            let pair = try session.similarity(of: "user:u4", to: "item:" + best.results[0].id)
            #expect(try abs(try #require(pair.score) - best.results[0].score) < 1e-9)
            let near = try session.nearest(.items, to: "tag:odd", k: 1)
            let other = try session.similarity(of: "tag:odd", to: "item:" + near.results[0].id)
            #expect(other.score == nil && abs(other.cosine - near.results[0].score) < 1e-6)
            #expect(throws: QueryError.self) { try session.similarity(of: "+tag:odd +tag:even", to: "item:i1") }
            #expect(throws: QueryError.self) { try session.similarity(of: "item:none", to: "item:i1") }
            let user = try session.vector(ofUser: "u4")
            #expect(try session.vector(likes: ["i0"]).count == user.count)
        }
        #expect(try store.find("item 1").map(\.id).prefix(2) == ["i1", "i10"])
        let seven = try store.find("I7")
        #expect(seven.count == 1 && seven[0].kind == .item && seven[0].id == "i7" && seven[0].name == "Item 7")
        #expect(try store.find("EV").map(\.id) == ["tag:even"])
        #expect(try store.find("thi cat").map(\.id) == ["category:things"])
        #expect(try store.find("item", limit: 4).count == 4)
        #expect(try store.find("nothing of the sort").isEmpty && store.find(":").count == 6)
        #expect(throws: QueryError.self) { try store.find(" \n") }
        #expect(throws: QueryError.self) { try store.find("a", limit: 0) }
    }

    @Test func `Only what was liked lately is found, and who liked something lately`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var options = LeastSquaresFitOptions()
        options.settings.components = 8
        try store.fit(options)
        var filter = QueryFilter()
        filter.likedSince = 0
        #expect(throws: QueryError.self) { try store.nearest(.items, to: "tag:odd", filter: filter) }
        let rows = "mid|uid|at\ni1|u0|2024-05-01\ni3|u2|2024-06-01\ni5|u4|\n"
        var columns = LikesColumns()
        columns.time = "at"
        try store.ingestLikes(from: folder.write(rows, to: "times.psv"), columns: columns)
        func found(_ kind: EntityKind, since: String) throws -> Set<String> {
            filter.likedSince = EventTime.milliseconds(since)
            return Set(try store.nearest(kind, to: "tag:odd", k: 100, filter: filter).results.map(\.id))
        }
        #expect(try found(.items, since: "2024-05-01") == ["i1", "i3"])
        #expect(try found(.items, since: "2024-05-02") == ["i3"])
        #expect(try found(.users, since: "2024-05-02T00:00:00Z") == ["u2"])
        #expect(try found(.items, since: "2025-01-01").isEmpty)
        #expect(throws: QueryError.self) { try store.nearest(.tags, to: "tag:odd", filter: filter) }
    }
}
