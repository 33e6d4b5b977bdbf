import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining
import RandomNumbers
import Testing

@testable import Likeness
@testable import LikenessModels

/// A version by alternating least squares is continued in closed form.
@Suite struct LeastSquaresContinuationTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let components = 12

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
    }

    private var options: LeastSquaresFitOptions {
        var options = LeastSquaresFitOptions()
        options.settings.components = components
        (options.minimumUserLikes, options.minimumItemLikes) = (1, 1)
        return options
    }

    private func ingest(
        _ rows: [String], _ kind: LikeKind = .like, header: String = "mid|uid", weights: String? = nil, takesBack: Bool = false
    ) throws {
        var options = IngestOptions()
        (options.kind, options.takesBack) = (kind, takesBack)
        var columns = LikesColumns()
        columns.weight = weights
        try store.ingestLikes(
            from: folder.write(header + "\n" + rows.map { $0 + "\n" }.joined(), to: "rows.psv"), columns: columns, options: options)
    }

    private func tag(_ rows: [String]) throws {
        try store.ingestFeatures(from: folder.write("mid|type|value\n" + rows.map { $0 + "\n" }.joined(), to: "tags.psv"))
    }

    private func read<Result>(_ body: (ParentRows, borrowing Reading) throws(StoreError) -> Result) throws -> Result {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let manifest = try store.catalog.manifest(at: .current, in: transaction)
            return try body(try ParentRows(store, manifest, in: transaction), transaction)
        }
    }

    /// The vectors of a kind that are part of the current version.
    private func vectors(_ kind: RowKind) throws -> [Int: [Float]] {
        try read { (parent, transaction) throws(StoreError) in
            let (rows, layout) = (parent.rows(kind), MatrixNames.representations(kind, components: components))
            var found: [Int: [Float]] = [:]
            for row in 0..<rows.count where try rows.isPresent(row, in: transaction) {
                found[row] = try rows.vector(row, layout, in: transaction)
            }
            return found
        }
    }

    private func isEven(_ neighbor: Neighbor) -> Bool { (Int(neighbor.id.dropFirst()) ?? 1) % 2 == 0 }

    @Test("A version holds vectors, codes and Gram matrices, no optimiser's state, and half the bytes of one by WARP")
    func noOptimizer() throws {
        var choice = options
        choice.settings.components = 64
        try store.fit(choice)
        var stepped = FitOptions()
        (stepped.hyperparameters.components, stepped.hyperparameters.epochs) = (64, 1)
        try store.fit(stepped)
        choice.softmax = SoftmaxSettings()
        try store.fit(choice)
        func matrices(_ version: String) throws -> [MatrixDescriptor] {
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try store.catalog.manifest(at: VersionReference(version), in: transaction).matrices
            }
        }
        // Of what has a number for each component and row.
        func bytes(_ version: String) throws -> Int {
            try matrices(version).filter { $0.columns >= 64 && !$0.name.contains("gram") }.reduce(0) { $0 + $1.rows * $1.rowByteCount }
        }
        func isOfSteps(_ name: String) -> Bool { ["mbedding", "ccumulator", "oment"].contains { name.contains($0) } }
        for version in ["v1", "v3"] {
            let names = try matrices(version).map(\.name)
            #expect(!names.contains(where: isOfSteps) && names.count { $0.contains("gram") } == (version == "v1" ? 2 : 0), "\(names)")
            #expect(try 2 * bytes(version) < bytes("v2"))
        }
        #expect(try matrices("v2").contains { isOfSteps($0.name) })
    }

    @Test("New users, items and tags join, and old ones are where they belong")
    func growth() throws {
        try store.fit(options)
        try tag(["n1|tag|even", "n1|tag|brandnew", "i2|tag|brandnew", "i4|tag|brandnew"])
        try ingest(["i2|late", "i4|late", "i8|late", "n1|late", "n1|u0", "n1|u2", "n1|u4", "i4|u10", "i20|u12"])
        let report = try #require(try store.fitPartial())
        #expect(report.loss == "als" && report.newUsers == 1 && report.newItems == 1 && report.newFeatures == 1)
        #expect(report.users == 61 && report.items == 41 && report.trainedLikes == 9 && report.drift ?? 1 < 0.05)
        #expect(report.changes?.touchedUsers == 5 && report.changes?.layers ?? 0 > 0)
        #expect(try store.verify().isSound)
        let late = try store.recommend(user: "late", k: 7).results
        #expect(late.allSatisfy(isEven), "\(late.map { "\($0.id) \($0.score)" })")
        #expect(try store.nearest(.items, to: "item:n1", k: 5).results.allSatisfy(isEven))
        #expect(try store.nearest(.items, to: "tag:brandnew", k: 5).results.allSatisfy { isEven($0) || $0.id == "n1" })
        #expect(try store.fitPartial() == nil, "nothing is new")
    }

    @Test("A continuation that reads histories is bit for bit one that reads the log", arguments: [false, true])
    func histories(hasDislikes: Bool) throws {
        if hasDislikes { try ingest((0..<60).map { "i\(($0 + 1) % 40)|u\($0)" }, .dislike) }
        try store.fit(options)
        try store.layHistories()
        var random = SplitMix64(seed: 12)
        for round in 0..<4 {
            try ingest(
                (0..<25).map { _ in "i\(random.draw(below: 44))|u\(random.draw(below: 66))|\(round)" },
                hasDislikes && round == 2 ? .dislike : .like,
                header: "mid|uid|w", weights: round == 1 ? "w" : nil)
            // Some of it is taken back, and some gets another weight.
            if round >= 2 {
                try ingest(
                    (0..<25).map { _ in "i\(random.draw(below: 44))|u\(random.draw(below: 66))|\(round + 2)" }, header: "mid|uid|w",
                    weights: "w")
                try ingest((0..<60).map { _ in "i\(random.draw(below: 44))|u\(random.draw(below: 66))" }, takesBack: true)
            }
            var more = FitPartialOptions()
            (more.parent, more.alias) = (VersionReference("v\(2 * round + 1)"), "read")
            let read = try #require(try store.fitPartial(more))
            // Without their record the histories are not there.
            let record = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try transaction.get("histories", in: store.tables.meta)?.copied ?? []
            }
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                _ = try transaction.delete("histories", in: store.tables.meta)
            }
            more.alias = "plain"
            let plain = try #require(try store.fitPartial(more))
            try store.environment.write { (transaction: inout Writing) throws(StoreError) in
                try transaction.put(record, at: "histories", in: store.tables.meta)
            }
            let roots = try [read, plain].map { report in
                try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try store.catalog.manifest(at: VersionReference("v\(report.version)"), in: transaction).roots
                }
            }
            #expect(roots[0] == roots[1] && !roots[0].isEmpty)
        }
        #expect(try store.verify().isSound)
    }

    @Test("Rows that nothing new was said of stay bit for bit, and so do tags", arguments: TagMovement.allCases)
    func untouched(tags: TagMovement) throws {
        try store.fit(options)
        let (users, items, features) = (try vectors(.user), try vectors(.item), try vectors(.itemFeature))
        try ingest(["i30|u0", "i5|u3"])
        var more = FitPartialOptions()
        more.tags = tags
        let report = try #require(try store.fitPartial(more))
        let (usersNow, itemsNow) = (try vectors(.user), try vectors(.item))
        #expect(users.keys.filter { users[$0] != usersNow[$0] }.sorted() == [0, 3])
        #expect(items.keys.filter { items[$0] != itemsNow[$0] }.count <= 2)
        if tags == .fixed { #expect(try vectors(.itemFeature) == features && report.changes?.featureDrift == 0) }
        #expect(try store.verify().isSound)
    }

    @Test("After random likes and dislikes in five continuations, counts and Gram matrices are those of the rows")
    func upkeep() throws {
        try ingest((0..<60).map { "i\(($0 + 1) % 40)|u\($0)" }, .dislike)
        try store.fit(options)
        var random = SplitMix64(seed: 11)
        for round in 0..<5 {
            let kind: LikeKind = round % 2 == 0 ? .like : .dislike
            try ingest(
                (0..<25).map { _ in "i\(random.draw(below: 44))|u\(random.draw(below: 66))" }, kind)
            if round == 2 { try tag(["i7|tag|other", "i8|tag|other"]) }
            _ = try store.fitPartial()
        }
        #expect(try store.verify().isSound)
        // The plain way: what each pair said last, of users and items of the version.
        let opinions = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try LikesLog(store.tables).opinions(in: transaction)
        }
        let (users, items) = (try vectors(.user), try vectors(.item))
        var counts: [Int: (likes: UInt32, dislikes: UInt32)] = [:]
        var liked: (users: Set<Int>, items: Set<Int>) = ([], [])
        for position in 0..<opinions.count {
            let (user, item) = (Int(opinions.users[position]), Int(opinions.items[position]))
            guard users[user] != nil, items[item] != nil else { continue }
            if opinions.kinds?[position] ?? 0 == LikeKind.like.rawValue {
                counts[item, default: (0, 0)].likes += 1
                liked.users.insert(user)
                liked.items.insert(item)
            } else {
                counts[item, default: (0, 0)].dislikes += 1
            }
        }
        try read { (parent, transaction) throws(StoreError) in
            for item in items.keys {
                let tally = try parent.rows(.item).tally(of: item, in: transaction)
                #expect(tally?.likes == counts[item]?.likes ?? 0 && tally?.dislikes == counts[item]?.dislikes ?? 0, "item \(item)")
            }
            #expect(parent.manifest.totals?.likes == counts.values.reduce(0) { $0 + Int($1.likes) })
            #expect(parent.manifest.totals?.users == users.count && parent.manifest.totals?.items == items.count)
            for (kind, rows, known) in [(RowKind.user, users, liked.users), (.item, items, liked.items)] {
                let flat = known.sorted().flatMap { rows[$0] ?? [] }
                let made = FactorMatrix(flat, components: components).gram()
                let kept = try store.gram(kind, of: parent.manifest, in: transaction) ?? []
                #expect(zip(made, kept).allSatisfy { abs($0 - $1) < 1e-4 } && kept.count == made.count, "\(kind)")
            }
        }
    }

    @Test("The version is the same to the bit for any number of threads")
    func threads() throws {
        try store.fit(options)
        try ingest((0..<30).map { "i\($0 + 3)|u\($0 * 2)" })
        var more = FitPartialOptions()
        more.threads = 1
        _ = try #require(try store.fitPartial(more))
        let first = (try vectors(.user), try vectors(.item))
        more.parent = VersionReference("v1")
        more.threads = 3
        _ = try #require(try store.fitPartial(more))
        #expect(try vectors(.user) == first.0 && vectors(.item) == first.1)
    }

    @Test("Weights count as confidences, also those of likes that came before")
    func weights() throws {
        try ingest((0..<40).map { "i\($0)|heavy|9" }, header: "mid|uid|w", weights: "w")
        try store.fit(options)
        let before = try vectors(.user)
        try ingest(["i1|heavy|1"], .dislike, header: "mid|uid|w", weights: "w")
        _ = try #require(try store.fitPartial())
        let after = try vectors(.user)
        let user = 60
        let (old, new) = (try #require(before[user]), try #require(after[user]))
        #expect(Movement.cosine(old, new) > 0.9, "one opinion of forty changed")
        #expect(try store.verify().isSound)
    }

    @Test("Users' features pull their users, and a new one learns")
    func userFeatures() throws {
        let path = try folder.write("uid|type|value\n" + (0..<60).map { "u\($0)|taste|\($0 % 2)\n" }.joined(), to: "users.psv")
        var columns = FeaturesColumns()
        columns.id = "uid"
        try store.ingestFeatures(from: path, of: .users, columns: columns)
        try store.fit(options)
        let more = try folder.write("uid|type|value\nlate|taste|0\nlate|plan|free\n", to: "more.psv")
        try store.ingestFeatures(from: more, of: .users, columns: columns)
        try ingest(["i2|late", "i4|u2"])
        _ = try #require(try store.fitPartial())
        #expect(try store.verify().isSound)
        #expect(try store.recommend(user: "late", k: 5).results.allSatisfy(isEven))
        #expect(try vectors(.userFeature).count == 3)
    }
}
