import ArgumentParser
import Likeness

/// `likeness tune list`: one line for each study.
struct TuneListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all studies, oldest first.",
        discussion: "Example: likeness tune list --store store")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let reports = try store.openForReading().studies()
        if output.isJSON {
            for report in reports { try JSONOutput.print(report) }
            return
        }
        if reports.isEmpty { return Terminal.writeLine("no studies yet. Begin one with `likeness tune`") }
        var table = TextTable(
            .numbers("study"), .words("began"), .words("by"), .numbers("likes up to"), .words("metric"), .numbers("trials"),
            .numbers("best"),
            .numbers("test"), .words("loss"))
        for report in reports {
            let (study, best) = (report.study, report.best)
            table.add(
                "\(study.number)", Readable.time(milliseconds: study.created), study.creator, Readable.count(study.watermark.rawValue),
                study.metric, Readable.count(report.trials.count), best?.best.map { Readable.decimal($0.value, places: 4) } ?? "",
                study.test.map { Readable.decimal($0.best, places: 4) } ?? "", best?.settings.loss ?? "")
        }
        table.print()
    }
}
