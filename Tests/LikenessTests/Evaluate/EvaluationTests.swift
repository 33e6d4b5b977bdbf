import Foundation
import Likeness
import Testing

@Suite struct VersionEvaluationTests {
    private func fitted(_ folder: TemporaryFolder) throws -> Store {
        let store = try folder.plantedStore()
        var options = FitOptions()
        options.hyperparameters.components = 8
        options.hyperparameters.epochs = 10
        try store.fit(options)
        return store
    }

    /// Every user's lists, and what the store's likes say of them, one by one.
    @Test("Coverage and popularity are those of the recommendations, counted one by one", arguments: [true, false])
    func catalogue(excludesTrain: Bool) throws {
        let folder = try TemporaryFolder()
        let store = try fitted(folder)
        let text = "mid|uid\n" + (0..<60).map { "i\(($0 * 3 + 13) % 20 * 2 + $0 % 2)|u\($0)\n" }.joined()
        let test = try folder.write(text, to: "test.psv")
        var options = EvaluationOptions()
        options.k = 4
        options.excludesTrain = excludesTrain
        options.includesUsers = true
        let report = try store.evaluate(test: test, options: options)

        let rows = try String(contentsOfFile: folder.path + "/likes.psv", encoding: .utf8).split(separator: "\n")
            .dropFirst().map { $0.split(separator: "|").map(String.init) }
        let popularity = Dictionary(rows.map { ($0[1], 1) }, uniquingKeysWith: +)
        var shown: [String] = []
        var liked: [String] = []
        for user in report.perUser.map(\.id) {
            shown += try store.recommend(user: user, k: 4, includingLiked: !excludesTrain).results.map(\.id)
            liked += rows.filter { $0[2] == user }.map { $0[1] }
        }
        func mean(_ items: [String]) -> Double {
            let likes: Int = items.reduce(0) { $0 + (popularity[$1] ?? 0) }
            return Double(likes) / Double(items.count)
        }
        #expect(report.users == 60 && shown.count == 240)
        let coverage = try #require(report.metrics["catalogueCoverage"])
        #expect(abs(coverage - Double(Set(shown).count) / 40) < 1e-12)
        let bias: Double = try #require(report.metrics["popularityBias"])
        let expected: Double = mean(shown) / mean(liked)
        #expect(abs(bias - expected) < 1e-12)
        #expect(Set(report.metrics.keys) == Set(EvaluationMetric.allCases.map(\.rawValue)))
    }

    @Test("Each user's metrics have the means as their mean, and their file holds them to the last digit")
    func perUser() throws {
        let folder = try TemporaryFolder()
        let store = try fitted(folder)
        let test = try folder.write("mid,uid\ni1,u0\ni3,u0\ni0,u1\nnowhere,u2\ni1,nobody\n", to: "test.csv")
        var options = EvaluationOptions()
        #expect(try store.evaluate(test: test, options: options).perUser.isEmpty)
        options.includesUsers = true
        let report = try store.evaluate(test: test, options: options)
        #expect(report.perUser.map(\.id) == ["u0", "u1", "u2"])
        #expect(report.perUser[2].metrics.allSatisfy { $0.value < 0.03 }, "what the model has never heard of ranks last")
        for metric in EvaluationMetric.ofUsers {
            let values = report.perUser.compactMap { $0.metrics[metric.rawValue] }
            #expect(values.count == 3)
            let mean: Double = values.reduce(0, +) / 3
            let expected: Double = report.metrics[metric.rawValue] ?? .nan
            #expect(abs(mean - expected) < 1e-12)
        }
        for (name, separator) in [("users.psv", "|"), ("users.csv", ","), ("users.tsv", "\t")] {
            try report.writePerUser(to: folder.path + "/" + name, column: "reader")
            let lines = try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8).split(separator: "\n")
                .map { $0.components(separatedBy: separator) }
            #expect(lines[0] == ["reader"] + EvaluationMetric.ofUsers.map(\.rawValue))
            for (line, user) in zip(lines.dropFirst(), report.perUser) {
                #expect(line[0] == user.id)
                #expect(line.dropFirst().map(Double.init) == EvaluationMetric.ofUsers.map { user.metrics[$0.rawValue] })
            }
        }
        #expect(throws: EvaluationFailure.self) { try report.writePerUser(to: folder.path + "/no/users.psv") }
    }
}
