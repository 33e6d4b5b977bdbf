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
                if case .epoch(let report) = event { (last, seconds) = (report, seconds + report.seconds) }
                return progress(FitProgress(event, after: before, of: epochs)) ? .carryOn : .stop
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
