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
        let (run, measure) = try curve(of: pairs, options)
        let epochs = options.fit.hyperparameters.epochs
        var points: [LearningCurveReport.Point] = []
        var seconds = 0.0
        var model = run.freshModel()
        var state: TrainingState?
        var done = 0
        while done < epochs, !isStopped {
            let trained: TrainedModel
            do {
                // A run that goes on from a state trains what one longer run would.
                trained = try run.train(model, state: state, epochs: min(options.every, epochs - done)) {
                    progress($0.shifted(by: done, of: epochs))
                }
            } catch .stopped {
                isStopped = true
                break
            } catch {
                throw .fit(error)
            }
            (model, state) = (trained.model, trained.state)
            seconds += trained.seconds
            done = min(done + options.every, epochs)
            points.append(try measure.point(trained.model, epoch: done))
        }
        return LearningCurveReport(
            metrics: options.metrics.map(\.rawValue), k: options.k, points: points, trainUsers: measure.trainUsers,
            testUsers: measure.testUsers, unknownUserLikes: measure.unknownUserLikes,
            unknownItemLikes: measure.unknownItemLikes, trainingSeconds: seconds,
            totalSeconds: (clock.now - start) / .seconds(1), isStopped: isStopped)
    }

    private func curve(
        of pairs: PairsFile, _ options: LearningCurveOptions
    ) throws(LearningCurveError) -> (run: FitRun, measure: CurveMeasure) {
        let read: (run: FitRun, data: TrainingSet)
        do {
            read = try curveRun(options.fit)
        } catch {
            throw .fit(error)
        }
        return (read.run, try CurveMeasure(read.run, read.data, pairs, options))
    }

    private func curveRun(_ options: FitOptions) throws(FitError) -> (run: FitRun, data: TrainingSet) {
        do {
            try options.hyperparameters.validate()
            try options.features.validate()
        } catch {
            throw FitError(error)
        }
        // The model goes on from a copy, and is measured as arrays.
        let data = try trainingSet(options, models: 3)
        return (try FitRun(self, data, options), data)
    }
}

extension FitProgress {
    /// The progress of a run that went on after `done` of `epochs` epochs.
    fileprivate func shifted(by done: Int, of epochs: Int) -> FitProgress {
        guard case .training(let epoch, _, let fraction, let meanLoss, let likesPerSecond) = self else { return self }
        return .training(
            epoch: done + epoch, of: epochs, fraction: fraction, meanLoss: meanLoss, likesPerSecond: likesPerSecond)
    }
}
