import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining
import Testing

@testable import Likeness
@testable import LikenessModels

/// Layers are folded by hand.
@Suite struct CompactTests {
    @Test("A compacted version answers bit for bit as the one that it comes from, and can be continued", arguments: [false, true])
    func sameAnswers(isStepped: Bool) throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        if isStepped {
            var options = FitOptions()
            (options.hyperparameters.components, options.hyperparameters.epochs) = (6, 3)
            try store.fit(options)
        } else {
            try store.fit()
        }
        #expect(try store.compact() == nil, "nothing is layered")
        for round in 0..<3 {
            try store.ingestLikes(
                from: folder.write("mid|uid\n" + (0..<4).map { "i\($0 + round)|new\($0 % 2)\(round)\n" }.joined(), to: "more.psv"))
            _ = try #require(try store.fitPartial())
        }
        try store.promote(VersionReference("v4"), to: "other")
        func answers(_ version: String) throws -> [String] {
            let reference = VersionReference(version)
            var lines: [String] = []
            for user in ["u0", "u7", "new10"] {
                lines += try store.recommend(user: user, k: 20, version: reference).results.map { "\($0.id) \($0.score.bitPattern)" }
            }
            lines += try store.nearest(.items, to: "item:i3", k: 20, version: reference).results.map { "\($0.id) \($0.score.bitPattern)" }
            lines += try store.nearest(.tags, to: "item:i3", k: 5, version: reference).results.map { "\($0.id) \($0.score.bitPattern)" }
            return lines
        }
        let report = try #require(try store.compact())
        #expect(report.from == 4 && report.version == 5 && report.layers > 0 && Set(report.aliases) == ["other", "production"])
        #expect(try answers("v5") == answers("v4"))
        #expect(try store.verify().isSound)
        let layers = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try store.catalog.manifest(at: .current, in: transaction).layers ?? []
        }
        #expect(layers.isEmpty)
        var policy = RetentionPolicy()
        (policy.last, policy.moves) = (1, 0)
        #expect(try store.prune(policy).removed.map(\.rawValue) == [1, 2, 3, 4])
        try store.ingestLikes(from: folder.write("mid|uid\ni1|after\ni2|after\n", to: "last.psv"))
        #expect(try store.fitPartial()?.newUsers == 1)
        #expect(try store.verify().isSound)
    }

    @Test("A version that is not there is said")
    func missing() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        #expect(throws: StoreError.catalog(.noVersions)) { try store.compact() }
    }
}
