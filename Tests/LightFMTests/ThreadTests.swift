import LikenessTraining
import Testing

/// Threads write item rows without locks, so runs differ; their quality must not.
@Suite struct ThreadTests {
    @Test(
        "Four threads rank as well as one, over seeds",
        arguments: [Hyperparameters.Loss.warp, .warpKOS, .bpr, .logistic], [false, true])
    func statisticallyEqual(loss: Hyperparameters.Loss, withGenres: Bool) throws {
        let trial = FloorTests.planted
        let features = withGenres ? try trial.genres(identity: 1) : nil
        let name = loss == .logistic ? "testROC" : "testAUC"
        func figures(threads: Int) throws -> [Double] {
            try (1...4).map { seed in
                var choice = Hyperparameters()
                (choice.loss, choice.components, choice.epochs) = (loss, 10, 5)
                (choice.threads, choice.seed) = (threads, UInt64(seed))
                let model = try trial.trained(choice, trial.interactions(), features: features)
                return try #require(try trial.figures(of: model, features: features)[name])
            }
        }
        let (one, four) = (try figures(threads: 1), try figures(threads: 4))
        let difference = Self.mean(one) - Self.mean(four)
        // The standard error of a difference of two means of four; its floor is what no reader of a table would notice.
        let error = ((Self.variance(one) + Self.variance(four)) / 4).squareRoot()
        #expect(abs(difference) < max(4 * error, 0.004), "\(one) with one thread, \(four) with four")
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func variance(_ values: [Double]) -> Double {
        let mean = mean(values)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }
}
