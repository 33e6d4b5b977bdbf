import Foundation
import Likeness
import Testing

@Suite struct NearestAllTests {
    private func store(in folder: TemporaryFolder) throws -> Store {
        let store = try folder.plantedStore(users: 90, items: 600, likesPerUser: 30)
        var options = LeastSquaresFitOptions()
        options.settings.components = 12
        options.minimumItemLikes = 0
        try store.fit(options)
        return store
    }

    @Test(arguments: [EntityKind.items, .tags, .users], [1, 3])
    func `All rows of a kind get what each gets alone, whatever the threads`(_ asked: EntityKind, _ threads: Int) throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        for kind in EntityKind.allCases {
            var options = NearestBatchOptions(.all(asked))
            (options.k, options.threads) = (6, threads)
            if kind == .items { options.filter.condition = "not tag:even" }
            var seen = 0
            try store.withSession { session in
                let report = try session.nearestAll(kind, options) { query, found in
                    seen += 1
                    let term = asked == .tags ? query : "\(asked == .items ? "item" : "user"):\(query)"
                    let alone = try session.nearest(kind, to: term, k: 6, filter: options.filter).results
                    #expect(found == alone, "\(kind) near \(term)")
                }
                #expect(report.answered == seen && report.firstFaults.isEmpty && report.passedOver == 0)
            }
            #expect(seen == (asked == .items ? 600 : asked == .tags ? 3 : 90))
        }
    }

    @Test func `Listed queries come in their order, and what cannot be answered is passed over and told`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        let texts = [
            "tag:even", "item:nothing", "+2*item:i3 -0.5*tag:even", "+item:i1 -item:i1", "nonsense", "tag:category things", "user:u7",
        ]
        var options = NearestBatchOptions(.list(texts))
        options.k = 4
        var seen: [String] = []
        let report = try store.nearestAll(.items, options) { query, found in
            seen.append(query)
            let alone = try store.nearest(.items, to: query, k: 4).results
            #expect(found == alone)
        }
        #expect(seen == [texts[0], texts[2], texts[6]])
        #expect(report.answered == 3 && report.passedOver == 4 && report.done == 7)
        #expect(report.firstFaults.count == 4 && report.firstFaults[0].hasPrefix("query 2: there is no item 'nothing'"))
        options.queries = .list((0..<40).map { "item:no\($0)" })
        let none = try store.nearestAll(.items, options) { _, _ in }
        #expect(none.answered == 0 && none.passedOver == 40 && none.firstFaults.count == 5)
        options.queries = .list([])
        #expect(try store.nearestAll(.items, options) { _, _ in }.done == 0)
        options.k = 0
        #expect(throws: QueryError.self) { _ = try store.nearestAll(.items, options) { _, _ in } }
    }

    @Test func `A k beyond what there is finds all that pass, and a skip beyond the end finds nothing`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        var options = NearestBatchOptions(.all(.items))
        options.k = 1_000_000_000
        options.filter.condition = "tag:odd"
        options.skip = 598
        var counts: [Int] = []
        _ = try store.nearestAll(.items, options) { _, found in counts.append(found.count) }
        #expect(counts == [300, 299])
        options.skip = Int.max
        let report = try store.nearestAll(.items, options) { _, _ in Issue.record("nothing is left") }
        #expect(report.done == 600 && report.answered == 0)
    }

    @Test func `Files in each format hold the same, and one that is gone on with is as if it had been made at once`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        var options = NearestBatchOptions(.all(.tags))
        options.k = 3
        func text(_ name: String) throws -> String { try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8) }
        for name in ["a.csv", "a.psv", "a.tsv", "a.jsonl"] {
            _ = try store.writeNearest(.items, options, to: BatchOutput(path: folder.path + "/" + name))
        }
        let rows = try text("a.csv").split(separator: "\n")
        #expect(rows.count == 10 && rows[0] == "query,rank,id,score" && rows[1].hasPrefix("tag:even,1,i"))
        #expect(try text("a.psv") == text("a.csv").replacingOccurrences(of: ",", with: "|"))
        #expect(try text("a.tsv") == text("a.csv").replacingOccurrences(of: ",", with: "\t"))
        let objects = try text("a.jsonl").split(separator: "\n")
        struct Line: Decodable {
            let query: String
            let results: [Neighbor]
        }
        let lines = try objects.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(lines.map(\.query) == ["tag:even", "category:things", "tag:odd"])
        #expect(try lines[2].results == (try store.nearest(.items, to: "tag:odd", k: 3)).results)
        for name in ["a.csv", "a.jsonl"] {
            var output = BatchOutput(path: folder.path + "/part-" + name)
            output.appends = true
            // The first run is cut short here by its list, not by a signal.
            options.queries = .list(["tag:even"])
            options.skip = 0
            _ = try store.writeNearest(.items, options, to: output)
            options.queries = .all(.tags)
            options.skip = 1
            _ = try store.writeNearest(.items, options, to: output)
            #expect(try text("part-" + name) == text(name))
        }
    }
}
