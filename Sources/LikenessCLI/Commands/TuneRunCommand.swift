import ArgumentParser
import Likeness
import Platform

/// `likeness tune run`, or `likeness tune` alone: begins a search for settings, or goes on with one.
struct TuneRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Begin a search for settings, or go on with one. This is what `likeness tune` does by itself.",
        discussion: """
            A space is a file of JSON that names losses, their settings and the values to try; settings have the names of the options of \
            `likeness fit`. One number, a list, or a range with from, to and scale (log or linear):
              {"als": {"components": [64, 128], "epochs": [4, 8, 12],
                       "regularization": {"from": 0.004, "to": 0.016, "scale": "log"}}}
            Epochs cost nothing: one training is measured after each number of them.

            Examples:
              likeness tune --trials 40 --metric ndcg@10
              likeness tune --loss als,warp --time 10m --fit --as tuned
              likeness tune --start components=96,regularization=0.01 --trials 20
              likeness tune --resume --trials 80
            """)

    @OptionGroup(title: "The search") var search: TuneSearchOptions

    @Flag(help: "Go on with the study that began last, or with the one that --study names. What it began with is kept.")
    var resume = false

    @Option(parsing: .unconditional, help: ArgumentHelp("The study to go on with.", valueName: "number"))
    var study: UInt64?

    @Flag(name: .customLong("fit"), help: "Then train with the best settings on everything, and publish the version.")
    var fits = false

    @Option(name: .customLong("as"), help: ArgumentHelp("The alias to point at that version. (default: production)", valueName: "alias"))
    var alias: String?

    @Flag(name: .customLong("no-alias"), help: "Point no alias at that version; `versions promote` can do so later.")
    var hasNoAlias = false

    @Option(help: ArgumentHelp("A note to keep with that version. (default: the study and the trial)", valueName: "text"))
    var note: String?

    @OptionGroup var plot: PlotOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !fits, alias != nil || hasNoAlias || note != nil {
            throw ValidationError("--as, --no-alias and --note are about the version that --fit publishes. Add --fit, or leave them out.")
        }
        if let alias { try AliasOption.check(alias, option: "--as") }
        if study != nil, !resume { throw ValidationError("--study names the study to go on with. Add --resume, or leave it out.") }
    }

    func run() throws {
        var options = try search.options()
        if resume { options.resumes = study.map { .number($0) } ?? .newest }
        options.publishes = fits
        if hasNoAlias { options.alias = nil } else if let alias { options.alias = alias }
        options.note = note
        let chosen = options
        let inputs = store.files + [search.space].compactMap(\.self)
        try plot.check(protecting: inputs)
        let store = try store.openForWriting()
        let report = try TuneDisplay(isVerbose: progress.isVerbose).watch { try store.tune(chosen, progress: $0) }
        if output.isJSON { try JSONOutput.print(report) } else { TuneDisplay.show(report, trials: 10) }
        try plot.write(report, protecting: inputs)
        if report.isStopped {
            throw CommandError(
                "stopped after \(Readable.count(report.trials.count, "trial")), all of them kept. "
                    + "`likeness tune --resume --study \(report.study.number)` goes on")
        }
    }
}
