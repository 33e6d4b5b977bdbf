import LikenessEvaluation
import LikenessFormat
import LikenessStore
import LikenessTraining
import LikenessTuning
import Platform
import WorkerThreads

/// A study under way: tries settings, one or some at a time, keeps each trial that ends, and tests the best.
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
        training = TrialTraining(
            store: store, study: study, metric: metric, threads: max(1, options.threads / options.parallel), parallel: options.parallel,
            need: need)
        search = Search(try space.searchSpace(), seed: study.seed, starts: study.starts, initialTrials: study.initialTrials)
        earlier = trials.count
        for trial in trials { search.tell(trial, &halving) }
    }

    /// Takes the number that the store gave to the study.
    mutating func begin(_ kept: Study) { study = kept }

    /// The trial with the greatest value, the first of several; nil if none was measured.
    var best: Trial? { Trial.best(of: trials) }

    private var elapsed: Double { (ContinuousClock.now - started) / .seconds(1) }

    /// Tries settings until there are as many trials as asked for, the time is over, or `progress` says so: some at a time, each on a thread of
    /// its own, which has its share of the others.
    mutating func makeTrials(_ progress: (TuneProgress) -> Bool) throws(TuneError) -> End {
        let board = Monitor(TrialBoard(self, wanted: options.trials ?? (options.timeLimit == nil ? max(50, earlier) : .max)))
        func tick() {
            if let state = board.withLock({ $0.state }), !progress(.searching(state)) { board.withLock { $0.stop() } }
        }
        WorkerThreads.run(options.parallel) { worker in
            TrialBoard.work(worker, on: board) {}
        } caller: {
            TrialBoard.work(0, on: board, tick)
            while board.wait(until: { $0.isIdle }, atMost: 200, then: { _ in true }) == nil { tick() }
        }
        return try board.withLock { (board) throws(TuneError) in
            self = board.run
            if let failure = board.failure { throw failure }
            return board.end ?? .done
        }
    }

    /// What to try next while other trials are under way.
    fileprivate func proposal(besides pending: [TrialSettings]) -> Search.Proposal? {
        search.next(besides: pending).flatMap { TunedLoss(rawValue: $0.settings.loss) == nil ? nil : $0 }
    }

    /// Whether the time is over; the first trial has all that it takes.
    fileprivate var isOver: Bool { options.timeLimit.map { elapsed >= $0 && !trials.isEmpty } ?? false }

    /// Whether a training goes on after a point of its curve.
    fileprivate func goesOn(_ proposal: Search.Proposal, after point: Trial.Point, of epochs: [Int]) -> Bool {
        // What is there to start with is measured to its end.
        !options.stopsEarly || proposal.origin == .start
            || !halving.isBehind(proposal.settings.loss, at: point.epochs, of: epochs, value: point.value)
    }

    /// Trains and measures; uses what does not change while trials are made.
    fileprivate func outcome(
        of proposal: Search.Proposal, goesOn: (Trial.Point, [Int]) -> Bool, progress: (Double) -> Bool
    ) throws(TuneError) -> TrialTraining.Outcome {
        let epochs = TunedLoss(rawValue: proposal.settings.loss).map(space.epochs) ?? []
        return try training.run(
            proposal.settings, epochs: epochs, on: likes.train, measuredWith: likes.validation, goesOn: { goesOn($0, epochs) },
            progress: progress)
    }

    /// Keeps a trial that has ended; trials are numbered in the order in which they end.
    fileprivate mutating func add(_ proposal: Search.Proposal, _ outcome: TrialTraining.Outcome, seconds: Double) throws(TuneError) {
        var (curve, failure, stop): ([Trial.Point], String?, Trial.Stop?) = ([], nil, nil)
        switch outcome {
        case .finished(let points, _, let reason): (curve, stop) = (points, reason)
        case .failed(let words): failure = words
        case .stopped: return
        }
        let trial = Trial(
            study: study.number, number: UInt64(trials.count + 1), settings: proposal.settings, origin: proposal.origin, curve: curve,
            failure: failure, stop: stop, seconds: seconds)
        let isKept: Bool
        do { isKept = try Studies(store).add(trial) } catch { throw .store(error) }
        guard isKept else { throw .studyInUse(study.number) }
        trials.append(trial)
        search.tell(trial, &halving)
    }

    /// - Parameter fractions: of the trials under way.
    fileprivate func state(_ fractions: [Double], of wanted: Int) -> TuneState {
        let (done, begun) = (Double(trials.count - earlier), fractions.reduce(0, +))
        var left: Double?
        if done > 0, wanted < .max { left = elapsed / (done + begun) * max(Double(wanted - trials.count) - begun, 0) }
        if let limit = options.timeLimit { left = min(left ?? .infinity, max(limit - elapsed, 0)) }
        return TuneState(
            study: study.number, trial: trials.count + 1, underWay: fractions.count, trials: wanted < .max ? wanted : nil,
            fraction: begun / Double(max(fractions.count, 1)), best: best.flatMap { trial in trial.best.map { ($0.value, trial.number) } },
            secondsLeft: left)
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

/// What the threads of a search share: the search, and what each of them trains.
private struct TrialBoard {
    private(set) var run: StudyRun
    private let wanted: Int
    private var underWay: [Int: (proposal: Search.Proposal, fraction: Double)] = [:]
    /// Why no further trial is begun; nil while there may be more.
    private(set) var end: StudyRun.End?
    private(set) var failure: TuneError?

    init(_ run: StudyRun, wanted: Int) { (self.run, self.wanted) = (run, wanted) }

    /// Whether no thread trains.
    var isIdle: Bool { underWay.isEmpty }

    /// How far the trials are; nil when they have ended.
    var state: TuneState? { end == nil ? run.state(underWay.values.map(\.fraction), of: wanted) : nil }

    /// Makes trials until there are no more to make.
    ///
    /// - Parameter tick: called while a trial goes on, and after it.
    static func work(_ worker: Int, on board: Monitor<TrialBoard>, _ tick: () -> Void) {
        while let proposal = board.withLock({ $0.take(worker) }) {
            let run = board.withLock { $0.run }
            let (clock, start) = (ContinuousClock(), ContinuousClock.now)
            let outcome: Result<TrialTraining.Outcome, TuneError>
            do throws(TuneError) {
                outcome = .success(
                    try run.outcome(of: proposal) { point, epochs in
                        board.withLock { $0.run.goesOn(proposal, after: point, of: epochs) }
                    } progress: { fraction in
                        board.withLock { $0.note(worker, fraction) }
                        tick()
                        return board.withLock { $0.end == nil }
                    })
            } catch {
                outcome = .failure(error)
            }
            let seconds = (clock.now - start) / .seconds(1)
            board.withLock { $0.finish(worker, outcome, seconds: seconds) }
            tick()
        }
    }

    mutating func stop() { if end == nil { end = run.trials.count < wanted ? .stopped : .done } }

    private mutating func take(_ worker: Int) -> Search.Proposal? {
        if end == nil, run.isOver { end = .done }
        guard end == nil, run.trials.count + underWay.count < wanted else { return nil }
        guard let proposal = run.proposal(besides: underWay.sorted { $0.key < $1.key }.map(\.value.proposal.settings)) else {
            // What others train may be all that was left.
            if underWay.isEmpty { end = .exhausted }
            return nil
        }
        underWay[worker] = (proposal, 0)
        return proposal
    }

    private mutating func note(_ worker: Int, _ fraction: Double) {
        underWay[worker]?.fraction = fraction
        if end == nil, run.isOver { end = .done }
    }

    private mutating func finish(_ worker: Int, _ outcome: Result<TrialTraining.Outcome, TuneError>, seconds: Double) {
        guard let (proposal, _) = underWay.removeValue(forKey: worker), failure == nil else { return }
        do throws(TuneError) {
            try run.add(proposal, outcome.get(), seconds: seconds)
        } catch {
            (failure, end) = (error, .stopped)
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
