import Foundation
import LikenessFormat
import LikenessStore
import Testing

@testable import Likeness

/// A version that goes out as a pack and comes in elsewhere answers there as it does here.
@Suite struct PackFacadeTests {
    /// Everything that queries say of a version.
    private func answers(_ store: StoreReader, _ version: VersionReference) throws -> [[Neighbor]] {
        var filter = QueryFilter()
        filter.condition = "tag:even and not tag:none"
        filter.isLenient = true
        filter.minimumLikes = 3
        var answers = [
            try store.nearest(.items, to: "item:i3", version: version).results,
            try store.nearest(.items, to: "tag:even", version: version, filter: filter).results,
            try store.nearest(.tags, to: "item:i3", version: version).results,
            try store.nearest(.tags, to: "user:u5", version: version, type: "category").results,
            try store.nearest(.users, to: "+user:u4 -item:i1", version: version).results,
            try store.recommend(likes: ["i0", "i2"], dislikes: ["i4"], version: version).results,
        ]
        for user in ["u0", "u1", "u7"] {
            answers.append(try store.recommend(user: user, version: version).results)
            answers.append(try store.recommend(user: user, version: version, includingLiked: true).results)
        }
        _ = try store.recommendAll(version: version) { _, items in answers.append(items) }
        return answers
    }

    private func exported(_ store: StoreReader, _ version: VersionReference, in folder: TemporaryFolder) throws -> String {
        let file = folder.path + "/\(UUID().uuidString).pack"
        try store.exportVersion(version, to: file)
        return file
    }

    @Test(arguments: [true, false])
    func `Full fits and continuations with layers answer in an empty store as where they were made`(byLeastSquares: Bool) throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        if byLeastSquares {
            var options = LeastSquaresFitOptions()
            options.settings.components = 8
            try store.fit(options)
        } else {
            var options = FitOptions()
            options.hyperparameters.components = 8
            options.hyperparameters.epochs = 3
            try store.fit(options)
        }
        var likes = "modelname|mid|uid\n"
        for user in 0..<8 { likes += "Item \(user)|i\(user)|u\(user + 8)\nNew|new\(user % 2)|u\(user)\n" }
        try store.ingestLikes(from: folder.write(likes, to: "new.psv"))
        #expect(try store.fitPartial()?.version == 2)
        let target = try Store.create(at: folder.path + "/target")
        // The second one first: the first then finds its ids there already.
        for (version, alias) in [(2, "second"), (1, "first")] {
            let reference = VersionReference.version(Version(rawValue: UInt64(version)))
            let report = try target.importVersion(from: exported(store, reference, in: folder), alias: alias)
            #expect(report.origin.version.rawValue == UInt64(version))
            #expect(try answers(target, .alias(alias)) == answers(store, reference), "v\(version)")
        }
        #expect(try answers(target, .alias("second")) == answers(store, .version(Version(rawValue: 2))), "the older one takes nothing away")
        let verified = try target.verify()
        #expect(verified.isSound && verified.versions == 2 && verified.orphans == 0, "\(verified)")
        #expect(try target.summary(of: .alias("second")).origin?.version.rawValue == 2)
        #expect(try target.versions().allSatisfy { $0.parent == nil })
    }

    @Test func `What came in a pack is not continued, and likes of the store's own are learned from beside it`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var options = LeastSquaresFitOptions()
        options.settings.components = 8
        try store.fit(options)
        let target = try Store.create(at: folder.path + "/target")
        try target.importVersion(from: exported(store, .current, in: folder), alias: "production")
        let before = try target.recommend(user: "u0").results
        var likes = "modelname|mid|uid\nItem|\(before[0].id)|u0\n"
        for row in 0..<400 { likes += "Own|own\(row % 20)|v\(row % 23)\n" }
        try target.ingestLikes(from: folder.write(likes, to: "own.psv"))
        let error = #expect(throws: FitError.self) { try target.fitPartial() }
        #expect(error?.description.contains("came in a pack") == true)
        // What is liked now is left out beside what the pack says.
        #expect(try target.recommend(user: "u0").results.prefix(9) == before.dropFirst())
        let report = try target.fit(options)
        #expect(report.version == 2 && report.likes == 400, "nothing is learned from what packs say")
        #expect(try target.verify().isSound)
        #expect(try target.statistics().likes == 401)
    }

    @Test func `Evaluating a version that came in a pack leaves out what its users liked where it was made`() throws {
        let folder = try TemporaryFolder()
        let store = try folder.plantedStore()
        var fit = LeastSquaresFitOptions()
        fit.settings.components = 8
        try store.fit(fit)
        let test = try folder.write("modelname|mid|uid\nx|i38|u0\nx|i39|u1\nx|i38|u2\n", to: "test.psv")
        let target = try Store.create(at: folder.path + "/target")
        try target.importVersion(from: exported(store, .current, in: folder), alias: "production")
        var options = EvaluationOptions()
        options.excludesTrain = true
        let here = try store.evaluate(test: test, options: options)
        let there = try target.evaluate(test: test, options: options)
        #expect(here.metrics == there.metrics && here.users == there.users && here.likes == there.likes)
    }
}
