import Testing

@testable import LikenessEvaluation

@Suite struct LearningCurveTests {
    private var curve: LearningCurve {
        var curve = LearningCurve(metrics: ["precision", "auc"])
        curve.append(
            .init(epoch: 5, train: ["precision": 0.125, "auc": 0.75], test: ["precision": 0.0625, "auc": 0.5]))
        curve.append(
            .init(epoch: 10, train: ["precision": 0.25, "auc": 0.875], test: ["precision": 0.1, "auc": .nan]))
        return curve
    }

    @Test func `the table lines up`() {
        #expect(
            curve.table == """
                epoch  train precision  test precision  train auc  test auc
                    5           0.1250          0.0625     0.7500    0.5000
                   10           0.2500          0.1000     0.8750       nan

                """)
    }

    @Test func `the plot names its axes and its lines, and escapes text`() {
        let svg = curve.svg(title: "a < b & c")
        #expect(svg.contains("a &lt; b &amp; c"))
        for label in ["epochs", "train precision", "test precision", "train auc", "test auc"] {
            #expect(svg.contains(">\(label)</text>"))
        }
        #expect(svg.components(of: "<polyline") == 3)
        #expect(svg.components(of: "<circle") == 7)
        #expect(!svg.contains("nan"))
        #expect(LearningCurve(metrics: ["precision"]).svg().contains(">precision</text>"))
    }

    @Test func `ticks are round and reach the highest value`() {
        #expect(LearningCurve.ticks(upTo: 1) == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
        for highest in [0, 0.0007, 0.03, 0.13, 0.99, 7, 123] {
            let ticks = LearningCurve.ticks(upTo: highest)
            #expect((ticks.last ?? 0) >= highest)
            #expect((3...6).contains(ticks.count))
        }
    }

    @Test func `decimals are rounded and padded`() {
        #expect(decimal(0.00005, places: 4) == "0.0001")
        #expect(decimal(-1.26, places: 1) == "-1.3")
        #expect(decimal(-0.001, places: 2) == "0.00")
        #expect(decimal(12, places: 0) == "12")
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { indices.count { self[$0...].hasPrefix(part) } }
}
