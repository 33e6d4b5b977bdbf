import Foundation
import Testing

@testable import LikenessTraining

/// Alternating least squares beside what implicit computed; written by `tools/parity/implicit_fixture.py`.
///
/// implicit minimises Σ_liked [c s² − 2 c s] + Σ_others s² + λ (|X|² + |Y|²). With one confidence c, a₀ = 1 and likes of weight c − 1 ours is the same
/// for vectors that are √κ shorter and λ / κ, where κ = c / (c − 1).
@Suite struct ALSParityTests {
    struct Fixture: Decodable {
        var users, items, components, iterations: Int
        var confidence, regularization: Float
        var likedUsers, likedItems: [UInt32]
        var start, userFactors, itemFactors: [Float]
    }

    @Test("The same start and steps end at implicit's vectors and objective")
    func sameAsImplicit() throws {
        let file = try #require(Bundle.module.url(forResource: "implicit", withExtension: "json", subdirectory: "Fixtures"))
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
        let ratio = fixture.confidence / (fixture.confidence - 1)
        var settings = LeastSquaresSettings()
        (settings.components, settings.iterations) = (fixture.components, fixture.iterations)
        (settings.scalesByFrequency, settings.featurePull, settings.unobservedWeight) = (false, 0, 1)
        settings.regularization = fixture.regularization / ratio
        let likes = Interactions(
            users: fixture.likedUsers, items: fixture.likedItems,
            weights: fixture.likedUsers.map { _ in fixture.confidence - 1 })
        func matrix(_ factors: [Float]) -> FactorMatrix {
            FactorMatrix(factors.map { $0 / ratio.squareRoot() }, components: fixture.components)
        }
        var fit = try AlternatingLeastSquares(likes, users: fixture.users, items: fixture.items, settings: settings)
        fit.start(items: matrix(fixture.start))
        try fit.run()
        let model = fit.model()
        var theirs = fit
        theirs.start(users: matrix(fixture.userFactors), items: matrix(fixture.itemFactors))
        #expect(abs(fit.objective() - theirs.objective()) < 1e-4 * theirs.objective())
        for (ours, theirs) in [(model.users, matrix(fixture.userFactors)), (model.items, matrix(fixture.itemFactors))] {
            for row in 0..<theirs.rows {
                let (found, expected): ([Float], [Float]) = (ours.vector(row), theirs.vector(row))
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-3 })
            }
        }
    }
}
