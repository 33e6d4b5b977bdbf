import Interchange
import LMDB
import LikenessEvaluation
import LikenessModels
public import LikenessStore
import LikenessTraining

extension StoreReader {
    /// Trains a model as `fit` does, and measures it on train and test likes every few epochs. Nothing is published.
    ///
    /// ```swift
    /// var options = LearningCurveOptions()
    /// options.every = 5
    /// let report = try store.learningCurve(test: "test.psv", options: options)
    /// ```
    ///
    /// - Parameter progress: called several times a second; returns false to stop, and then the points so far are returned.
    /// - Throws: `LearningCurveError`.
    /// - Complexity: that of a fit, and for each point O((test users + train users) × items × components).
    public func learningCurve(
        test path: String, options: LearningCurveOptions = LearningCurveOptions(),
        progress: (FitProgress) -> Bool = { _ in true }
    ) throws(LearningCurveError) -> LearningCurveReport {
        let clock = ContinuousClock()
        let start = clock.now
        guard options.k > 0 else { throw .evaluation(.model("k is \(options.k), but the list must have at least 1 item")) }
        guard options.every > 0, options.trainUsers > 0 else {
            throw .fit(
                .badOption(
                    name: options.every > 0 ? "trainUsers" : "every",
                    value: "\(min(options.every, options.trainUsers))", rule: "it must be at least 1"))
        }
        let pairs: PairsFile
        do { pairs = try PairsFile(path, columns: options.columns, format: options.format) } catch {
            throw .evaluation(.file(error))
        }
        var isStopped = !progress(.reading)
        var (training, measure) = try curve(of: pairs, options)
        var points: [LearningCurveReport.Point] = []
        var seconds = 0.0
        while training.epochsDone < training.epochs, !isStopped {
            do {
                seconds += try training.train(
                    to: min(training.epochsDone + options.every, training.epochs), progress: progress)
            } catch .stopped {
                isStopped = true
                break
            } catch {
                throw .fit(error)
            }
            points.append(try measure.point(training))
        }
        return LearningCurveReport(
            metrics: options.metrics.map(\.rawValue), k: options.k, points: points, trainUsers: measure.trainUsers,
            testUsers: measure.testUsers, unknownUserLikes: measure.unknownUserLikes,
            unknownItemLikes: measure.unknownItemLikes, trainingSeconds: seconds,
            totalSeconds: (clock.now - start) / .seconds(1), isStopped: isStopped)
    }

    private func curve(
        of pairs: PairsFile, _ options: LearningCurveOptions
    ) throws(LearningCurveError) -> (training: StagedTraining, measure: CurveMeasure) {
        let read: (training: StagedTraining, data: TrainingSet)
        do {
            read = try curveTraining(options)
        } catch {
            throw .fit(error)
        }
        return (read.training, try CurveMeasure(read.training, read.data, pairs, options))
    }

    private func curveTraining(_ options: LearningCurveOptions) throws(FitError) -> (training: StagedTraining, data: TrainingSet) {
        do {
            if let squares = options.leastSquares {
                try squares.settings.validate()
                try squares.softmax?.validate()
            } else {
                try options.fit.hyperparameters.validate()
                try options.fit.features.validate()
            }
        } catch {
            throw FitError(error)
        }
        if let squares = options.leastSquares {
            let data = try trainingSet(squares)
            return (try StagedTraining(self, data, .leastSquares(squares)), data)
        }
        // The model goes on from a copy, and is measured as arrays.
        let data = try trainingSet(options.fit, models: 3)
        return (try StagedTraining(self, data, .stepped(options.fit)), data)
    }
}
