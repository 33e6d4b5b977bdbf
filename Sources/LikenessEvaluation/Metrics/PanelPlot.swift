import Platform

/// Small plots side by side as one SVG document, three in a row.
package struct PanelPlot: Sendable {
    /// One of them.
    package struct Panel: Sendable {
        /// What is written above it and below its axis.
        package var title: String
        package var axis: String
        /// Whether x is seen by its logarithm; then every x is above 0.
        package var isLogarithmic = false
        /// What stands below the first places in the place of numbers, for names.
        package var names: [String] = []
        /// Points that are drawn as dots, and points that are joined.
        package var dots: [(x: Double, y: Double)] = []
        package var line: [(x: Double, y: Double)] = []

        package init(title: String, axis: String) {
            self.title = title
            self.axis = axis
        }
    }

    /// What is written above all.
    package var title: String
    package var panels: [Panel]

    package init(title: String, panels: [Panel]) {
        self.title = title
        self.panels = panels
    }

    private static let (width, height, columns) = (260.0, 210.0, 3)

    /// The document. Points that are not finite are left out.
    ///
    /// - Complexity: O(points).
    package var svg: String {
        let rows = (panels.count + PanelPlot.columns - 1) / PanelPlot.columns
        let size = (Double(PanelPlot.columns) * PanelPlot.width + 20, Double(rows) * PanelPlot.height + 50)
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(short(size.0)) \(short(size.1))\" font-family=\"sans-serif\" "
                + "font-size=\"10\">", "<rect width=\"\(short(size.0))\" height=\"\(short(size.1))\" fill=\"white\"/>",
            "<text x=\"\(short(size.0 / 2))\" y=\"26\" text-anchor=\"middle\" font-size=\"16\">\(LearningCurve.escaped(title))</text>",
        ]
        for (place, panel) in panels.enumerated() {
            lines += draw(
                panel, left: 10 + Double(place % PanelPlot.columns) * PanelPlot.width,
                top: 40 + Double(place / PanelPlot.columns) * PanelPlot.height)
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }

    private func draw(_ panel: Panel, left: Double, top: Double) -> [String] {
        func isDrawn(_ point: (x: Double, y: Double)) -> Bool {
            point.x.isFinite && point.y.isFinite && (point.x > 0 || !panel.isLogarithmic)
        }
        let (dots, line) = (panel.dots.filter(isDrawn), panel.line.filter(isDrawn))
        let (xs, ys) = ((dots + line).map(\.x), (dots + line).map(\.y))
        func seen(_ x: Double) -> Double { panel.isLogarithmic ? Mathematics.decimalLogarithm(x) : x }
        let (first, last) = (seen(xs.min() ?? 1), seen(xs.max() ?? 1))
        let (low, high) = (ys.min() ?? 0, ys.max() ?? 1)
        let frame = (left: left + 52, right: left + PanelPlot.width - 14, top: top + 24, bottom: top + PanelPlot.height - 44)
        func x(_ value: Double) -> Double {
            last > first ? frame.left + (frame.right - frame.left) * (seen(value) - first) / (last - first) : (frame.left + frame.right) / 2
        }
        func y(_ value: Double) -> Double {
            high > low ? frame.bottom - (frame.bottom - frame.top) * (value - low) / (high - low) : (frame.top + frame.bottom) / 2
        }
        let middle = short((frame.left + frame.right) / 2)
        var lines = [
            "<text x=\"\(middle)\" y=\"\(short(top + 14))\" text-anchor=\"middle\" font-size=\"12\">\(LearningCurve.escaped(panel.title))</text>",
            "<path d=\"M\(short(frame.left)) \(short(frame.top))V\(short(frame.bottom))H\(short(frame.right))\" fill=\"none\" stroke=\"#333\"/>",
            "<text x=\"\(middle)\" y=\"\(short(frame.bottom + 32))\" text-anchor=\"middle\">\(LearningCurve.escaped(panel.axis))</text>",
        ]
        for value in low < high ? [low, (low + high) / 2, high] : [low] where !ys.isEmpty {
            lines.append(
                "<text x=\"\(short(frame.left - 4))\" y=\"\(short(y(value) + 3))\" text-anchor=\"end\">\(PanelPlot.label(value))</text>")
        }
        let places = panel.names.isEmpty ? (xs.min() ?? 0) < (xs.max() ?? 0) ? [xs.min() ?? 0, xs.max() ?? 0] : Array(xs.prefix(1)) : []
        for value in places {
            lines.append(
                "<text x=\"\(short(x(value)))\" y=\"\(short(frame.bottom + 14))\" text-anchor=\"middle\">\(PanelPlot.label(value))</text>")
        }
        for (place, name) in panel.names.enumerated() {
            lines.append(
                "<text x=\"\(short(x(Double(place))))\" y=\"\(short(frame.bottom + 14))\" text-anchor=\"middle\">"
                    + "\(LearningCurve.escaped(name))</text>")
        }
        if line.count > 1 {
            let points = line.map { "\(short(x($0.x))),\(short(y($0.y)))" }.joined(separator: " ")
            lines.append("<polyline points=\"\(points)\" fill=\"none\" stroke=\"#0072B2\" stroke-width=\"1.5\"/>")
        }
        for dot in dots { lines.append("<circle cx=\"\(short(x(dot.x)))\" cy=\"\(short(y(dot.y)))\" r=\"2\" fill=\"#D55E00\"/>") }
        return lines
    }

    /// A number with four digits that count.
    static func label(_ value: Double) -> String {
        let size = abs(value)
        if size >= 1_000 || size == 0 { return decimal(value, places: 0) }
        if size < 1e-4 { return "\(Float(value))" }
        let places = min(max(3 - Int(Mathematics.decimalLogarithm(size).rounded(.down)), 0), 7)
        var label = decimal(value, places: places)
        while label.contains("."), label.hasSuffix("0") || label.hasSuffix(".") { label.removeLast() }
        return label
    }

    private func short(_ value: Double) -> String { decimal(value, places: 1) }
}
