import ArgumentParser
import Likeness
import PlainText

/// `likeness tune show`: a study and all its trials.
struct TuneShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a study and all its trials.",
        discussion: "Example: likeness tune show 2")

    @Argument(help: ArgumentHelp("The study. (default: the one that began last)", valueName: "number"))
    var study: UInt64?

    @OptionGroup var plot: PlotOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try plot.check(protecting: store.files)
        let report = try store.openForReading().study(study.map { .number($0) } ?? .newest)
        try plot.write(report, protecting: store.files)
        if output.isJSON { return try JSONOutput.print(report) }
        TuneDisplay.show(report, trials: nil)
        for trial in report.trials {
            if let failure = trial.failure { Terminal.writeLine("trial \(trial.number) failed: \(failure.printable)") }
        }
    }
}
