import Likeness
import Platform

/// Shows the progress and the result of a search for settings.
struct TuneDisplay {
    let isVerbose: Bool

    /// Runs a search, draws its progress, and stops it where nothing is lost when a signal comes.
    func watch(_ search: ((TuneProgress) -> Bool) throws -> StudyReport) throws -> StudyReport {
        Interruption.watch()
        var bar = ProgressBar(isVerbose: isVerbose)
        defer { bar.finish() }
        return try search { progress in
            switch progress {
            case .reading: bar.show(nil, "reading likes")
            case .searching(let state): bar.show(nil, Self.words(for: state))
            case .testing: bar.show(nil, "testing the best settings")
            case .fitting(.training(let epoch, let epochs, _, _, _)): bar.show(nil, "fitting: epoch \(epoch) of \(epochs)")
            case .fitting: bar.show(nil, "fitting")
            }
            return Interruption.caught == nil
        }
    }

    private static func words(for state: TuneState) -> String {
        let last = state.trial + max(state.underWay, 1) - 1
        var words =
            (last > state.trial ? "trials \(state.trial) to \(last)" : "trial \(state.trial)") + (state.trials.map { " of \($0)" } ?? "")
        if state.fraction > 0 { words += ", \(Int(state.fraction * 100)) %" }
        if let best = state.best { words += " · best \(Readable.decimal(best.value, places: 4)) in trial \(best.trial)" }
        if let left = state.secondsLeft { words += " · \(Readable.duration(left.rounded())) left" }
        return words
    }

    /// Writes the result of a search: the best trials, what the test likes said, and the best settings as a command.
    ///
    /// - Parameter trials: how many to list, from the best; nil for all, in the order in which they ended.
    static func show(_ report: StudyReport, trials: Int?) {
        let study = report.study
        let failed = report.trials.count { $0.best == nil }
        Terminal.writeLine(
            "study \(study.number): \(Readable.count(report.trials.count, "trial")) for \(study.metric)"
                + (failed > 0 ? ", of which \(Readable.count(failed)) failed" : "")
                + (report.seconds > 0 ? "; \(Readable.duration(report.seconds)) in all" : ""))
        table(of: trials.map { Array(report.ranked.prefix($0)) } ?? report.trials, study.metric).print()
        if report.isExhausted { Terminal.writeLine("the space holds no settings that were not tried") }
        if let test = study.test { show(test, study) }
        if let command = report.command { Terminal.writeLine("best settings:\n  \(command)") }
        if let published = report.published {
            let alias = published.alias.map { "; \($0) points at it" } ?? ""
            Terminal.writeLine("published v\(published.version), trained on \(Readable.count(published.likes, "like"))\(alias)")
        }
    }

    private static func show(_ test: StudyTest, _ study: Study) {
        var words =
            "on test likes of \(Readable.count(test.users, "user")): \(Readable.decimal(test.best, places: 4)) with the settings of "
            + "trial \(test.trial)"
        if let standard = test.standard { words += ", \(Readable.decimal(standard, places: 4)) with the defaults" }
        if let low = test.low, let high = test.high {
            words += "; 95 % interval of the difference \(Readable.decimal(low, places: 4)) … \(Readable.decimal(high, places: 4))"
        }
        Terminal.writeLine(words)
        if test.reads > 1 {
            Terminal.writeLine("test likes were looked at \(test.reads) times in this study, so that their values may flatter")
        }
    }

    private static func table(of trials: [Trial], _ metric: String) -> TextTable {
        let losses = Set(trials.map(\.settings.loss))
        let names = Set(trials.flatMap(\.settings.values.keys)).sorted()
        var columns: [TextTable.Column] = [.numbers("trial"), .words("from")]
        if losses.count > 1 { columns.append(.words("loss")) }
        columns += [.numbers(metric), .numbers("epochs"), .numbers("time")] + names.map { .numbers($0) }
        var table = TextTable(columns)
        for trial in trials {
            var cells = ["\(trial.number)", trial.origin.rawValue]
            if losses.count > 1 { cells.append(trial.settings.loss) }
            cells += [
                trial.best.map { Readable.decimal($0.value, places: 4) } ?? "failed",
                trial.best.map { "\($0.epochs)" + (trial.stop == nil ? "" : "…") } ?? "",
                Readable.duration(trial.seconds),
            ]
            table.add(cells + names.map { trial.settings.values[$0]?.description ?? "" })
        }
        return table
    }
}
