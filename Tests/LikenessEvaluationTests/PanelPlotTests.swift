import Testing

@testable import LikenessEvaluation

@Suite struct PanelPlotTests {
    @Test("Every panel has its title, its axis, its dots and its line; text is escaped, and what is not finite is left out")
    func document() {
        var first = PanelPlot.Panel(title: "a < b", axis: "trials")
        first.dots = [(1, 0.5), (2, .nan), (3, 0.25)]
        first.line = [(1, 0.5), (2, 0.5), (3, 0.75)]
        var second = PanelPlot.Panel(title: "rate", axis: "rate")
        second.isLogarithmic = true
        second.line = [(0.001, 1), (0, 3), (0.1, 2)]
        var third = PanelPlot.Panel(title: "kind", axis: "")
        third.names = ["tfidf", "none"]
        third.dots = [(0, 1), (1, 1)]
        let svg = PanelPlot(title: "a & b", panels: [first, second, third, PanelPlot.Panel(title: "empty", axis: "")]).svg
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && !svg.contains("nan") && !svg.contains("inf"))
        for text in ["a &lt; b", "a &amp; b", "trials", "rate", "tfidf", "none", "empty"] {
            #expect(svg.contains(">\(text)</text>"), "\(text)")
        }
        #expect(svg.split(separator: "\n").count { $0.hasPrefix("<circle") } == 4)
        #expect(svg.split(separator: "\n").count { $0.hasPrefix("<polyline") } == 2)
        #expect(svg.contains(">0.001</text>") && svg.contains(">0.1</text>"))
    }

    @Test("Labels have as many digits as count")
    func labels() {
        let labels: [(Double, String)] = [
            (0, "0"), (0.25, "0.25"), (0.1234567, "0.1235"), (123.456, "123.5"), (1_234.5, "1235"), (-0.5, "-0.5"), (3e-7, "3e-07"),
            (64, "64"),
        ]
        for (value, label) in labels { #expect(PanelPlot.label(value) == label) }
    }
}
