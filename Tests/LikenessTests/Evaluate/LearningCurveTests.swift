import Foundation
import Likeness
import Testing

@Suite struct LearningCurveTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let test: String

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
        let text = "mid|uid\n" + (0..<60).map { "i\(($0 * 3 + 13) % 20 * 2 + $0 % 2)|u\($0)\n" }.joined()
        test = try folder.write(text, to: "test.psv")
    }

    private func options(epochs: Int, every: Int) -> LearningCurveOptions {
        var options = LearningCurveOptions()
        options.fit.hyperparameters.components = 8
        options.fit.hyperparameters.epochs = epochs
        options.metrics = EvaluationMetric.allCases
        options.every = every
        return options
    }

    @Test("Each point has the values of a fit of so many epochs, bit by bit")
    func pointsAreFits() throws {
        let curve = try store.learningCurve(test: test, options: options(epochs: 7, every: 3))
        #expect(curve.points.map(\.epoch) == [3, 6, 7] && !curve.isStopped)
        #expect(curve.testUsers == 60 && curve.trainUsers == 60)
        #expect(try store.versions().isEmpty)
        var evaluation = EvaluationOptions()
        for point in curve.points {
            let version = VersionReference("v\(try store.fit(options(epochs: point.epoch, every: 1).fit).version)")
            evaluation.excludesTrain = true
            let onTest = try store.evaluate(version, test: test, options: evaluation)
            #expect(onTest.metrics == point.test)
            evaluation.excludesTrain = false
            let onTrain = try store.evaluate(version, test: folder.path + "/likes.psv", options: evaluation)
            #expect(Set(onTrain.metrics.keys) == Set(point.train.keys))
            for (name, value) in onTrain.metrics {
                let found: Double = point.train[name] ?? .nan
                #expect(abs(value - found) < 1e-9, "\(name)")
            }
        }
    }

    @Test("A sample of train users is as large as asked for, and table and plot show what was measured")
    func shape() throws {
        var choice = options(epochs: 4, every: 2)
        choice.trainUsers = 7
        choice.metrics = [.ndcg, .hitRate]
        let curve = try store.learningCurve(test: test, options: choice)
        #expect(curve.trainUsers == 7 && curve.metrics == ["ndcg", "hitRate"])
        #expect(curve.points.allSatisfy { Set($0.train.keys) == ["ndcg", "hitRate"] && $0.test.count == 2 })
        #expect(curve.table.split(separator: "\n").count == 3 && curve.table.contains("test hitRate"))
        #expect(curve.svg(title: "a & b").contains("a &amp; b"))
        let data = try JSONEncoder().encode(curve)
        #expect(try JSONDecoder().decode(LearningCurveReport.self, from: data) == curve)
    }

    @Test("Stopped, it gives the points so far")
    func stopping() throws {
        let curve = try store.learningCurve(test: test, options: options(epochs: 100, every: 2)) { progress in
            if case .training(let epoch, let epochs, _, _, _) = progress { epoch < 5 && epochs == 100 } else { true }
        }
        #expect(curve.isStopped && curve.points.map(\.epoch) == [2, 4])
    }

    @Test("What cannot be measured is said with the reason")
    func refusals() throws {
        func message(_ test: String, _ change: (inout LearningCurveOptions) -> Void = { _ in }) -> String {
            var choice = options(epochs: 2, every: 1)
            change(&choice)
            do {
                _ = try store.learningCurve(test: test, options: choice)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(message(folder.path + "/likes.psv").contains("are among those that the model is made from"))
        #expect(try message(folder.write("mid|uid\ni1|nobody\n", to: "other.psv")).contains("no like of the test file"))
        #expect(message(folder.path + "/nowhere.psv").contains("no such file"))
        #expect(message(test) { $0.every = 0 }.contains("every is 0"))
        #expect(message(test) { $0.k = 0 }.contains("k is 0"))
        #expect(message(test) { $0.fit.hyperparameters.learningRate = .nan }.contains("learningRate is nan"))
        #expect(message(test) { $0.fit.minimumUserLikes = 1_000 }.contains("--min-user-likes"))
    }
}
