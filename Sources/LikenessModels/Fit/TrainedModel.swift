import LikenessFormat
package import LikenessTraining

/// The result of a training: the model, and what the training was like.
package struct TrainedModel {
    package let model: Model
    package let state: TrainingState
    package let seconds: Double
    let meanLoss: Double
    let likesPerSecond: Double
    let examples: Int

    /// Trains to the end or until `progress` asks to stop.
    ///
    /// - Parameter name: the id of a row, for errors.
    static func train(
        _ trainer: consuming Trainer, epochs: Int, progress: (FitProgress) -> Bool, name: (RowKind, Int) -> String
    ) throws(FitError) -> TrainedModel {
        var trainer = trainer
        var seconds = 0.0
        var last: EpochReport?
        let examples = trainer.examplesPerEpoch
        let before = trainer.state.epochsDone
        let stopped: Int?
        do throws(TrainingError) {
            let outcome = try trainer.run(epochs: epochs) { event in
                var goesOn = true
                switch event {
                case .tick(let epoch, let done, let total, let meanLoss, let elapsed):
                    goesOn = progress(
                        .training(
                            epoch: epoch - before, of: epochs, fraction: Double(done) / Double(max(total, 1)),
                            meanLoss: meanLoss, likesPerSecond: elapsed > 0 ? Double(done) / elapsed : 0))
                case .epoch(let report):
                    last = report
                    seconds += report.seconds
                    goesOn = progress(
                        .training(
                            epoch: report.epoch - before, of: epochs, fraction: 1, meanLoss: report.meanLoss,
                            likesPerSecond: report.likesPerSecond))
                }
                return goesOn ? .carryOn : .stop
            }
            switch outcome {
            case .finished: stopped = nil
            case .stoppedAfter(let epoch), .stoppedWithin(let epoch): stopped = epoch - before
            }
        } catch {
            throw FitError(error, name: name)
        }
        if let stopped { throw .stopped(epoch: stopped) }
        return TrainedModel(
            model: trainer.model, state: trainer.state, seconds: seconds, meanLoss: last?.meanLoss ?? 0,
            likesPerSecond: seconds > 0 ? Double(examples * epochs) / seconds : 0, examples: examples)
    }
}
