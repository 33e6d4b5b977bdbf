import Likeness
import Testing

@Suite struct QueryFilterTests {
    /// A store whose item i has the tags `two`, `three` and `five` where these divide i, with a version.
    private func store(in folder: TemporaryFolder, features: FeatureWeighting = .tfidf) throws -> Store {
        let store = try folder.plantedStore()
        var rows = "mid|type|value\n"
        for item in 0..<40 {
            for (divisor, name) in [(2, "two"), (3, "three"), (5, "five times")] where item % divisor == 0 {
                rows += "i\(item)|divisor|\(name)\n"
            }
        }
        try store.ingestFeatures(from: folder.write(rows, to: "divisors.psv"))
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = 5
        options.featureWeighting = features
        try store.fit(options)
        return store
    }

    private func filter(_ condition: String) -> QueryFilter {
        var filter = QueryFilter()
        filter.condition = condition
        return filter
    }

    private func numbers(_ neighbors: Neighbors) -> Set<Int> {
        Set(neighbors.results.compactMap { Int($0.id.dropFirst()) })
    }

    @Test(arguments: [FeatureWeighting.tfidf, .none])
    func `A condition lets just the items pass that meet it, whatever the version made of their features`(_ weighting: FeatureWeighting)
        throws
    {
        let folder = try TemporaryFolder()
        let store = try store(in: folder, features: weighting)
        let all = try store.nearest(.items, to: "user:u3", k: 40)
        #expect(all.results.count == 40)
        let conditions: [(String, (Int) -> Bool)] = [
            ("divisor:two", { $0 % 2 == 0 }), ("not divisor:two and divisor:three", { $0 % 2 != 0 && $0 % 3 == 0 }),
            (#"divisor:"five times" or divisor:three and divisor:two"#, { $0 % 5 == 0 || $0 % 6 == 0 }),
            (#"(divisor:"five times" or divisor:three) and tag:ODD"#, { ($0 % 5 == 0 || $0 % 3 == 0) && $0 % 2 == 1 }),
        ]
        for (condition, holds) in conditions {
            for k in [1, 3, 40] {
                let expected = all.results.filter { holds(Int($0.id.dropFirst())!) }.prefix(k)
                #expect(
                    try store.nearest(.items, to: "user:u3", k: k, filter: filter(condition)).results == Array(expected), "\(condition)")
            }
            let recommended = try store.recommend(user: "u3", k: 40, includingLiked: true, filter: filter(condition))
            #expect(numbers(recommended) == Set((0..<40).filter(holds)))
        }
    }

    @Test func `A condition that nothing meets finds nothing`() throws {
        let folder = try TemporaryFolder()
        let near = try store(in: folder).nearest(.items, to: "tag:odd", filter: filter("divisor:two and not divisor:two"))
        #expect(near.results.isEmpty)
    }

    @Test func `Lists of ids, likes of a user and numbers of likes filter too, and unknown ids are passed over`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        var filter = QueryFilter()
        filter.allowed = ["i1", "i2", "i3", "nothing", "i4"]
        filter.denied = ["i2", "nothing either"]
        #expect(numbers(try store.nearest(.items, to: "tag:odd", k: 40, filter: filter)) == [1, 3, 4])
        filter.allowed = []
        #expect(try store.nearest(.items, to: "tag:odd", filter: filter).results.isEmpty)

        filter = QueryFilter()
        filter.notLikedBy = "u3"
        let left = try store.recommend(user: "u3", k: 40)
        #expect(numbers(try store.nearest(.items, to: "user:u5", k: 40, filter: filter)) == numbers(left))

        // Each item has 18 likes; two get some more after the version.
        let more = (0..<3).flatMap { user in [7, 8].map { "Item|i\($0)|later\(user)\n" } }.joined()
        try store.ingestLikes(from: folder.write("modelname|mid|uid\n" + more, to: "more.psv"))
        for (least, expected) in [(18, Set(0..<40)), (19, [7, 8]), (21, [7, 8]), (22, [])] {
            filter = QueryFilter()
            filter.minimumLikes = least
            #expect(numbers(try store.nearest(.items, to: "user:u5", k: 40, filter: filter)) == expected)
        }
    }

    @Test func `What cannot filter is refused with words`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        func message(_ kind: EntityKind, _ filter: QueryFilter) -> String {
            do { return "found \(try store.nearest(kind, to: "tag:odd", filter: filter).results.count)" } catch { return "\(error)" }
        }
        #expect(
            message(.items, filter("divisor:twoo"))
                == "there is no feature 'divisor:twoo' in the store; did you mean 'divisor:two' or 'divisor:three'?")
        #expect(message(.items, filter("divisor:two and")).contains("at character 16"))
        #expect(message(.tags, filter("divisor:two")).contains("Leave --where out"))
        var lenient = filter("not divisor:twoo")
        lenient.isLenient = true
        #expect(message(.items, lenient) == "found 10")
        var likes = QueryFilter()
        likes.minimumLikes = 1
        #expect(message(.users, likes).contains("look for items"))
        likes = QueryFilter()
        likes.notLikedBy = "nobody"
        #expect(message(.items, likes).contains("there is no user 'nobody'"))
    }
}
