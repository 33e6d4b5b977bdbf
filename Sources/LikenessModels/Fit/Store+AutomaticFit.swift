import LMDB
import LikenessEvaluation
import LikenessFormat
public import LikenessStore
import LikenessTraining

extension Store {
    /// Chooses how to fit by what ranks held-out likes best, then learns a model of all likes so and publishes it as a version.
    ///
    /// Some likes of some users are held out; least squares and the softmax of cosines, each with the pull to features and without, train on
    /// the others. The first of them, the default, stays unless another one leads it by more than noise. The version and the report say what was
    /// measured.
    ///
    /// - Parameter progress: called several times a second; returns false to stop, and then nothing is published.
    /// - Throws: `FitError`; then nothing is published.
    /// - Complexity: up to two fits by least squares and two by the softmax more than a fit, and for each of them O(held-out users × items ×
    ///   components): some five fits by the softmax in all.
    @discardableResult
    public func fit(
        _ options: AutomaticFitOptions, progress: (FitProgress) -> Bool = { _ in true }
    ) throws(FitError) -> FitReport {
        let clock = ContinuousClock()
        let start = clock.now
        let selection = try select(options, progress)
        var chosen = options.options(selection.candidates[selection.chosen])
        chosen.selection = selection
        var report = try fit(chosen, progress: progress)
        report.totalSeconds = (clock.now - start) / .seconds(1)
        return report
    }
}

extension StoreReader {
    /// Measures the candidates of a fit, and chooses one.
    package func select(_ options: AutomaticFitOptions, _ progress: (FitProgress) -> Bool) throws(FitError) -> FitSelection {
        do {
            try options.shared.settings.validate()
            try options.softmax.validate()
        } catch {
            throw FitError(error)
        }
        let clock = ContinuousClock()
        let start = clock.now
        if !progress(.reading) { throw .stopped(epoch: 0) }
        var widest = options.shared
        widest.softmax = options.softmax
        let data = try trainingSet(widest)
        let hasFeatures = data.itemFeatures.contains { !$0.isEmpty } || data.userFeatures.contains { !$0.isEmpty }
        var selection = FitSelection(
            metric: "ndcg@\(options.k)", seed: options.shared.settings.seed, candidates: options.candidates(hasFeatures: hasFeatures))
        guard let (train, held, likes) = try holdOut(data, options) else { return selection }
        selection.heldOutLikes = likes
        var reports: [EvaluationReport?] = []
        for place in selection.candidates.indices {
            let begin = clock.now
            let candidate = selection.candidates[place]
            let outcome = try measure(options, candidate, train, held) { fraction in
                progress(.choosing(candidate: place + 1, of: selection.candidates.count, name: candidate.name, fraction: fraction))
            }
            selection.candidates[place].seconds = (clock.now - begin) / .seconds(1)
            switch outcome {
            case .success(let report):
                selection.candidates[place].value = report.means.ndcg
                selection.users = report.users
                reports.append(report)
            case .failure(let error):
                selection.candidates[place].failure = error.words
                reports.append(nil)
            }
        }
        if selection.users == 0, reports.contains(where: { $0 != nil }) {
            for place in selection.candidates.indices { selection.candidates[place].value = nil }
            return selection
        }
        let bootstrap = PairedBootstrap(seed: selection.seed)
        let intervals = reports.enumerated().map { place, report -> ClosedRange<Double>? in
            guard place > 0, let first = reports[0], let report, report.userIndices == first.userIndices else { return nil }
            return bootstrap.intervals(of: [zip(report.perUser, first.perUser).map { $0.ndcg - $1.ndcg }])[0]
        }
        selection.choose(intervals)
        selection.seconds = (clock.now - start) / .seconds(1)
        return selection
    }

    /// Holds likes out; nil if too few users have enough of them.
    func holdOut(
        _ data: TrainingSet, _ options: AutomaticFitOptions
    ) throws(FitError) -> (train: TrainingSet, held: HeldOutLikes, likes: Int)? {
        let likes = (0..<data.opinions.count).filter { !data.isDislike($0) }
        if likes.isEmpty { throw .noLikes }
        do {
            let split = Split.heldOut(
                k: options.heldOut, fraction: options.fraction ?? TuneOptions.fraction(of: data, heldOut: options.heldOut))
            let places = try split.testPositions(
                users: likes.map { data.opinions.users[$0] }, items: likes.map { data.opinions.items[$0] },
                seed: options.shared.settings.seed)
            if places.isEmpty { return nil }
            let positions = places.map { likes[$0] }
            let train = data.without(positions)
            return (train, try HeldOutLikes(positions, of: data, besides: train), positions.count)
        } catch {
            throw .badOption(name: "heldOut", value: "\(options.heldOut)", rule: "\(error)")
        }
    }

    /// Why a candidate cannot be measured.
    private struct Failure: Error {
        let words: String
    }

    /// - Parameter progress: gets the share that is done; returns false to stop.
    /// - Throws: `FitError` for what no other candidate would mend.
    private func measure(
        _ options: AutomaticFitOptions, _ candidate: FitSelection.Candidate, _ train: TrainingSet, _ held: HeldOutLikes,
        _ progress: (Double) -> Bool
    ) throws(FitError) -> Result<EvaluationReport, Failure> {
        do throws(FitError) {
            var training = try StagedTraining(self, train, .leastSquares(options.options(candidate)))
            _ = try training.train(to: training.epochs) { event in
                guard case .training(let one, let all, let fraction, _, _) = event else { return true }
                return progress((Double(one - 1) + fraction) / Double(max(all, 1)))
            }
            let (users, items) = training.representations(ofUsers: held.rows)
            do throws(EvaluationError) {
                return .success(
                    try held.measure(
                        users: users, items: items, presentUsers: training.presentUsers, presentItems: training.presentItems,
                        k: options.k, threads: options.shared.settings.threads))
            } catch {
                return .failure(Failure(words: error.description))
            }
        } catch {
            switch error {
            case .diverged, .training, .notEnoughMemory: return .failure(Failure(words: error.description))
            default: throw error
            }
        }
    }
}
