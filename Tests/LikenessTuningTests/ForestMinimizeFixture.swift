import Foundation
import Testing

@testable import LikenessTuning

/// What scikit-optimize's forest_minimize reaches and says: made by `tools/parity/forest_minimize_fixtures.py`.
struct ForestMinimizeFixture: Decodable {
    struct Trees: Decodable {
        /// Of each tree its nodes: column, cut, right child (0 for a leaf), mean, variance. A left child comes right after its parent.
        let nodes: [[[Double]]]
        let rows: [[Double]]
        let means: [Double]
        let deviations: [Double]
        let least: Double
        let improvement: [Double]
    }

    /// The least values of 50 calls, by seed.
    let branin: [Double]
    let hartmann6: [Double]
    let trees: Trees

    static func read() throws -> ForestMinimizeFixture {
        let url = try #require(Bundle.module.url(forResource: "forest_minimize", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(ForestMinimizeFixture.self, from: Data(contentsOf: url))
    }
}

@Suite struct ForestMinimizeTests {
    @Test("Trees that scikit-optimize has grown predict what they predict there, and the improvement is the same")
    func trees() throws {
        let fixture = try ForestMinimizeFixture.read().trees
        let trees = ExtraTrees(
            trees: fixture.nodes.map { nodes in
                ExtraTree(
                    nodes: nodes.map {
                        (column: max(Int($0[0]), 0), cut: $0[1], right: Int($0[2]), mean: $0[3], variance: $0[4])
                    })
            })
        for (place, found) in trees.expectations(of: fixture.rows).enumerated() {
            #expect(abs(found.mean - fixture.means[place]) < 1e-9)
            #expect(abs(found.deviation - fixture.deviations[place]) < 1e-6)
            let improvement = ExpectedImprovement.value(
                mean: found.mean, deviation: found.deviation, least: fixture.least, margin: 0.01)
            #expect(abs(improvement - fixture.improvement[place]) < 1e-6)
        }
    }
}
