/// How a metric goes on train and test likes as training goes on: the seed article's figure.
package struct LearningCurve: Equatable, Sendable {
    /// The metrics after so many epochs.
    package struct Point: Equatable, Sendable {
        /// Epochs trained so far.
        package var epoch: Int
        /// Metrics by name on the likes trained on.
        package var train: [String: Double]
        /// Metrics by name on the likes held out.
        package var test: [String: Double]

        /// A point of the curve.
        package init(epoch: Int, train: [String: Double], test: [String: Double]) {
            self.epoch = epoch
            self.train = train
            self.test = test
        }
    }

    /// The points in the order of their epochs.
    package private(set) var points: [Point] = []
    /// The metrics to show, in this order.
    package let metrics: [String]

    /// A curve of these metrics, without points yet.
    package init(metrics: [String]) { self.metrics = metrics }

    /// Adds a point; epochs ascend.
    package mutating func append(_ point: Point) {
        precondition(points.last.map { $0.epoch < point.epoch } ?? true, "epochs ascend")
        points.append(point)
    }

    /// A table for a terminal: epoch, then each metric on train and test likes.
    package var table: String {
        let heads = ["epoch"] + metrics.flatMap { ["train \($0)", "test \($0)"] }
        let rows = points.map { point in
            ["\(point.epoch)"]
                + metrics.flatMap {
                    [point.train[$0], point.test[$0]].map { $0.map { decimal($0, places: 4) } ?? "-" }
                }
        }
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
        return ([heads] + rows).map { row in
            zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
        }.joined(separator: "\n") + "\n"
    }
}

/// `value` with exactly `places` decimals, rounded half away from zero.
func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let unit = (0..<places).reduce(1) { power, _ in power * 10 }
    let scaled = Int((abs(value) * Double(unit)).rounded())
    let fraction = "\(scaled % unit)"
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return sign + "\(scaled / unit)"
        + (places == 0 ? "" : "." + String(repeating: "0", count: places - fraction.count) + fraction)
}
