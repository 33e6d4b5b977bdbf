extension LearningCurve {
    /// A plot as an SVG document: epochs across, the metrics upwards; train likes solid, test likes dashed.
    ///
    /// - Complexity: O(points × metrics).
    package func svg(title: String = "Learning curve") -> String {
        let (left, right, top, bottom) = (70.0, 520.0, 50.0, 350.0)
        let values = points.flatMap { point in metrics.flatMap { [point.train[$0], point.test[$0]] } }
            .compactMap(\.self).filter(\.isFinite)
        let steps = Self.ticks(upTo: values.max() ?? 1)
        let highest = steps.last ?? 1
        let (first, last) = (Double(points.first?.epoch ?? 0), Double(points.last?.epoch ?? 1))
        let x = { (epoch: Int) in
            last > first ? left + (right - left) * (Double(epoch) - first) / (last - first) : (left + right) / 2
        }
        let y = { (value: Double) in bottom - (bottom - top) * max(value, 0) / highest }
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 410\" font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"720\" height=\"410\" fill=\"white\"/>",
            "<text x=\"\(short((left + right) / 2))\" y=\"28\" text-anchor=\"middle\" font-size=\"16\">\(Self.escaped(title))</text>",
        ]
        for step in steps {
            lines.append(
                "<path d=\"M\(short(left)) \(short(y(step)))H\(short(right))\" stroke=\"#ddd\"/>"
                    + "<text x=\"\(short(left - 8))\" y=\"\(short(y(step) + 4))\" text-anchor=\"end\">\(tickLabel(step))</text>"
            )
        }
        for point in labelledPoints {
            lines.append(
                "<text x=\"\(short(x(point.epoch)))\" y=\"\(short(bottom + 18))\" text-anchor=\"middle\">\(point.epoch)</text>"
            )
        }
        lines.append(
            "<path d=\"M\(short(left)) \(short(top))V\(short(bottom))H\(short(right))\" fill=\"none\" stroke=\"#333\"/>"
        )
        lines.append("<text x=\"\(short((left + right) / 2))\" y=\"390\" text-anchor=\"middle\">epochs</text>")
        lines.append(
            "<text transform=\"translate(18 \(short((top + bottom) / 2))) rotate(-90)\" text-anchor=\"middle\">"
                + "\(Self.escaped(metrics.count == 1 ? metrics[0] : "value"))</text>")
        for (index, metric) in metrics.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            for (side, series) in [
                ("train", points.map { $0.train[metric] }), ("test", points.map { $0.test[metric] }),
            ] {
                let stroke =
                    "stroke=\"\(colour)\" stroke-width=\"2\"" + (side == "test" ? " stroke-dasharray=\"6 4\"" : "")
                let places = zip(points, series).compactMap { point, value in
                    value.flatMap { $0.isFinite ? "\(short(x(point.epoch))),\(short(y($0)))" : nil }
                }
                if places.count > 1 {
                    lines.append("<polyline points=\"\(places.joined(separator: " "))\" fill=\"none\" \(stroke)/>")
                }
                for place in places {
                    let pair = place.split(separator: ",")
                    lines.append("<circle cx=\"\(pair[0])\" cy=\"\(pair[1])\" r=\"2.5\" fill=\"\(colour)\"/>")
                }
                let row = top + 12 + Double(40 * index + (side == "test" ? 18 : 0))
                lines.append(
                    "<path d=\"M540 \(short(row))H570\" \(stroke)/>"
                        + "<text x=\"578\" y=\"\(short(row + 4))\">\(side) \(Self.escaped(metric))</text>")
            }
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }

    /// Okabe and Ito's colours, which colour-blind readers can tell apart.
    private static let colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]

    /// At most about ten points have room for a label.
    private var labelledPoints: [Point] {
        let step = max(1, (points.count + 9) / 10)
        return stride(from: 0, to: points.count, by: step).map { points[$0] }
    }

    /// 0 and up to six round steps (1, 2 or 5 times a power of ten) that reach `highest`.
    static func ticks(upTo highest: Double) -> [Double] {
        let highest = highest > 0 ? highest : 1
        var power = 1e-9
        while true {
            for factor in [1.0, 2, 5] where factor * power * 5 >= highest {
                let step = factor * power
                return (0...Int((highest / step).rounded(.up))).map { Double($0) * step }
            }
            power *= 10
        }
    }

    private func tickLabel(_ value: Double) -> String {
        var label = decimal(value, places: 4)
        while label.hasSuffix("0") && !label.hasSuffix(".0") { label.removeLast() }
        return label.hasSuffix(".0") ? String(label.dropLast(2)) : label
    }

    private func short(_ value: Double) -> String { decimal(value, places: 1) }

    /// Text as SVG holds it.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, letter in
            switch letter {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(letter)
            }
        }
    }
}
