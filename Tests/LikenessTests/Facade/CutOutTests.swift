import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining
import RandomNumbers
import Testing

@testable import Likeness
@testable import LikenessModels

/// A continuation trains a small model cut out of its parent: what comes of it is what the whole model would have become.
@Suite struct CutOutTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
    }

    private func ingest(_ rows: [String], _ kind: LikeKind = .like) throws {
        var options = IngestOptions()
        options.kind = kind
        try store.ingestLikes(from: folder.write("mid|uid\n" + rows.map { $0 + "\n" }.joined(), to: "rows.psv"), options: options)
    }

    private func options(_ loss: Hyperparameters.Loss = .warp, _ schedule: Hyperparameters.Schedule = .adagrad) -> FitOptions {
        var options = FitOptions()
        (options.hyperparameters.loss, options.hyperparameters.schedule) = (loss, schedule)
        (options.hyperparameters.components, options.hyperparameters.epochs) = (12, 3)
        return options
    }

    private func read<Result>(_ version: String, _ body: (Manifest, borrowing Reading) throws(StoreError) -> Result) throws -> Result {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try body(try store.catalog.manifest(at: VersionReference(version), in: transaction), transaction)
        }
    }

    private func model(_ version: String, _ schedule: Hyperparameters.Schedule = .adagrad) throws -> Model {
        try read(version) { (manifest, transaction) throws(StoreError) in
            try ModelReader(store: store, manifest: manifest).model(
                schedule: schedule, lengths: manifest.vocabularies, in: transaction)
        }
    }

    @Test(
        "Without features a cut-out is bit for bit the whole model trained with the same items to draw from",
        arguments: Hyperparameters.Loss.allCases, Hyperparameters.Schedule.allCases)
    func parity(loss: Hyperparameters.Loss, schedule: Hyperparameters.Schedule) throws {
        try ingest((0..<60).map { "i\(($0 + 1) % 40)|u\($0)" }, .dislike)
        var options = options(loss, schedule)
        options.features.weighting = .none
        let run = try FitRun(store, try store.trainingSet(options), options)
        let first = try run.train(run.freshModel(), state: nil, epochs: 3) { _ in true }
        try store.fit(options)
        try ingest((0..<8).map { "i\($0 + 21)|u\($0)" })
        let data = try store.trainingSet(options)
        for (replay, version) in [(0.0, "v2"), (1.0, "v3")] {
            var more = FitPartialOptions()
            (more.parent, more.epochs, more.replay) = (VersionReference("v1"), 2, replay)
            let report = try #require(try store.fitPartial(more))
            let trained = replay > 0 ? nil : Array(data.opinions.count - 8..<data.opinions.count)
            let rows = try FitRun(
                store, data, trained: trained, presentUsers: run.presentUsers, presentItems: run.presentItems, itemFeatures: nil,
                userFeatures: nil, features: options.features, hyperparameters: options.hyperparameters
            ).rows
            var partial = PartialModel()
            // BPR draws items as often as they are liked or disliked, in the order of the items.
            if loss == .bpr { partial.negatives = data.opinions.items.sorted() }
            var onward = try Trainer(
                model: first.model, rows: try #require(rows), hyperparameters: options.hyperparameters, state: first.state,
                partial: partial)
            try onward.run(epochs: 2)
            #expect(report.trainedLikes == onward.examplesPerEpoch)
            #expect(try model(version, schedule) == onward.model, "replay \(replay)")
        }
    }

    @Test("Tags of the parent stand still bit for bit, and a new tag learns from the items that have it")
    func tagsStandStill() throws {
        try store.fit(options())
        try ingest((0..<8).map { "i\($0 + 21)|u\($0)" } + ["fresh|u1", "fresh|u3"])
        try store.ingestFeatures(from: folder.write("mid|type|value\nfresh|tag|odd\nfresh|tag|brandnew\n", to: "f.psv"))
        let report = try #require(try store.fitPartial())
        #expect(report.newItems == 1 && report.newFeatures == 1 && report.features == 4 && report.changes?.tags == .fixed)
        let (before, after) = (try model("v1"), try model("v2"))
        for tag in 0..<3 { #expect(before.itemFeatures.embedding(tag) == after.itemFeatures.embedding(tag)) }
        var fresh = ParameterTable(kind: .itemFeature, components: 12, schedule: .adagrad)
        fresh.grow(to: 4, seed: 1)
        #expect(after.itemFeatures.rows == 4 && after.itemFeatures.embedding(3) != fresh.embedding(3))
        #expect(try store.nearest(.tags, to: "tag:odd", version: VersionReference("v2")).results.contains { $0.id == "tag:brandnew" })
        #expect(try store.verify().isSound)
        let dead = try store.fitPartial()
        #expect(dead == nil, "nothing is new")
    }

    @Test("Both ways to continue agree on who is in the version, and on what is trained", arguments: Hyperparameters.Loss.allCases)
    func agree(loss: Hyperparameters.Loss) throws {
        // Too few likes for the thresholds at first.
        try ingest(["rare|u0", "rare|late", "i2|late", "rare|u2"])
        try ingest((0..<60).map { "i\(($0 + 1) % 40)|u\($0)" } + ["i4|late"], .dislike)
        try store.ingestFeatures(from: folder.write("mid|type|value\nrare|tag|even\nrare|tag|odd\n", to: "f.psv"))
        try store.fit(options(loss))
        try ingest(["rare|u4", "i6|late", "i8|newcomer", "i1|u0"])
        try ingest(["i6|u0", "i3|u1"], .dislike)
        try store.ingestFeatures(from: folder.write("mid|type|value|w\ni6|tag|even|9\ni8|tag|other|1\n", to: "f.psv"))
        var reports: [FitReport] = []
        for tags in TagMovement.allCases {
            var more = FitPartialOptions()
            (more.parent, more.tags) = (VersionReference("v1"), tags)
            reports.append(try #require(try store.fitPartial(more)))
        }
        let (cut, whole) = (reports[0], reports[1])
        #expect(cut.users == whole.users && cut.items == whole.items && cut.features == whole.features)
        #expect(cut.newUsers == whole.newUsers && cut.newItems == whole.newItems && cut.newFeatures == whole.newFeatures)
        #expect(cut.likes == whole.likes && cut.dislikes == whole.dislikes && cut.trainedLikes == whole.trainedLikes)
        for kind in RowKind.allCases {
            let tallies = try ["v2", "v3"].map { version in
                try read(version) { (manifest, transaction) throws(StoreError) in
                    try ModelReader(store: store, manifest: manifest).tallies(kind, in: transaction) ?? []
                }
            }
            #expect(tallies[0].map(\.likes) == tallies[1].map(\.likes), "\(kind)")
            #expect(tallies[0].map(\.dislikes) == tallies[1].map(\.dislikes), "\(kind)")
        }
        let totals = try ["v2", "v3"].map { try read($0) { (manifest, _) throws(StoreError) in manifest.totals } }
        #expect(totals[0] == totals[1])
        #expect(try store.verify().isSound)
    }

    @Test("Thirty continuations keep few layers, answer as the rows say, and stay whole", arguments: [300, 40])
    func chain(items: Int) throws {
        let store = try Store.create(at: folder.path + "/chain\(items)")
        var random = SplitMix64(seed: 7)
        func likes(_ count: Int, users: Int) -> String {
            "mid|uid\n" + (0..<count).map { _ in "i\(random.draw(below: items))|u\(random.draw(below: users))\n" }.joined()
        }
        try store.ingestLikes(from: folder.write(likes(6_000, users: 400), to: "a.psv"))
        let features = "mid|type|value\n" + (0..<items).map { "i\($0)|tag|t\($0 % 7)\n" }.joined()
        try store.ingestFeatures(from: folder.write(features, to: "f.psv"))
        try store.fit(options(.bpr))
        for round in 0..<30 {
            try store.ingestLikes(from: folder.write(likes(6, users: 400 + 5 * round), to: "b.psv"))
            let report = try #require(try store.fitPartial())
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let manifest = try store.catalog.manifest(at: .version(Version(rawValue: report.version)), in: transaction)
                for kind in RowKind.allCases {
                    let rows = try LayeredRows(kind, manifest, store, in: transaction)
                    #expect(rows.layers.count <= LayerWriter.mostLayers)
                    #expect(rows.layers.reduce(0) { $0 + $1.numbers.count } <= max(rows.baseCount / 5, 0))
                }
            }
        }
        #expect(try store.verify().isSound)
        // What a query answers is what the rows of the model say.
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let manifest = try store.catalog.manifest(at: .current, in: transaction)
            let data = try TrainingSet(store, in: transaction, readsFeatures: true)
            let reader = ModelReader(store: store, manifest: manifest)
            let (users, items) = (try reader.present(.user, in: transaction), try reader.present(.item, in: transaction))
            let counts = data.counts(
                presentUsers: users + [Bool](repeating: false, count: data.lengths.users - users.count),
                presentItems: items + [Bool](repeating: false, count: data.lengths.items - items.count))
            #expect(manifest.totals?.likes == counts.likes && manifest.totals?.users == users.count(where: \.self))
            let rows = try VersionRows(.item, manifest, store, in: transaction)
            #expect(rows.isPresent == items)
            let layered = try LayeredRows(.item, manifest, store, in: transaction)
            let layout = MatrixNames.representations(.item, components: 12)
            for row in items.indices where items[row] {
                #expect(rows.vectors(of: [UInt32(row)]) == (try layered.vector(row, layout, in: transaction)))
            }
        }
        let near = try store.nearest(.items, to: "tag:t1", k: 5)
        #expect(near.results.count == 5)
        var all = QueryFilter()
        all.allowed = near.results.map(\.id)
        #expect(try store.nearest(.items, to: "tag:t1", k: 5, filter: all).results == near.results, "few rows are scored one by one")
    }
}
