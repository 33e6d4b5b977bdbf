import LikenessEvaluation
import LikenessFormat
import LikenessStore
import LikenessTraining

/// Trains with the settings of a trial and measures as it goes on. The store is not written.
struct TrialTraining {
    let store: Store
    let study: Study
    let metric: TuneMetric
    let threads: Int
    /// Trainings at a time.
    let parallel: Int
    /// What the store says that trainings need.
    let need: MemoryNeed

    /// How a training ended.
    enum Outcome {
        /// The mean of the metric after so many epochs each, and all users' values after the last; and why there are no more points.
        case finished([Trial.Point], EvaluationReport, Trial.Stop?)
        /// It cannot be measured: in words.
        case failed(String)
        case stopped
    }

    /// Trains on likes, and measures with others after each number of epochs.
    ///
    /// - Parameters:
    ///   - epochs: ascending.
    ///   - goesOn: gets each point; returns false if the training is not worth its time any more.
    ///   - progress: gets the share that is done; returns false to stop.
    /// - Throws: `TuneError` for what no other settings would mend.
    func run(
        _ settings: TrialSettings, epochs: [Int], on data: TrainingSet, measuredWith held: HeldOutLikes,
        goesOn: (Trial.Point) -> Bool, progress: (Double) -> Bool
    ) throws(TuneError) -> Outcome {
        guard let loss = TunedLoss(rawValue: settings.loss), let last = epochs.last else { return .failed("there is no such loss") }
        for (name, value) in settings.values {
            if let fault = loss.fault(name, value) { return .failed(fault) }
        }
        var points: [Trial.Point] = []
        var report: EvaluationReport?
        var stop: Trial.Stop?
        func measure(_ epoch: Int, _ measured: EvaluationReport) throws(TuneError) -> Bool {
            if measured.users == 0 { throw .nobodyLeft(minimumUserLikes: study.minimumUserLikes) }
            let point = Trial.Point(epochs: epoch, value: measured.means[keyPath: metric.path])
            points.append(point)
            report = measured
            if epoch == last || goesOn(point) { return true }
            stop = .behind
            return false
        }
        do {
            let choice: StagedTraining.Choice
            switch TrialOptions(settings, loss, epochs: last).of(study, threads: threads) {
            case .leastSquares(let options):
                try MemoryNeed.check(needed: parallel * need.bytes(options.settings, options.softmax), limits: MemoryLimits())
                choice = .leastSquares(options)
            case .stepped(let options):
                try MemoryNeed.check(needed: parallel * need.bytes(options.hyperparameters, models: 2), limits: MemoryLimits())
                choice = .stepped(options)
            }
            try train(choice, epochs, data, held, progress, measure)
        } catch let error as TuneError {
            throw error
        } catch let error as FitError {
            switch error {
            case .diverged, .training, .emptyRow, .notEnoughMemory, .badOption: return .failed(error.description)
            case .stopped: return .stopped
            default: throw .fit(error)
            }
        } catch let error as EvaluationError {
            switch error {
            case .notFinite, .scoreNotFinite: return .failed(error.description)
            default: throw .evaluation(error.description)
            }
        } catch {
            throw .evaluation("\(error)")
        }
        guard let report, points.allSatisfy({ $0.value.isFinite }) else { return .failed("the metric is no number") }
        return .finished(points, report, stop)
    }

    private func train(
        _ choice: StagedTraining.Choice, _ epochs: [Int], _ data: TrainingSet, _ held: HeldOutLikes, _ progress: (Double) -> Bool,
        _ measure: (Int, EvaluationReport) throws(TuneError) -> Bool
    ) throws {
        var training = try StagedTraining(store, data, choice)
        for epoch in epochs {
            _ = try training.train(to: epoch) { event in
                guard case .training(let one, let all, let fraction, _, _) = event else { return true }
                return progress((Double(one - 1) + fraction) / Double(max(all, 1)))
            }
            let (users, items) = training.representations(ofUsers: held.rows)
            let report = try held.measure(
                users: users, items: items, presentUsers: training.presentUsers, presentItems: training.presentItems, k: metric.k,
                threads: threads)
            if try !measure(epoch, report) { return }
        }
    }
}
