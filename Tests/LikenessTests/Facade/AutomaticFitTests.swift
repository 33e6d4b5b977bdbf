import Likeness
import LikenessFormat
import Testing

@testable import LikenessModels

/// Fits that choose their settings by held-out likes.
@Suite struct AutomaticFitTests {
    private func options(_ change: (inout AutomaticFitOptions) -> Void = { _ in }) -> AutomaticFitOptions {
        var options = AutomaticFitOptions()
        options.shared.settings.components = 8
        (options.heldOut, options.fraction, options.k) = (3, 0.5, 4)
        options.softmax.epochs = 2
        change(&options)
        return options
    }

    @Test("Each candidate scores what a fit and an evaluation by hand say, and what is chosen is trained on everything")
    func byHand() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var seen: Set<String> = []
        let report = try store.fit(options()) { (progress: FitProgress) -> Bool in
            if case .choosing(let candidate, let count, let name, let fraction) = progress {
                #expect((1...count).contains(candidate) && count == 4 && (0...1).contains(fraction))
                seen.insert(name)
            }
            return true
        }
        let selection = try #require(report.selection)
        let names = ["als, feature pull 0.6", "als, feature pull 0.0", "softmax, feature pull 0.6", "softmax, feature pull 0.0"]
        #expect(selection.candidates.map(\.name) == names && seen == Set(names))
        #expect(selection.metric == "ndcg@4" && selection.users == 30 && selection.heldOutLikes == 90 && selection.seconds > 0)
        let data = try store.reading { transaction in try TrainingSet(store, in: transaction, readsFeatures: true) }
        let train = try #require(try store.holdOut(data, options())).train
        #expect(train.opinions.count == 720 - 90)
        let byHand = try HandMadeTrial(folder, data, train: train)
        for candidate in selection.candidates {
            var fit = LeastSquaresFitOptions()
            fit.settings.components = 8
            fit.settings.featurePull = candidate.featurePull
            if candidate.loss == "softmax" {
                fit.softmax = SoftmaxSettings()
                fit.softmax?.epochs = 2
                fit.settings.iterations = 6
            }
            let value = try byHand.ndcg(fit, k: 4)
            #expect(abs(value - (candidate.value ?? 0)) < 0.01, "\(candidate.name): \(value) \(candidate.value ?? 0)")
        }
        #expect(selection.candidates[0].low == nil && selection.candidates.dropFirst().allSatisfy { ($0.low ?? 1) <= ($0.high ?? 0) })
        let choice = try #require(selection.choice)
        #expect(report.loss == choice.loss && report.likes == 720 && report.alias == "production")
        let summary = try store.summary(of: .current)
        #expect(summary.selection == selection && summary.leastSquares?.featurePull == choice.featurePull)
        #expect(summary.softmax != nil || choice.loss == "als")
        // Threads change nothing but the time.
        let again = try store.select(options { $0.shared.settings.threads = 3 }) { _ in true }
        #expect(again.candidates.map(\.value) == selection.candidates.map(\.value) && again.chosen == selection.chosen)
        // A continuation has its parent's settings, and chose nothing.
        try store.ingestLikes(from: folder.write("uid,mid\nlate,i2\nlate,i4\n", to: "late.csv"))
        try store.fitPartial()
        #expect(try store.summary(of: .current).selection == nil && store.verify().isSound)
    }

    @Test("The first candidate stays unless others lead it by more than noise, and then the greatest of these is chosen")
    func rule() {
        func chosen(_ values: [Double?], _ intervals: [ClosedRange<Double>?]) -> (Int, FitSelection.Reason) {
            var selection = FitSelection(
                metric: "ndcg@10", seed: 1, candidates: values.map { _ in FitSelection.Candidate(loss: "als", featurePull: 0) })
            for (place, value) in values.enumerated() { selection.candidates[place].value = value }
            selection.choose(intervals)
            #expect(selection.choice == selection.candidates[selection.chosen])
            return (selection.chosen, selection.reason)
        }
        #expect(chosen([0.2, 0.3, 0.1], [nil, -0.01...0.2, -0.2 ... -0.1]) == (0, .noLeadBeyondNoise))
        #expect(chosen([0.2, 0.3, 0.1], [nil, 0.01...0.2, -0.2 ... -0.1]) == (1, .leads))
        #expect(chosen([0.2, 0.3, 0.4, 0.5], [nil, 0.01...0.2, 0.1...0.3, -0.1...0.7]) == (2, .leads))
        #expect(chosen([0.2, 0.3, 0.3], [nil, 0.01...0.2, 0.01...0.2]) == (1, .leads))
        #expect(chosen([0.2, 0.3], [nil, 0.0...0.2]) == (0, .noLeadBeyondNoise))
        #expect(chosen([nil, 0.1, nil, 0.2], [nil, nil, nil, nil]) == (3, .firstFailed))
        #expect(chosen([0.2, nil], [nil, nil]) == (0, .noLeadBeyondNoise))
        #expect(chosen([nil, nil], [nil, nil]) == (0, .noLeadBeyondNoise))
    }

    @Test("Without features there is no pull to choose, and with too few likes the defaults are taken")
    func few() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        let report = try store.fit(options { $0.shared.featureWeighting = .none })
        #expect(report.selection?.candidates.map(\.name) == ["als, feature pull 0.6", "softmax, feature pull 0.6"])
        let few = try store.fit(options { $0.heldOut = 40 })
        #expect(few.loss == "als" && few.likes == 720 && few.selection?.reason == .tooFewLikes && few.selection?.choice == nil)
        // Whose likes are held out is then not in the training.
        let none = try store.fit(
            options {
                $0.shared.minimumUserLikes = 12; $0.fraction = 0.1; $0.heldOut = 6
            })
        #expect(none.selection?.reason == .tooFewLikes && none.selection?.users == 0 && none.users == 60)
        #expect(try store.verify().isSound)
    }

    @Test("What cannot be chosen is said, and a choice that is stopped publishes nothing")
    func faults() throws {
        let folder = try TemporaryFolder()
        func failure(_ store: Store, _ options: AutomaticFitOptions, stopping: Bool = false) -> String {
            do {
                try store.fit(options) { (progress: FitProgress) -> Bool in
                    if case .choosing(2, _, _, _) = progress, stopping { return false }
                    return true
                }
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(failure(try Store.create(at: folder.path + "/empty"), options()).contains("no likes yet"))
        let store = try folder.plantedStore()
        #expect(failure(store, options { $0.shared.settings.components = 0 }).contains("components is 0"))
        #expect(failure(store, options { $0.softmax.temperature = 0 }).contains("temperature is 0"))
        #expect(failure(store, options { $0.heldOut = 0 }).contains("heldOut is 0"))
        #expect(failure(store, options { $0.fraction = 2 }).contains("heldOut is 3"))
        #expect(failure(store, options(), stopping: true).contains("stopped"))
        #expect(try store.versions().isEmpty && store.verify().isSound)
    }
}
