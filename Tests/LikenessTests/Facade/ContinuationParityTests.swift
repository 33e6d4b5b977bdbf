import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining
import Testing

@testable import Likeness
@testable import LikenessModels

/// To publish a version, read it back and continue it is to go on in memory.
@Suite struct ContinuationParityTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
        try ingest((0..<60).map { "i\(($0 + 1) % 40)|u\($0)" }, .dislike)
        let rows = (0..<60).map { "u\($0)|taste|t\($0 % 4)\n" }.joined()
        try store.ingestFeatures(from: folder.write("mid|type|value\n" + rows, to: "users.psv"), of: .users)
    }

    private func ingest(_ rows: [String], _ kind: LikeKind = .like) throws {
        var options = IngestOptions()
        options.kind = kind
        try store.ingestLikes(from: folder.write("mid|uid\n" + rows.map { $0 + "\n" }.joined(), to: "rows.psv"), options: options)
    }

    /// Eight users like one more item each, of the other taste; the version knows all of them.
    private func ingestMore() throws { try ingest((0..<8).map { "i\($0 + 21)|u\($0)" }) }

    /// Shares of features stay as they are, since otherwise they shrink as likes come in.
    private func options(_ loss: Hyperparameters.Loss, _ schedule: Hyperparameters.Schedule) -> FitOptions {
        var options = FitOptions()
        (options.hyperparameters.loss, options.hyperparameters.schedule) = (loss, schedule)
        (options.hyperparameters.components, options.hyperparameters.epochs) = (12, 3)
        options.features.shrinkage = 0
        return options
    }

    private func model(_ version: String, _ options: FitOptions) throws -> Model {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let manifest = try store.catalog.manifest(at: VersionReference(version), in: transaction)
            return try ModelReader(store: store, manifest: manifest).model(
                schedule: options.hyperparameters.schedule, lengths: manifest.vocabularies, in: transaction)
        }
    }

    @Test(
        "A continuation whose tags move is bit for bit what the trainer goes on to, optimiser and features of both sides included",
        arguments: Hyperparameters.Loss.allCases, Hyperparameters.Schedule.allCases)
    func equal(loss: Hyperparameters.Loss, schedule: Hyperparameters.Schedule) throws {
        var options = options(loss, schedule)
        (options.hyperparameters.itemRegularization, options.hyperparameters.userRegularization) = (1e-4, 1e-5)
        let run = try FitRun(store, try store.trainingSet(options), options)
        let first = try run.train(run.freshModel(), state: nil, epochs: 3) { _ in true }
        try store.fit(options)
        #expect(try model("v1", options) == first.model)
        try ingestMore()
        let data = try store.trainingSet(options)
        for (replay, version) in [(0.0, "v2"), (1.0, "v3")] {
            var more = FitPartialOptions()
            (more.parent, more.epochs, more.replay) = (VersionReference("v1"), 2, replay)
            more.tags = .train
            let report = try #require(try store.fitPartial(more))
            #expect(report.newUsers == 0 && report.newItems == 0 && report.newFeatures == 0)
            // The last opinions told are the last ones; a replay of all trains the others too.
            let trained = replay > 0 ? Array(0..<data.opinions.count) : Array(data.opinions.count - 8..<data.opinions.count)
            let onward = try FitRun(
                store, data, trained: trained, presentUsers: run.presentUsers, presentItems: run.presentItems,
                itemFeatures: run.itemFeatures, userFeatures: run.userFeatures, features: options.features,
                hyperparameters: options.hyperparameters
            ).train(first.model, state: first.state, epochs: 2) { _ in true }
            #expect(report.trainedLikes == onward.examples)
            #expect(try model(version, options) == onward.model, "replay \(replay)")
            #expect(onward.model.itemFeatures != first.model.itemFeatures && onward.model.userFeatures != first.model.userFeatures)
        }
    }

    /// The numbers of a row in all arrays of its table.
    private func row(_ row: Int, of table: ParameterTable) -> [[UInt8]] {
        ParameterPart.allCases.filter { table.count(of: $0) > 0 }.map { part in
            let width = 4 * (part.isWide ? table.stride : 1)
            return unsafe table.withUnsafeBytes(of: part) { memory in
                (row * width..<(row + 1) * width).map { unsafe memory[$0] }
            }
        }
    }

    @Test(
        "A continuation leaves the optimiser's state alone too of users, and by logistic loss of items, without new likes",
        arguments: Hyperparameters.Loss.allCases, Hyperparameters.Schedule.allCases)
    func moves(loss: Hyperparameters.Loss, schedule: Hyperparameters.Schedule) throws {
        let options = options(loss, schedule)
        try store.fit(options)
        try ingestMore()
        try store.fitPartial()
        let (before, after) = (try model("v1", options), try model("v2", options))
        let liked = Set((0..<8).map { $0 + 21 })
        let users = try ids(.user, 60)
        for (index, id) in users.enumerated() {
            let (old, new) = (row(index, of: before.users), row(index, of: after.users))
            let hasNewLikes = (0..<8).contains { id == "u\($0)" }
            // Its own embedding and all that the optimiser keeps about it move together; its bias moves by logistic loss alone.
            #expect((old != new) == hasNewLikes, "\(id)")
            #expect(!hasNewLikes || old[0] != new[0] && old[1] != new[1])
        }
        guard loss == .logistic else { return }
        for (index, id) in try ids(.item, 40).enumerated() {
            #expect((row(index, of: before.items) != row(index, of: after.items)) == liked.contains { id == "i\($0)" }, "\(id)")
        }
    }

    private func ids(_ kind: RowKind, _ count: Int) throws -> [String] {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var ids: [String] = []
            for index in 0..<UInt32(count) {
                ids.append(try Vocabulary(kind, in: store.tables).id(at: index, in: transaction) ?? "none")
            }
            return ids
        }
    }
}
