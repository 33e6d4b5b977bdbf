import Foundation
import Likeness
import Testing

/// Features that few items have: left out where a fit is told so, and by its continuations.
@Suite struct FrequentFeaturesTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
        try tag(["i0|rare", "i2|rare", "i1|three", "i3|three", "i5|three"])
    }

    private func tag(_ rows: [String]) throws {
        let lines = rows.map { $0.replacing("|", with: "|tag|") + "\n" }.joined()
        try store.ingestFeatures(from: folder.write("mid|type|value\n" + lines, to: "\(UUID()).psv"))
    }

    private func fit(_ minimum: Int, isLeastSquares: Bool) throws -> FitReport {
        if isLeastSquares {
            var options = LeastSquaresFitOptions()
            options.settings.components = 8
            options.minimumFeatureItems = minimum
            return try store.fit(options)
        }
        var options = FitOptions()
        options.hyperparameters.components = 8
        options.hyperparameters.epochs = 10
        options.features.minimumRows = minimum
        return try store.fit(options)
    }

    /// The tags that an item lacks, of those that the version has.
    private func tags(lackedBy item: String) throws -> Set<String> {
        Set(try store.nearest(.tags, to: "item:\(item)", k: 20).results.map(\.id))
    }

    @Test("A feature of fewer items than asked for has no part in a version, and the version says so", arguments: [true, false])
    func fits(isLeastSquares: Bool) throws {
        #expect(try fit(0, isLeastSquares: isLeastSquares).features == 5)
        #expect(try tags(lackedBy: "i4").contains("tag:rare") && store.summary(of: .current).minimumFeatureItems == 0)
        #expect(try fit(3, isLeastSquares: isLeastSquares).features == 4)
        #expect(try tags(lackedBy: "i4") == ["tag:odd", "tag:three"])
        #expect(try store.summary(of: .current).minimumFeatureItems == 3)
        #expect(throws: (any Error).self) { try store.nearest(.items, to: "tag:rare", k: 3) }
        #expect(try store.nearest(.items, to: "tag:even", k: 5).results.allSatisfy { Int($0.id.dropFirst())! % 2 == 0 })
        #expect(try fit(41, isLeastSquares: isLeastSquares).features == 0)
        #expect(try store.verify().isSound)
    }

    @Test("A continuation lets in what enough of its items have, and goes on without the rest", arguments: [true, false])
    func continuations(isLeastSquares: Bool) throws {
        _ = try fit(3, isLeastSquares: isLeastSquares)
        try tag(["a|pair", "b|pair", "c|trio", "d|trio", "e|trio", "a|even", "c|rare"])
        let likes = ["a", "b", "c", "d", "e"].flatMap { item in (0..<5).map { "\(item)|u\($0 * 2)\n" } }
        try store.ingestLikes(from: folder.write("mid|uid\n" + likes.joined(), to: "more.psv"))
        let report = try #require(try store.fitPartial())
        #expect(report.newItems == 5 && report.newFeatures == 1 && report.features == 5)
        #expect(try tags(lackedBy: "i4") == ["tag:odd", "tag:three", "tag:trio"] && tags(lackedBy: "c").isSuperset(of: ["tag:even"]))
        #expect(try store.summary(of: .current).minimumFeatureItems == 3 && store.verify().isSound)
        // A full fit counts all: the rare tag has its third item now.
        #expect(try fit(3, isLeastSquares: isLeastSquares).features == 6)
    }

    @Test("A negative number is refused")
    func refused() throws {
        #expect(throws: FitError.self) { try fit(-1, isLeastSquares: true) }
        #expect(throws: FitError.self) { try fit(-1, isLeastSquares: false) }
    }
}
