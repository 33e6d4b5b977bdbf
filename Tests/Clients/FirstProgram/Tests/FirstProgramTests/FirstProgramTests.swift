import Foundation
import Likeness
import Testing

/// The code that somebody writes first: closures of several statements, loops, `guard`, tasks, an actor. It compiles without
/// annotations of errors and without settings of the compiler.
struct FirstProgramTests {
    private let folder: URL
    private let store: Store

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "first-program-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Even users like even items, odd users odd ones.
        var likes = "uid|mid\n"
        var features = "mid|type|value\n"
        for user in 0..<60 {
            for step in 0..<12 { likes += "u\(user)|i\((user * 3 + step) % 20 * 2 + user % 2)\n" }
        }
        for item in 0..<40 { features += "i\(item)|tag|\(item % 2 == 0 ? "even" : "odd")\ni\(item)|tag|any\n" }
        let (likesFile, featuresFile) = (folder.appending(path: "likes.psv"), folder.appending(path: "features.psv"))
        try Data(likes.utf8).write(to: likesFile)
        try Data(features.utf8).write(to: featuresFile)
        store = try Store.create(at: folder.appending(path: "store").path)
        try store.ingestLikes(from: likesFile.path)
        try store.ingestFeatures(from: featuresFile.path)
        var options = FitOptions()
        options.hyperparameters.components = 16
        options.hyperparameters.epochs = 2
        try store.fit(options)
    }

    private func items() throws -> [String] {
        let user = try store.nearest(.users, to: "tag:even", k: 1).results[0].id
        return try store.recommend(user: user, k: 5).results.map(\.id)
    }

    @Test("A session's closure has loops, guards and errors of its own")
    func session() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let items = try items()
        let scores = try store.withSession { session in
            var scores: [Double] = []
            for item in items {
                let near = try session.nearest(.items, to: "item:" + item, k: 2)
                guard let best = near.results.first else { throw RequestError.tooManyItems(0) }
                scores.append(best.score)
            }
            return scores
        }
        #expect(scores.count == 5)
        let message = #expect(throws: QueryError.self) {
            try store.withSession { session in
                _ = try session.nearest(.items, to: "item:nobody")
            }
        }
        #expect(message?.description.contains("nobody") == true)
        #expect(throws: RequestError.tooManyItems(3)) {
            try store.withSession { _ in
                throw RequestError.tooManyItems(3)
            }
        }
    }

    @Test("A progress closure may throw: the fit stops, publishes nothing, and throws the same error")
    func throwingProgress() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var events = 0
        #expect(throws: RequestError.cancelled) {
            try store.fit { progress in
                events += 1
                if case .training = progress { throw RequestError.cancelled }
                return true
            }
        }
        #expect(events > 1)
        #expect(try store.versions().count == 1)
        // A closure that does not throw keeps the typed error.
        do throws(FitError) {
            try store.fit { progress in
                if case .training = progress { return false }
                return true
            }
        } catch .stopped(let epoch) {
            #expect(epoch == 1)
        } catch {
            Issue.record(error)
        }
    }

    @Test("A task reads while another trains, and a task that is cancelled stops its fit")
    func tasks() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = store
        let items = try items()
        let training = Task {
            try store.fitPartial()
        }
        let reading = Task {
            try store.withSession { session in
                var count = 0
                for item in items { count += try session.nearest(.tags, to: "item:" + item).results.count }
                return count
            }
        }
        #expect(try await reading.value > 0)
        _ = try await training.value

        let cancelled = Task {
            try store.fit { _ in
                try Task.checkCancellation()
                return true
            }
        }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }

    @Test("An actor keeps a store and answers")
    func actor() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let recommender = try Recommender(at: folder.appending(path: "store").path)
        let items = try items()
        let near = try await recommender.neighbors(of: items)
        #expect(near.count == items.count)
        await #expect(throws: RequestError.tooManyItems(5)) { try await recommender.neighbors(of: items, atMost: 4) }
        #expect(try await recommender.recommendations(for: "nobody").isEmpty)
        #expect(await recommender.count == 1)
    }
}
