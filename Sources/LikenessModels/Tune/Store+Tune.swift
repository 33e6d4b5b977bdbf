import LMDB
import LikenessFormat
public import LikenessStore
import LikenessTraining
import LikenessTuning

extension Store {
    /// Searches for settings that rank held-out likes best, and keeps every trial that ends.
    ///
    /// The likes are split in three: trials train on some and are measured with others, and the best settings are tested in the end with
    /// likes that no trial has seen. Likes and queries go on meanwhile; the study knows the likes of the moment when it began.
    ///
    /// ```swift
    /// var options = TuneOptions()
    /// options.trials = 20
    /// let report = try store.tune(options)
    /// ```
    ///
    /// - Parameter progress: called several times a second; returns false to stop. Trials that have ended are kept, and the study can go on.
    /// - Throws: `TuneError`; trials that have ended are kept.
    /// - Complexity: trials × (a fit, and for each point of its curve O(held-out users × items × components)).
    @discardableResult
    public func tune(
        _ options: TuneOptions = TuneOptions(), progress: (TuneProgress) -> Bool = { _ in true }
    ) throws(TuneError) -> StudyReport {
        let clock = ContinuousClock()
        let start = clock.now
        try options.check()
        if options.publishes, let alias = options.alias {
            do { try catalog.checkName(alias) } catch { throw .store(error) }
        }
        _ = progress(.reading)
        var run = try studyRun(options)
        let end = try run.makeTrials(progress)
        var isStopped = end == .stopped
        if !isStopped { isStopped = try !run.test(progress) }
        var report = StudyReport(run.study, run.trials)
        report.isExhausted = end == .exhausted
        if options.publishes, !isStopped, let best = run.best {
            do {
                report.published = try publish(best, of: run.study, options, progress)
            } catch FitError.stopped {
                isStopped = true
            } catch let error as FitError {
                throw .fit(error)
            } catch {
                throw .evaluation("\(error)")
            }
        }
        report.isStopped = isStopped
        report.seconds = (clock.now - start) / .seconds(1)
        return report
    }

    /// Reads the likes, and begins a study or finds the one to go on with.
    private func studyRun(_ options: TuneOptions) throws(TuneError) -> StudyRun {
        guard let reference = options.resumes else {
            let (data, need) = try trainingSet(through: nil)
            var earlier: [TrialSettings] = []
            if let other = options.startsFrom { earlier = try self.study(other).ranked.prefix(5).filter { $0.best != nil }.map(\.settings) }
            let study = try options.study(data, earlier: earlier, creator: options.creator, now: now())
            let space = try options.chosenSpace(data)
            // Everything that can be wrong is found before the store is written.
            var run = try StudyRun(self, study, space, [], data, need, options)
            do { run.begin(try Studies(self).begin(study)) } catch { throw .store(error) }
            return run
        }
        let found = try self.study(reference)
        let study = found.study
        guard let space = study.space.decoded(as: TuneSpace.self) else {
            throw .badOption(
                name: "study", value: "\(study.number)", rule: "its space was written by a build that this one does not understand")
        }
        try options.check(against: study, space)
        let (data, need) = try trainingSet(through: study.watermark)
        if data.watermark < study.watermark { throw .likesMissing(study.number) }
        return try StudyRun(self, study, space, found.trials, data, need, options)
    }

    private func trainingSet(through watermark: SequenceNumber?) throws(TuneError) -> (TrainingSet, MemoryNeed) {
        do {
            return try reading { transaction in
                let need = try MemoryNeed(self, readsFeatures: true, in: transaction)
                // The likes as read, those of trials and those of the test, and a fit on top.
                let copies = 3 * 13 * need.size.entries
                try MemoryNeed.check(needed: need.bytes(LeastSquaresSettings()) + copies, limits: MemoryLimits())
                return (try TrainingSet(self, in: transaction, readsFeatures: true, through: watermark), need)
            }
        } catch {
            throw .fit(error)
        }
    }

    private func publish(
        _ best: Trial, of study: Study, _ options: TuneOptions, _ progress: (TuneProgress) -> Bool
    ) throws -> FitReport? {
        guard let loss = TunedLoss(rawValue: best.settings.loss), let epochs = best.best?.epochs else { return nil }
        let note = options.note ?? "settings of trial \(best.number) of study \(study.number)"
        switch TrialOptions(best.settings, loss, epochs: epochs).of(study, threads: options.threads) {
        case .leastSquares(var chosen):
            (chosen.alias, chosen.note, chosen.creator) = (options.alias, note, options.creator)
            return try fit(chosen, progress: { progress(.fitting($0)) })
        case .stepped(var chosen):
            (chosen.alias, chosen.note, chosen.creator) = (options.alias, note, options.creator)
            return try fit(chosen, progress: { progress(.fitting($0)) })
        }
    }
}

extension StoreReader {
    /// All studies with their trials, in the order in which they began.
    ///
    /// - Complexity: O(trials).
    public func studies() throws(StoreError) -> [StudyReport] {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var reports: [StudyReport] = []
            for study in try Studies(self).all(in: transaction) {
                reports.append(StudyReport(study, try Studies(self).trials(of: study.number, in: transaction)))
            }
            return reports
        }
    }

    /// A study and its trials.
    ///
    /// - Throws: `TuneError.noStudy` if there is none.
    public func study(_ reference: StudyReference = .newest) throws(TuneError) -> StudyReport {
        let found: Result<StudyReport, TuneError>
        do {
            found = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let studies = Studies(self)
                let newest = try studies.newest(in: transaction)
                var asked = newest
                if case .number(let number) = reference { asked = number }
                guard let asked, let study = try studies.study(asked, in: transaction) else {
                    return .failure(.noStudy(asked, newest: newest))
                }
                return .success(StudyReport(study, try studies.trials(of: asked, in: transaction)))
            }
        } catch {
            throw .store(error)
        }
        return try found.get()
    }
}
