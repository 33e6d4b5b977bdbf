import Likeness
import PlainText
import Platform

/// Shows the progress and the result of a fit; `fit` and `fit-partial` share it.
struct FitDisplay {
    let isVerbose: Bool

    /// Runs a fit, draws its progress, and stops it where nothing is lost when a signal comes.
    func watch<Report>(_ fit: ((FitProgress) -> Bool) throws -> Report) throws -> Report {
        Interruption.watch()
        var bar = ProgressBar(isVerbose: isVerbose)
        defer { bar.finish() }
        return try fit { progress in
            switch progress {
            case .reading: bar.show(nil, "reading likes")
            case .choosing(let candidate, let candidates, let name, let fraction):
                bar.show(
                    (Double(candidate - 1) + fraction) / Double(max(candidates, 1)), "choosing: way \(candidate) of \(candidates), \(name)")
            case .training(let epoch, let epochs, let fraction, let meanLoss, let likesPerSecond):
                bar.show(
                    (Double(epoch - 1) + fraction) / Double(max(epochs, 1)),
                    "epoch \(epoch) of \(epochs) · mean loss \(Readable.decimal(meanLoss, places: 4)) · "
                        + "\(Readable.rate(likesPerSecond)) likes/s")
            case .publishing: bar.show(1, "writing the version")
            }
            return Interruption.caught == nil
        }
    }

    /// Writes the result of the fit.
    static func show(_ report: FitReport, _ output: OutputOptions) throws {
        if output.isJSON { return try JSONOutput.print(report) }
        let parent = report.parent.map { ", which continues v\($0)" } ?? ""
        let alias = report.alias.map { "; \($0) points at it" } ?? ""
        Terminal.writeLine("published v\(report.version)\(parent)\(alias)")
        Terminal.writeLine(
            "  model     \(grown(report.users, "user", report.newUsers, report)) × \(grown(report.items, "item", report.newItems, report)), "
                + grown(report.features, "feature", report.newFeatures, report)
                + (report.userFeatures > 0 ? ", \(Readable.count(report.userFeatures, "user feature"))" : "")
                + (report.dislikes > 0 ? ", \(Readable.count(report.dislikes, "dislike"))" : ""))
        if let selection = report.selection { Self.lines(for: selection).forEach { Terminal.writeLine("  chosen    \($0)") } }
        Terminal.writeLine(
            "  training  \(Readable.count(report.epochs, "epoch")) on \(trained(report)) in "
                + "\(Readable.duration(report.trainingSeconds)) on \(Readable.count(report.threads, "thread")), "
                + "\(Readable.rate(report.likesPerSecond)) likes/s, mean loss \(Readable.decimal(report.meanLoss, places: 4))"
        )
        Terminal.writeLine(
            "  written   \(Readable.bytes(report.bytesWritten)); \(Readable.duration(report.totalSeconds)) in all")
        if let changes = report.changes {
            let tags = changes.tags == .fixed ? "tags stand still" : "\(Readable.count(changes.touchedFeatures, "tag")) moved"
            Terminal.writeLine(
                "  changed   \(Readable.count(changes.touchedUsers, "user")) and \(Readable.count(changes.touchedItems, "item")) of the parent; "
                    + "\(tags); \(Readable.count(changes.rowsWritten, "row")) written, \(Readable.count(changes.layers, "layer")) in all")
        }
        if let drift = report.drift {
            let due =
                report.isFullFitDue == true ? "; many likes are new since the last full fit: `likeness fit` is due" : ""
            let kept = report.neighbors.map { neighbors in
                "; \(Readable.decimal(100 * neighbors.share, places: 0)) % of the \(neighbors.k) nearest of "
                    + "\(Readable.count(neighbors.items, "item")) that changed are those of before"
            }
            Terminal.writeLine("  drift     \(Readable.decimal(drift, places: 4)) from its parent\(kept ?? "")\(due)")
        }
        if let test = report.test {
            Terminal.writeLine(
                "  test      precision@\(test.k) \(Readable.decimal(test.before, places: 4)) before and "
                    + "\(Readable.decimal(test.after, places: 4)) after, on \(Readable.count(test.likes, "held-out like")) of "
                    + Readable.count(test.users, "user"))
        }
    }

    /// How the settings were chosen, in words: the choice, then what each candidate reached.
    static func lines(for selection: FitSelection) -> [String] {
        let metric = selection.metric.printable
        guard let choice = selection.choice else {
            return ["the defaults: too few users have likes to hold out"]
        }
        let reason =
            switch selection.reason {
            case .leads: "it leads the default by more than noise"
            case .firstFailed: "the default could not be trained"
            case .noLeadBeyondNoise, .tooFewLikes: "no other leads it by more than noise"
            }
        let begin =
            "\(choice.name.printable): \(reason), by \(metric) on \(Readable.count(selection.heldOutLikes, "held-out like")) of "
            + "\(Readable.count(selection.users, "user")), in \(Readable.duration(selection.seconds))"
        return [begin]
            + selection.candidates.map { candidate in
                var words = "  \(candidate.name.printable): "
                words += candidate.value.map { Readable.decimal($0, places: 4) } ?? "failed: \((candidate.failure ?? "").printable)"
                if let low = candidate.low, let high = candidate.high {
                    words += " (\(Readable.decimal(low, places: 4)) … \(Readable.decimal(high, places: 4)) to the default)"
                }
                return words + ", \(Readable.duration(candidate.seconds))"
            }
    }

    /// What was trained on; only logistic loss trains on dislikes.
    private static func trained(_ report: FitReport) -> String {
        report.loss == Hyperparameters.Loss.logistic.rawValue && report.dislikes > 0
            ? "\(Readable.count(report.trainedLikes)) likes and dislikes" : Readable.count(report.trainedLikes, "like")
    }

    private static func grown(_ count: Int, _ noun: String, _ new: Int, _ report: FitReport) -> String {
        Readable.count(count, noun) + (report.parent != nil && new > 0 ? " (\(Readable.count(new)) new)" : "")
    }
}
