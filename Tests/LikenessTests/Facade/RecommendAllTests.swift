import Foundation
import Likeness
import Testing

@Suite struct RecommendAllTests {
    private func store(in folder: TemporaryFolder) throws -> Store {
        let store = try folder.plantedStore(users: 700)
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = 3
        try store.fit(options)
        try store.ingestLikes(from: folder.write("mid|uid\ni1|late\ni3|late\ni2|u5\n", to: "late.psv"))
        return store
    }

    @Test(arguments: [1, 2, 3]) func `Many users get what each gets alone, whatever the threads`(_ threads: Int) throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        var options = BatchOptions()
        options.k = 7
        options.threads = threads
        options.filter.condition = "not tag:even or category:things"
        var seen: [String] = []
        let report = try store.recommendAll(options) { user, items in
            seen.append(user)
            let alone = try store.recommend(user: user, k: 7, filter: options.filter).results
            #expect(items == alone, "\(user)")
        }
        #expect(seen == (0..<700).map { "u\($0)" })
        #expect(report.answered == 700 && report.passedOver == 0 && report.done == 700 && !report.isStopped)
    }

    @Test func `Listed users come in their order, late ones are folded in, and strangers are passed over`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        var options = BatchOptions()
        options.users = ["u9", "stranger", "late", "u2"]
        options.includesLiked = true
        var found: [String: [Neighbor]] = [:]
        let report = try store.recommendAll(options) { user, items in found[user] = items }
        #expect(report.answered == 3 && report.passedOver == 1)
        for (user, items) in found {
            #expect(try store.recommend(user: user, includingLiked: true).results == items)
        }
    }

    @Test func `A batch that is stopped goes on where it was`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        var options = BatchOptions()
        var (users, whole): ([String], [String]) = ([], [])
        _ = try store.recommendAll(options) { user, _ in whole.append(user) }
        repeat {
            let report = try store.recommendAll(options, progress: { _, _ in false }) { user, _ in users.append(user) }
            options.skip = report.done
            if !report.isStopped { break }
        } while true
        #expect(users == whole)
    }

    @Test func `Rows of a file are whole, and the file appears when it is done`() throws {
        let folder = try TemporaryFolder()
        let store = try store(in: folder)
        let file = folder.path + "/all.csv"
        var options = BatchOptions()
        options.k = 2
        struct Stop: Error {}
        _ = try store.writeRecommendations(options, to: BatchOutput(path: file))
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1 + 2 * 700 && lines[0] == "uid,rank,mid,score" && lines[1].hasPrefix("u0,1,i"))
        #expect(throws: QueryError.self) {
            options.k = 0
            _ = try store.writeRecommendations(options, to: BatchOutput(path: folder.path + "/none.csv"))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none.csv"))
    }
}
