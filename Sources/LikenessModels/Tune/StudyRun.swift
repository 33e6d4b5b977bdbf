import LikenessEvaluation
import LikenessFormat
import LikenessStore
import LikenessTraining
import LikenessTuning

/// A study under way: tries settings one after the other, keeps each trial that ends, and tests the best.
struct StudyRun {
    private(set) var study: Study
    private(set) var trials: [Trial] = []
    private let store: Store
    private let space: TuneSpace
    private let likes: StudyLikes
    private let training: TrialTraining
    private var search: Search
    private var halving = Halving()
    private let options: TuneOptions
    private let started = ContinuousClock.now
    /// Trials that were there when this run began.
    private let earlier: Int

    /// How the trials ended.
    enum End { case done, stopped, exhausted }

    init(
        _ store: Store, _ study: Study, _ space: TuneSpace, _ trials: [Trial], _ data: TrainingSet, _ need: MemoryNeed,
        _ options: TuneOptions
    ) throws(TuneError) {
        guard let metric = TuneMetric(study.metric) else {
            throw .badOption(name: "metric", value: study.metric, rule: "this build has no such metric")
        }
        (self.store, self.study, self.space, self.trials, self.options) = (store, study, space, trials, options)
        likes = try StudyLikes(data, study)
        training = TrialTraining(store: store, study: study, metric: metric, threads: options.threads, need: need)
        search = Search(try space.searchSpace(), seed: study.seed, starts: study.starts, initialTrials: study.initialTrials)
        earlier = trials.count
        for trial in trials { search.tell(trial, &halving) }
    }

    /// Takes the number that the store gave to the study.
    mutating func begin(_ kept: Study) { study = kept }

    /// The trial with the greatest value, the first of several; nil if none was measured.
    var best: Trial? { Trial.best(of: trials) }

    private var elapsed: Double { (ContinuousClock.now - started) / .seconds(1) }

    /// Tries settings until there are as many trials as asked for, the time is over, or `progress` says so.
    mutating func makeTrials(_ progress: (TuneProgress) -> Bool) throws(TuneError) -> End {
        let wanted = options.trials ?? (options.timeLimit == nil ? max(50, earlier) : .max)
        while trials.count < wanted {
            if let limit = options.timeLimit, elapsed >= limit, !trials.isEmpty { return .done }
            guard let proposal = search.next() else { return .exhausted }
            guard let loss = TunedLoss(rawValue: proposal.settings.loss) else { return .exhausted }
            let clock = ContinuousClock()
            let start = clock.now
            var isOver = false
            let epochs = space.epochs(loss)
            let outcome = try training.run(
                proposal.settings, epochs: epochs, on: likes.train, measuredWith: likes.validation,
                goesOn: { point in
                    // What is there to start with is measured to its end.
                    !options.stopsEarly || proposal.origin == .start
                        || !halving.isBehind(loss.rawValue, at: point.epochs, of: epochs, value: point.value)
                }
            ) { fraction in
                if let limit = options.timeLimit, !trials.isEmpty, elapsed >= limit {
                    isOver = true
                    return false
                }
                return progress(.searching(state(fraction, of: wanted)))
            }
            var (curve, failure, stop): ([Trial.Point], String?, Trial.Stop?) = ([], nil, nil)
            switch outcome {
            case .finished(let points, _, let reason): (curve, stop) = (points, reason)
            case .failed(let words): failure = words
            case .stopped: return isOver ? .done : .stopped
            }
            let trial = Trial(
                study: study.number, number: UInt64(trials.count + 1), settings: proposal.settings, origin: proposal.origin, curve: curve,
                failure: failure, stop: stop, seconds: (clock.now - start) / .seconds(1))
            let isKept: Bool
            do { isKept = try Studies(store).add(trial) } catch { throw .store(error) }
            guard isKept else { throw .studyInUse(study.number) }
            trials.append(trial)
            search.tell(trial, &halving)
            if !progress(.searching(state(0, of: wanted))) { return trials.count < wanted ? .stopped : .done }
        }
        return .done
    }

    private func state(_ fraction: Double, of wanted: Int) -> TuneState {
        let done = Double(trials.count - earlier)
        var left: Double?
        if done > 0, wanted < .max { left = elapsed / (done + fraction) * max(Double(wanted - trials.count) - fraction, 0) }
        if let limit = options.timeLimit { left = min(left ?? .infinity, max(limit - elapsed, 0)) }
        return TuneState(
            study: study.number, trial: trials.count + 1, trials: wanted < .max ? wanted : nil, fraction: fraction,
            best: best.flatMap { trial in trial.best.map { ($0.value, trial.number) } }, secondsLeft: left)
    }

    /// Trains the best settings, and those that a fit has by itself, on all likes but the test likes, and measures both with these.
    ///
    /// Nothing is looked at again if these settings have been tested before.
    /// - Returns: false if `progress` says so.
    mutating func test(_ progress: (TuneProgress) -> Bool) throws(TuneError) -> Bool {
        guard let best, let point = best.best, study.test?.trial != best.number else { return true }
        let chosen: EvaluationReport
        switch try tested(best.settings, point.epochs, progress) {
        case .finished(_, let report, _): chosen = report
        // What has trained before fails with more likes: there is nothing to test, and the trials say what there is to say.
        case .failed: return true
        case .stopped: return false
        }
        let loss = space.losses.first ?? .als
        var standard: EvaluationReport?
        switch try tested(TrialSettings(loss: loss.rawValue), loss.standardEpochs, progress) {
        case .finished(_, let report, _): standard = report
        case .failed: break
        case .stopped: return false
        }
        let path = training.metric.path
        var interval: ClosedRange<Double>?
        if let standard, standard.userIndices == chosen.userIndices {
            let differences = zip(chosen.perUser, standard.perUser).map { $0[keyPath: path] - $1[keyPath: path] }
            interval = PairedBootstrap(seed: study.seed).intervals(of: [differences])[0]
        }
        let result = StudyTest(
            trial: best.number, reads: (study.test?.reads ?? 0) + 1, users: chosen.users, best: chosen.means[keyPath: path],
            standard: standard?.means[keyPath: path], low: interval?.lowerBound, high: interval?.upperBound)
        do { study = try Studies(store).finish(study.number, test: result) } catch { throw .store(error) }
        return true
    }

    private func tested(
        _ settings: TrialSettings, _ epochs: Int, _ progress: (TuneProgress) -> Bool
    ) throws(TuneError) -> TrialTraining.Outcome {
        try training.run(settings, epochs: [epochs], on: likes.trainOfTest, measuredWith: likes.test, goesOn: { _ in true }) { _ in
            progress(.testing)
        }
    }
}

extension Search {
    /// Adds the outcome of a trial: what is to be large is a loss to be small.
    ///
    /// - Parameter halving: what the trials before have told, and then this one too.
    mutating func tell(_ trial: Trial, _ halving: inout Halving) {
        var value = trial.best?.value ?? -.infinity
        if trial.stop != nil, let last = trial.curve.last {
            value = halving.expected(trial.settings.loss, stoppedAt: last.epochs, best: value)
        }
        halving.add(
            trial.settings.loss, curve: trial.curve.map { ($0.epochs, $0.value) }, isWhole: trial.stop == nil && trial.failure == nil)
        tell(trial.settings, loss: -value, seconds: trial.seconds)
    }
}

extension Trial {
    /// The trial with the greatest value, the first of several; nil if none was measured.
    static func best(of trials: [Trial]) -> Trial? {
        var best: (trial: Trial, value: Double)?
        for trial in trials {
            guard let value = trial.best?.value, best.map({ value > $0.value }) ?? true else { continue }
            best = (trial, value)
        }
        return best?.trial
    }
}
