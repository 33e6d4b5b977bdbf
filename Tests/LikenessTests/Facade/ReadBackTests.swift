import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining
import Testing

@testable import Likeness
@testable import LikenessModels

/// What is published is what was trained, so that a continuation goes on as the trainer in memory would.
@Suite struct ReadBackTests {
    private func options(_ loss: Hyperparameters.Loss, _ schedule: Hyperparameters.Schedule) -> FitOptions {
        var options = FitOptions()
        options.hyperparameters.components = 12
        options.hyperparameters.epochs = 3
        options.hyperparameters.loss = loss
        options.hyperparameters.schedule = schedule
        return options
    }

    private func store(_ folder: TemporaryFolder) throws -> Store {
        let store = try folder.plantedStore()
        var dislikes = IngestOptions()
        dislikes.kind = .dislike
        let text = "mid|uid\n" + (0..<60).map { "i\(($0 + 1) % 40)|u\($0)\n" }.joined()
        try store.ingestLikes(from: folder.write(text, to: "dislikes.psv"), options: dislikes)
        return store
    }

    @Test(
        "A version read back is the model that was trained, bit for bit, with all that its optimiser needs to go on",
        arguments: Hyperparameters.Loss.allCases, Hyperparameters.Schedule.allCases)
    func readsBack(loss: Hyperparameters.Loss, schedule: Hyperparameters.Schedule) throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        let choice = options(loss, schedule)
        let run = try FitRun(store, try store.trainingSet(choice), choice)
        let trained = try run.train(run.freshModel(), state: nil, epochs: 3) { _ in true }
        let manifest = try run.publish(trained, in: store, alias: run.gate(trained, nil, isForced: false), note: nil, creator: "tester")
            .manifest
        let model = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try ModelReader(store: store, manifest: manifest).model(schedule: schedule, lengths: run.lengths, in: transaction)
        }
        #expect(model == trained.model)
        #expect(manifest.randomState.decoded(as: TrainingState.self) == trained.state)
        #expect(manifest.hyperparameters.decoded(as: Hyperparameters.self) == choice.hyperparameters)
        let onward = try run.train(trained.model, state: trained.state, epochs: 2) { _ in true }
        #expect(try run.train(model, state: trained.state, epochs: 2) { _ in true }.model == onward.model)
        #expect(onward.model != model)
    }

    @Test(
        "A continuation by any loss moves who has new likes, brings in who is new, and leaves other users alone",
        arguments: Hyperparameters.Loss.allCases, Hyperparameters.Schedule.allCases)
    func continues(loss: Hyperparameters.Loss, schedule: Hyperparameters.Schedule) throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        try store.fit(options(loss, schedule))
        let likes = "mid|uid\n" + (0..<8).map { "i\(39 - $0)|fresh\nnew|u\($0)\n" }.joined()
        try store.ingestLikes(from: folder.write(likes, to: "more.psv"))
        let report = try #require(try store.fitPartial())
        #expect(report.newUsers == 1 && report.newItems == 1 && report.trainedLikes == 16)
        let users: (VersionReference) throws -> [[Float]] = { reference in
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let manifest = try store.catalog.manifest(at: reference, in: transaction)
                let rows = try VersionRows(.user, manifest, store, in: transaction)
                let vectors = rows.vectors(of: Array(0..<60))
                return (0..<60).map { Array(vectors[12 * $0..<12 * $0 + 12]) }
            }
        }
        let (before, after) = (try users(VersionReference("v1")), try users(VersionReference("v2")))
        for user in 0..<60 { #expect((before[user] != after[user]) == (user < 8), "u\(user)") }
        #expect(try !store.recommend(user: "fresh", k: 3).results.isEmpty)
        #expect(try store.verify().isSound)
    }

    @Test("A fit that diverges names the epoch and the id", arguments: Hyperparameters.Loss.allCases)
    func diverges(loss: Hyperparameters.Loss) throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        var choice = options(loss, .adagrad)
        choice.hyperparameters.learningRate = 1e30
        let error = #expect(throws: FitError.self) { try store.fit(choice) }
        guard case .diverged(let epoch, let kind, let id)? = error else {
            Issue.record("expected divergence, found \(String(describing: error))")
            return
        }
        #expect(epoch >= 1 && epoch <= 3)
        let ids = ["item": (0..<40).map { "i\($0)" }, "item feature": ["tag:even", "tag:odd", "category:things"]]
        #expect(ids[kind]?.contains(id) == true, "\(kind) '\(id)'")
        #expect(error.map { "\($0)" }?.contains("\(kind) '\(id)'") == true)
        #expect(try store.versions().isEmpty)
    }
}
