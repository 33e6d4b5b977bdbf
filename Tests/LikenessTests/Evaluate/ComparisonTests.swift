import Foundation
import Likeness
import Testing

@Suite struct VersionComparisonTests {
    /// Two versions of planted tastes: one that has hardly learned, and one that has.
    private func fitted(_ folder: TemporaryFolder) throws -> Store {
        let store = try folder.plantedStore()
        var options = FitOptions()
        options.hyperparameters.components = 8
        options.hyperparameters.epochs = 0
        options.forcesAlias = true
        try store.fit(options)
        options.hyperparameters.epochs = 15
        try store.fit(options)
        return store
    }

    /// For each user an item of the user's taste that the store does not know that they like.
    private let test = "mid|uid\n" + (0..<60).map { "i\(($0 * 3 + 13) % 20 * 2 + $0 % 2)|u\($0)\n" }.joined()

    private func reference(_ number: UInt64) -> VersionReference { .version(Version(rawValue: number)) }

    @Test("A comparison has each version's own evaluation, and counts users won, tied and lost one by one", arguments: [true, false])
    func figures(excludesTrain: Bool) throws {
        let folder = try TemporaryFolder()
        let store = try fitted(folder)
        let file = try folder.write(test, to: "test.psv")
        var options = ComparisonOptions()
        options.evaluation.k = 4
        options.evaluation.excludesTrain = excludesTrain
        let comparison = try store.compare(reference(1), .current, test: file, options: options)
        #expect(comparison.first == 1 && comparison.second == 2 && comparison.users == 60 && comparison.likes == 60)
        options.evaluation.includesUsers = true
        let one = try store.evaluate(reference(1), test: file, options: options.evaluation)
        let two = try store.evaluate(reference(2), test: file, options: options.evaluation)
        #expect(Set(comparison.metrics.keys) == Set(EvaluationMetric.ofUsers.map(\.rawValue)))
        for (name, values) in comparison.metrics {
            #expect(abs(values.first - (one.metrics[name] ?? .nan)) < 1e-12 && abs(values.second - (two.metrics[name] ?? .nan)) < 1e-12)
            let differences = zip(one.perUser, two.perUser).map { ($1.metrics[name] ?? .nan) - ($0.metrics[name] ?? .nan) }
            #expect(values.won == differences.count { $0 > 0 } && values.lost == differences.count { $0 < 0 })
            #expect(values.won + values.tied + values.lost == 60)
            #expect(values.low <= values.difference && values.difference <= values.high)
        }
        let auc = try #require(comparison.metrics["auc"])
        #expect(auc.isBeyondNoise && auc.difference > 0.05, "\(auc)")
        let back = try store.compare(.current, reference(1), test: file, options: options)
        #expect(back.metrics["auc"]?.won == auc.lost && back.metrics["auc"]?.difference == -auc.difference)
        #expect(try store.compare(reference(1), .current, test: file, options: options).metrics == comparison.metrics)
    }

    @Test("Users that one version alone knows are left out, and said")
    func users() throws {
        let folder = try TemporaryFolder()
        let store = try fitted(folder)
        try store.ingestLikes(
            from: folder.write("uid,mid\n" + (0..<6).map { "late,i\($0 * 2)\n" }.joined(), to: "late.csv"))
        var options = FitOptions()
        options.hyperparameters.components = 8
        try store.fit(options)
        let file = try folder.write(test + "i20|late\ni9|nobody\nnowhere|u0\n", to: "test.psv")
        let comparison = try store.compare(reference(2), reference(3), test: file)
        #expect(comparison.users == 60 && comparison.usersOfFirstAlone == 0 && comparison.usersOfSecondAlone == 1)
        #expect(comparison.likes == 61 && comparison.unknownItemLikesOfFirst == 1)
    }

    @Test("Test likes that either version was made from are refused, with their number and the version")
    func overlap() throws {
        let folder = try TemporaryFolder()
        let store = try fitted(folder)
        let known = try folder.write("uid,mid\nu0,i0\nu0,i2\nu1,i7\nu0,i26\n", to: "known.csv")
        #expect(throws: EvaluationFailure.self) { try store.compare(reference(1), reference(2), test: known) }
        do {
            _ = try store.compare(reference(1), reference(2), test: known)
        } catch EvaluationFailure.trained(let count, let version) {
            #expect(count == 3 && version.rawValue == 1)
        }
        // Likes that came after the first version and before the second.
        let later = try folder.write(test, to: "later.psv")
        try store.ingestLikes(from: later)
        var options = FitOptions()
        options.hyperparameters.components = 8
        try store.fit(options)
        #expect(try store.compare(reference(1), reference(2), test: later).users == 60)
        do {
            _ = try store.compare(reference(1), reference(3), test: later)
            Issue.record("a version was tested with what it knows")
        } catch EvaluationFailure.trained(let count, let version) {
            #expect(count == 60 && version.rawValue == 3)
        }
    }

    @Test("What cannot be compared is refused with words")
    func refusals() throws {
        let folder = try TemporaryFolder()
        let store = try fitted(folder)
        let file = try folder.write(test, to: "test.psv")
        func failure(_ first: VersionReference, _ second: VersionReference, _ file: String, _ options: ComparisonOptions = .init())
            -> String
        {
            do {
                _ = try store.compare(first, second, test: file, options: options)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(failure(reference(2), .current, file).contains("both name v2"))
        #expect(failure(reference(1), reference(9), file).contains("no version v9"))
        #expect(failure(reference(1), reference(2), folder.path + "/none.psv").contains("none.psv"))
        let strangers = try folder.write("uid,mid\nsomebody,i1\n", to: "strangers.csv")
        #expect(failure(reference(1), reference(2), strangers).contains("no like of the test file"))
        var options = ComparisonOptions()
        options.confidence = 1
        #expect(failure(reference(1), reference(2), file, options).contains("confidence is 1"))
        options = ComparisonOptions()
        options.resamples = 0
        #expect(failure(reference(1), reference(2), file, options).contains("resamples is 0"))
        options = ComparisonOptions()
        options.evaluation.k = 0
        #expect(failure(reference(1), reference(2), file, options).contains("k is 0"))
    }
}
