import Foundation
import LikenessFormat
import LikenessStore
import Testing

@testable import Likeness

/// Sessions share what they know of a version: never the answer of another.
@Suite struct SessionReuseTests {
    private func fit(_ store: Store, seed: UInt64, alias: String? = "production") throws -> FitReport {
        var options = FitOptions()
        options.hyperparameters.components = 8
        options.hyperparameters.epochs = 2
        options.hyperparameters.seed = seed
        options.alias = alias
        return try store.fit(options)
    }

    @Test("Sessions of one version share its reader; an alias that moves leads to another")
    func alias() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        _ = try fit(store, seed: 1)
        let first = try store.nearest(.items, to: "item:i0")
        #expect(try store.session(of: .current).reader === store.session(of: .version(Version(rawValue: 1))).reader)
        _ = try fit(store, seed: 2)
        let second = try store.nearest(.items, to: "item:i0")
        #expect((first.version, second.version) == (1, 2))
        #expect(first.results != second.results)
        // What a store says that has no memory of either.
        let backup = folder.path + "/copy.likeness"
        _ = try store.backUp(to: backup)
        #expect(try StoreReader.open(at: backup).nearest(.items, to: "item:i0") == second)
        try store.rollBack()
        #expect(try store.nearest(.items, to: "item:i0") == first)
        #expect(try store.nearest(.items, to: "item:i0", version: .version(Version(rawValue: 2))) == second)
    }

    @Test("A commit in between moves nothing that a session reads")
    func commits() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        _ = try fit(store, seed: 1)
        let expected = try (0..<20).map { try store.nearest(.items, to: "item:i\($0)") }
        for round in 0..<20 {
            try store.withSession { session in
                // The session keeps its moment while others change the file.
                try store.annotate(.version(Version(rawValue: 1)), note: "round \(round)")
                if round % 5 == 0 { _ = try fit(store, seed: UInt64(round + 10), alias: nil) }
                for item in 0..<20 { #expect(try session.nearest(.items, to: "item:i\(item)") == expected[item]) }
            }
            #expect(try store.nearest(.items, to: "item:i\(round)", version: .version(Version(rawValue: 1))) == expected[round])
        }
    }

    @Test("Many threads ask for several versions at once")
    func threads() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var expected: [Neighbors] = []
        // More versions than are remembered.
        for seed in 1...10 {
            _ = try fit(store, seed: UInt64(seed))
            expected.append(try store.nearest(.tags, to: "item:i3", type: "category"))
        }
        let answers = expected
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for step in 0..<100 {
                        let number = (task * 3 + step) % 10
                        let answer = try store.nearest(
                            .tags, to: "item:i3", version: .version(.init(rawValue: UInt64(number + 1))), type: "category")
                        #expect(answer == answers[number])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("Of many ids, the one that was meant is still found, however late it came")
    func nearMisses() throws {
        let folder = try TemporaryFolder()
        let store = try Store.create(at: folder.path + "/store")
        var likes = "modelname|mid|uid\n"
        for item in 0..<60_000 { likes += "x|filler\(item)|u\n" }
        likes += "x|Blue Dragon|u\nx|cathedral|u\n"
        try store.ingestLikes(from: folder.write(likes, to: "likes.psv"))
        try store.ingestLikes(from: folder.write("modelname|mid|uid\nx|i1|u\nx|i2|u\n", to: "more.psv"))
        var options = FitOptions()
        options.minimumUserLikes = 1
        options.minimumItemLikes = 1
        options.hyperparameters.components = 2
        options.hyperparameters.epochs = 0
        options.forcesAlias = true
        _ = try store.fit(options)
        for (asked, meant) in [
            ("Blue Drgaon", "Blue Dragon"), ("lBue Dragon", "Blue Dragon"), ("athedral", "cathedral"), ("cathedrl", "cathedral"),
        ] {
            let error = #expect(throws: QueryError.self) { try store.nearest(.items, to: "item:\"\(asked)\"") }
            guard case .unknown(_, _, let near)? = error else {
                Issue.record("\(asked): \(String(describing: error))")
                continue
            }
            #expect(near.contains(meant), "\(asked): \(near)")
        }
    }
}
