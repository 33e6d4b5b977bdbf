import Foundation
import Likeness
import Testing

@testable import LikenessModels

@Suite struct TuneTests {
    /// A space of small trainings.
    private let small = TuneSpace([
        .als: [
            "components": .choice([.number(2), .number(4), .number(8)]), "regularization": .range(from: 1e-4, to: 1, isLogarithmic: true),
            "epochs": .choice([.number(1), .number(3)]),
        ]
    ])

    private func options(trials: Int, _ change: (inout TuneOptions) -> Void = { _ in }) -> TuneOptions {
        var options = TuneOptions()
        options.trials = trials
        options.space = small
        options.initialTrials = 3
        options.heldOut = 3
        options.fraction = 0.5
        options.metric = TuneMetric("ndcg@4")
        options.stopsEarly = false
        change(&options)
        return options
    }

    private func failure(_ store: Store, _ options: TuneOptions) -> String {
        do {
            try store.tune(options)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `A search keeps every trial, tests the best with likes that none has seen, and publishes nothing`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(options(trials: 7))
        #expect(report.trials.map(\.number) == Array(1...7) && report.trials.allSatisfy { $0.curve.map(\.epochs) == [1, 3] })
        let origins: [Trial.Origin] = [.start, .random, .random, .random, .model, .model, .model]
        #expect(report.trials.map(\.origin) == origins)
        #expect(Set(report.trials.map(\.settings)).count == 7 && !report.isStopped && !report.isExhausted)
        // The defaults come first, as near as the space has them.
        #expect(report.trials[0].settings.values == ["components": .number(8), "regularization": .number(0.008)])
        let best = try #require(report.best)
        #expect(report.trials.allSatisfy { ($0.best?.value ?? 0) <= (best.best?.value ?? 0) })
        #expect(report.ranked.first == best && report.ranked.count == 7)
        let test = try #require(report.study.test)
        #expect(test.trial == best.number && test.reads == 1 && test.users == 30 && test.best > 0.1 && test.standard != nil)
        #expect(try #require(test.low) <= test.best - #require(test.standard))
        let command = try #require(report.command)
        #expect(command.hasPrefix("likeness fit --loss als --components ") && command.contains(" --epochs \(best.best?.epochs ?? 0) "))
        #expect(try store.versions().isEmpty && store.verify().isSound)
        // What was looked up is what was told.
        let again = try store.study()
        #expect(again.study == report.study && again.trials == report.trials && again.command == command)
        #expect(try store.studies().map(\.study.number) == [1])
    }

    @Test func `A trial's value is what a fit and an evaluation by hand say of the same likes`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(options(trials: 2) { $0.initialTrials = 5 })
        let trial = report.trials[1]
        // The same split once more, through the parts.
        let data = try store.reading { transaction in try TrainingSet(store, in: transaction, readsFeatures: true) }
        let likes = try StudyLikes(data, report.study)
        #expect(likes.train.opinions.count == 60 * 12 - 2 * 30 * 3 && likes.trainOfTest.opinions.count == 60 * 12 - 30 * 3)
        let (train, trainOfTest) = (HandMadeTrial.pairs(likes.train), HandMadeTrial.pairs(likes.trainOfTest))
        #expect(train.isSubset(of: trainOfTest) && trainOfTest.isSubset(of: HandMadeTrial.pairs(data)))
        let byHand = try HandMadeTrial(
            folder, data, train: likes.train, others: HandMadeTrial.pairs(data).subtracting(trainOfTest))
        for point in trial.curve {
            var fit = LeastSquaresFitOptions()
            fit.settings.components = Int(trial.settings.values["components"]?.number ?? 0)
            fit.settings.regularization = Float(trial.settings.values["regularization"]?.number ?? 0)
            fit.settings.iterations = point.epochs
            let value = try byHand.ndcg(fit, k: 4)
            #expect(abs(value - point.value) < 0.01, "\(value) \(point.value)")
        }
    }

    @Test func `A search that goes on ends as one that was never cut off, and likes that came later have no part in it`() throws {
        let folder = try TemporaryFolder()
        let whole = try folder.plantedStore()
        let expected = try whole.tune(options(trials: 6) { $0.initialTrials = 6 })
        let other = try TemporaryFolder()
        let store = try other.plantedStore()
        // Stopped in the third trial.
        let stopped = try store.tune(options(trials: 6) { $0.initialTrials = 6 }) { progress in
            if case .searching(let state) = progress, state.fraction > 0, state.trial > 2 { return false }
            return true
        }
        #expect(stopped.isStopped && stopped.trials.count == 2 && stopped.study.test == nil && stopped.command != nil)
        try store.ingestLikes(from: other.write("uid,mid\n" + (0..<9).map { "late,i\($0)\n" }.joined(), to: "late.csv"))
        let report = try store.tune(resuming(trials: 6))
        #expect(
            report.trials.map(\.settings) == expected.trials.map(\.settings) && report.trials.map(\.curve) == expected.trials.map(\.curve))
        #expect(report.study.test == expected.study.test)
        // Nothing is left to do, and the test likes are not looked at again.
        let idle = try store.tune(resuming(trials: 3))
        #expect(idle.trials == report.trials && idle.study.test?.reads == 1)
    }

    private func resuming(trials: Int?) -> TuneOptions {
        var options = TuneOptions()
        options.trials = trials
        options.resumes = .newest
        options.stopsEarly = false
        return options
    }

    @Test func `A study does not go on as another one`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        #expect(failure(store, resuming(trials: 3)).contains("no studies yet"))
        try store.tune(options(trials: 1))
        func differing(_ change: (inout TuneOptions) -> Void) -> String {
            var options = resuming(trials: 2)
            change(&options)
            return failure(store, options)
        }
        #expect(differing { $0.space = TuneSpace([.als]) }.contains("study 1 has the space that it began with"))
        #expect(differing { $0.losses = [.warp] }.contains("losses als, and cannot go on with warp"))
        #expect(differing { $0.metric = TuneMetric("auc") }.contains("metric ndcg@4, and cannot go on with auc@5"))
        #expect(differing { $0.seed = 2 }.contains("seed 1"))
        #expect(differing { $0.heldOut = 4 }.contains("likes held out 3"))
        #expect(differing { $0.starts = [TrialSettings(loss: "als")] }.contains("settings to start with"))
        #expect(differing { $0.resumes = .number(4) }.contains("no study 4; the newest is 1"))
        #expect(try store.study().trials.count == 1)
        #expect(
            differing {
                $0.space = small; $0.seed = 1; $0.metric = TuneMetric("ndcg@4")
            } == "")
        #expect(try store.study().trials.count == 2)
    }

    @Test func `Two studies of one store do not disturb each other, and two processes on one study are told apart`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var second: StudyReport?
        let first = try store.tune(options(trials: 3)) { progress in
            if case .searching(let state) = progress, state.trial == 2, second == nil {
                second = try? store.tune(options(trials: 2) { $0.seed = 5 })
            }
            return true
        }
        #expect(first.study.number == 1 && first.trials.count == 3 && second?.study.number == 2 && second?.trials.count == 2)
        let report = failure(store, resuming(trials: 4)) { store in
            // Another process is faster.
            try store.tune(resuming(trials: 3))
        }
        #expect(report.contains("another process goes on with study 2"), "\(report)")
        #expect(try store.study().trials.count == 3 && store.verify().isSound)
    }

    private func failure(_ store: Store, _ options: TuneOptions, meanwhile: (Store) throws -> StudyReport) -> String {
        var isDone = false
        do {
            _ = try store.tune(options) { (progress: TuneProgress) -> Bool in
                if case .searching(let state) = progress, state.fraction > 0, !isDone {
                    isDone = true
                    _ = try? meanwhile(store)
                }
                return true
            }
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `Trainings that diverge count as worst and are kept with their reason`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(
            options(trials: 8) {
                $0.space = TuneSpace([
                    .bpr: [
                        "components": .choice([.number(4)]), "learning-rate": .choice([.number(0.05), .number(1e30), .number(1e35)]),
                        "epochs": .choice([.number(2)]), "user-regularization": .range(from: 0, to: 1e-6),
                    ]
                ])
            })
        let failed = report.trials.filter { $0.best == nil }
        #expect(report.trials.count == 8 && !failed.isEmpty && failed.count < 8, "\(failed.count)")
        #expect(failed.allSatisfy { $0.failure?.contains("diverged") == true && ($0.settings.values["learning-rate"]?.number ?? 0) > 1 })
        #expect(report.best?.settings.values["learning-rate"] == .number(0.05) && report.study.test != nil)
        #expect(report.ranked.suffix(failed.count).allSatisfy { $0.best == nil })
    }

    @Test func `Several losses are searched together, and epochs are read from one training`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(
            options(trials: 6) {
                $0.space = nil
                $0.losses = [.als, .warpKOS]
                $0.starts = [TrialSettings(loss: "warp-kos", values: ["components": .number(32), "learning-rate": .number(0.1)])]
            })
        #expect(report.trials.prefix(3).map(\.settings.loss) == ["warp-kos", "als", "warp-kos"])
        #expect(report.trials[0].settings.values["learning-rate"] == .number(0.1))
        #expect(report.trials[2].settings.values["learning-rate"] == .number(0.05))
        #expect(report.trials[1].curve.map(\.epochs) == [4, 6, 8, 12, 16] && report.trials[0].curve.count == 7)
    }

    @Test func `The best settings are trained on everything and published, as the command says`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(
            options(trials: 4) {
                $0.publishes = true
                $0.alias = "tuned"
                $0.note = "searched"
            })
        let published = try #require(report.published)
        let summary = try store.summary(of: .alias("tuned"))
        #expect(published.likes == 720 && summary.version == published.version && summary.note == "searched")
        let best = try #require(report.best)
        #expect(Double(summary.components) == best.settings.values["components"]?.number && summary.epochs == best.best?.epochs)
        #expect(summary.leastSquares.map { "\($0.regularization)" } == best.settings.values["regularization"].map { "\($0)" })
    }

    @Test func `Trainings that fall behind are ended early, those to start with never, and the search goes on as if they had not been`()
        throws
    {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        func search(stopsEarly: Bool) throws -> StudyReport {
            try store.tune(
                options(trials: 16) {
                    $0.initialTrials = 16
                    $0.stopsEarly = stopsEarly
                })
        }
        let (report, whole) = (try search(stopsEarly: true), try search(stopsEarly: false))
        #expect(report.trials.map(\.settings) == whole.trials.map(\.settings) && whole.trials.allSatisfy { $0.stop == nil })
        let stopped = report.trials.filter { $0.stop == .behind }
        #expect((2...11).contains(stopped.count) && stopped.allSatisfy { $0.curve.map(\.epochs) == [1] && $0.number > 5 })
        for (trial, full) in zip(report.trials, whole.trials) {
            #expect(Array(full.curve.prefix(trial.curve.count)) == trial.curve)
            let before = whole.trials.prefix(Int(trial.number) - 1).map { $0.curve[0].value }.sorted()
            guard before.count >= 5 else { continue }
            let median = (before[before.count / 2] + before[(before.count - 1) / 2]) / 2
            #expect((trial.stop == .behind) == (trial.curve[0].value < median), "trial \(trial.number)")
        }
        #expect(try store.study(.number(1)).trials == report.trials)
    }

    @Test func `Some trials at a time are those of one at a time where they are at random, numbered as they end`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        func search(_ parallel: Int, trials: Int = 9) throws -> StudyReport {
            try store.tune(
                options(trials: trials) {
                    ($0.initialTrials, $0.parallel, $0.threads) = (trials, parallel, 2)
                })
        }
        let one = try search(1)
        let curves = Dictionary(uniqueKeysWithValues: one.trials.map { ($0.settings, $0.curve) })
        for parallel in [2, 3, 16] {
            var most = 0
            let several = try store.tune(
                options(trials: 9) {
                    ($0.initialTrials, $0.parallel) = (9, parallel)
                }
            ) { progress in
                if case .searching(let state) = progress { most = max(most, state.underWay) }
                return true
            }
            #expect(several.trials.map(\.number) == Array(1...9) && most <= parallel)
            #expect(Set(several.trials.map(\.settings)) == Set(one.trials.map(\.settings)))
            #expect(several.trials.allSatisfy { curves[$0.settings] == $0.curve })
            #expect(several.best?.best?.value == one.best?.best?.value && several.study.test?.users == 30)
        }
        // Guided ones are others, none of them twice.
        let guided = try store.tune(options(trials: 12) { ($0.initialTrials, $0.parallel) = (2, 4) })
        #expect(Set(guided.trials.map(\.settings)).count == 12 && guided.trials.contains { $0.origin == .model })
        // Fewer trials than could be made at a time, and a space that ends.
        #expect(try search(8, trials: 2).trials.count == 2)
        let narrow = try store.tune(
            options(trials: 20) {
                $0.space = TuneSpace([.als: ["components": .choice([.number(2), .number(3)]), "epochs": .choice([.number(1)])]])
                $0.parallel = 5
            })
        #expect(narrow.trials.count == 2 && narrow.isExhausted && !narrow.isStopped)
        #expect(failure(store, options(trials: 1) { $0.parallel = 0 }).contains("parallel is 0"))
        #expect(try store.verify().isSound)
    }

    @Test func `A search that is stopped with trials under way keeps the others, and goes on with as many trials at a time as it is told`()
        throws
    {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let stopped = try store.tune(options(trials: 100_000) { ($0.initialTrials, $0.parallel) = (100_000, 3) }) { progress in
            if case .searching(let state) = progress { return state.trial <= 4 }
            return true
        }
        let count = stopped.trials.count
        #expect(stopped.isStopped && (4..<100_000).contains(count) && stopped.study.test == nil)
        var resumed = resuming(trials: count + 6)
        resumed.parallel = 2
        let report = try store.tune(resumed)
        #expect(Array(report.trials.prefix(stopped.trials.count)) == stopped.trials && report.trials.count == count + 6)
        #expect(Set(report.trials.map(\.settings)).count == count + 6 && report.study.test != nil)
        // Another process is faster here too.
        let other = failure(store, resuming(trials: count + 8)) { store in try store.tune(resuming(trials: count + 7)) }
        #expect(other.contains("another process goes on with study 1"), "\(other)")
        let over = try store.tune(
            options(trials: 50) {
                ($0.timeLimit, $0.parallel) = (1e-6, 3)
            })
        #expect((1...3).contains(over.trials.count) && !over.isStopped)
    }

    @Test func `A plot has the best so far and each setting, and a study without trials has one too`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(
            options(trials: 5) {
                $0.space = TuneSpace([
                    .als: [
                        "components": .choice([.number(2), .number(4)]), "features": .choice([.name("tfidf"), .name("none")]),
                        "regularization": .range(from: 0.001, to: 1, isLogarithmic: true), "epochs": .choice([.number(1)]),
                    ]
                ])
            })
        let svg = try report.svg()
        for text in [
            "best so far, by trial", "best so far, by time", "components", "regularization", "features", "tfidf", "none", "expected ndcg@4",
        ] {
            #expect(svg.contains(">\(text)</text>"), "\(text)")
        }
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        #expect(try StudyReport(report.study, []).svg().contains("best so far"))
    }

    @Test func `A search starts from the best of an earlier one, as far as its space has them`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let first = try store.tune(options(trials: 8))
        let second = try store.tune(
            options(trials: 7) {
                $0.startsFrom = .number(1)
                $0.starts = [TrialSettings(loss: "als", values: ["components": .number(4), "regularization": .number(0.5)])]
            })
        let best = first.ranked.prefix(5).map(\.settings)
        #expect(
            Array(second.trials.map(\.settings)[1...5]) == Array(best) && second.trials[0].settings.values["regularization"] == .number(0.5)
        )
        let narrow = try store.tune(
            options(trials: 2) {
                $0.startsFrom = .newest
                $0.space = TuneSpace([.als: ["components": .choice([.number(3)]), "epochs": .choice([.number(1)])]])
            })
        #expect(narrow.study.starts.count == 1 && narrow.trials.count == 1 && narrow.isExhausted)
        #expect(failure(store, options(trials: 1) { $0.startsFrom = .number(9) }).contains("no study 9"))
        #expect(failure(store, resuming(trials: 20).starting(from: .number(1))).contains("settings to start with"))
    }

    @Test func `Half of few users are searched by, and a fifth of many`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(
            options(trials: 1) {
                $0.fraction = nil
            })
        #expect(report.study.fraction == 0.5 && report.study.test?.users == 30)
        func fraction(users: Int) throws -> Double {
            let folder = try TemporaryFolder()
            let store = try folder.plantedStore(users: users)
            let data = try store.reading { transaction in try TrainingSet(store, in: transaction, readsFeatures: true) }
            return TuneOptions.fraction(of: data, heldOut: 5)
        }
        #expect(try fraction(users: 2_000) == 0.25 && fraction(users: 6_000) == 0.2 && fraction(users: 1_200) == 0.42)
    }

    @Test func `A space is searched to its end`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.tune(
            options(trials: 20) {
                $0.space = TuneSpace([.als: ["components": .choice([.number(2), .number(3)]), "epochs": .choice([.number(1)])]])
            })
        #expect(report.trials.count == 2 && report.isExhausted && !report.isStopped && report.study.test != nil)
    }

    @Test func `What cannot be searched is refused with words`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        func space(_ text: String) throws -> String {
            let file = try folder.write(text, to: "space.json")
            do {
                _ = try TuneSpace(contentsOf: file)
                return ""
            } catch {
                return "\(error)"
            }
        }
        for (text, words) in [
            (#"{"als": {"regularization": {"from": 2, "to": 1}}}"#, "from 2 to 1"),
            (#"{"als": {"regularization": {"from": 0, "to": 1, "scale": "log"}}}"#, "start above 0"),
            (#"{"als": {"regularization": {"from": 0, "to": 1, "scale": "cubic"}}}"#, "als.regularization"),
            (#"{"als": {"regularization": {"from": -1, "to": 1}}}"#, "regularization is -1"),
            (#"{"als": {"learning-rate": [0.1]}}"#, "als has no setting 'learning-rate'"),
            (#"{"als": {"components": [64.5]}}"#, "a whole number"), (#"{"als": {"components": []}}"#, "no values"),
            (#"{"als": {"components": ["many"]}}"#, "must be a number"), (#"{"als": {"components": [0]}}"#, "components is 0"),
            (#"{"als": {"features": ["bm25"]}}"#, "one of"), (#"{"als": {"components": [8, 8]}}"#, "twice"),
            (#"{"als": {"epochs": [0]}}"#, "at least 1"), (#"{"als": {"components": true}}"#, "als.components"),
            (#"{"als": {"components": 1e400}}"#, "als.components"), (#"{"als": {"components": [4611686018427387904]}}"#, "components"),
            (#"{"als": {"epochs": {"from": 1, "to": 1e300}}}"#, "too large"), (#"{"svm": {}}"#, "no loss 'svm'"),
            ("{}", "nothing to search"),
            ("[1]", "JSON object"), ("{", "JSON"), ("", "JSON"),
        ] {
            let found = try space(text)
            #expect(!found.isEmpty && found.contains(words), "\(text): \(found)")
        }
        #expect(failure(store, options(trials: 0)).contains("trials is 0"))
        #expect(failure(store, options(trials: 1) { $0.timeLimit = -1 }).contains("time is -1"))
        #expect(failure(store, options(trials: 1) { $0.fraction = 0 }).contains("fraction is 0"))
        #expect(failure(store, options(trials: 1) { $0.heldOut = 40 }).contains("no likes can be held out to test with"))
        #expect(failure(store, options(trials: 1) { $0.minimumUserLikes = 12 }).contains("--min-user-likes"))
        #expect(failure(store, options(trials: 1) { $0.losses = [.warp] }).contains("the space is one of als"))
        #expect(failure(store, options(trials: 1) { $0.starts = [TrialSettings(loss: "bpr")] }).contains("bpr is not searched"))
        let start = TrialSettings(loss: "als", values: ["components": .number(5)])
        #expect(failure(store, options(trials: 1) { $0.starts = [start] }).contains("components is 5"))
        #expect(
            failure(
                store,
                options(trials: 1) {
                    $0.space = nil; $0.losses = [.logistic]
                }
            ).contains("logistic loss"))
        #expect(failure(try Store.create(at: folder.path + "/empty"), options(trials: 1)).contains("no likes"))
        #expect(
            TuneMetric("catalogueCoverage") == nil && TuneMetric("ndcg@0") == nil && TuneMetric("best@5") == nil && TuneMetric("") == nil)
        #expect(TuneMetric("auc")?.description == "auc@5" && TuneMetric("recall@20")?.k == 20)
    }

    @Test func `One value, and ranges of epochs, are as good as lists`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            #"{"als": {"components": 8, "epochs": {"from": 1, "to": 30}}, "warp": {"epochs": {"from": 2, "to": 4}, "schedule": "adadelta"}}"#,
            to: "space.json")
        let space = try TuneSpace(contentsOf: file)
        #expect(space.epochs(.als) == [3, 6, 9, 12, 15, 18, 21, 24, 27, 30] && space.epochs(.warp) == [2, 3, 4])
        #expect(space.epochs(.bpr) == [30] && space.losses == [.als, .warp])
        let again = try JSONDecoder().decode(TuneSpace.self, from: JSONEncoder().encode(space))
        #expect(again == space)
        #expect(try space.searchSpace().branches.map(\.name) == ["als", "warp"])
        // Every default space can be searched, and its start has every setting in it.
        for hasFeatures in [true, false] {
            let all = TuneSpace(TunedLoss.allCases, hasFeatures: hasFeatures)
            let searched = try all.searchSpace()
            for loss in TunedLoss.allCases { #expect(searched.fault(of: all.start(loss, in: searched)) == nil) }
        }
        // Every setting of every loss reaches the options, and its default is what the options have.
        for loss in TunedLoss.allCases {
            for name in loss.settings.keys {
                guard let standard = loss.standard(name) else { continue }
                #expect(loss.fault(name, standard) == nil, "\(loss) \(name) \(standard)")
            }
        }
    }
}

extension TuneOptions {
    fileprivate func starting(from study: StudyReference) -> TuneOptions {
        var options = self
        options.startsFrom = study
        return options
    }
}
