import ArgumentParser

/// `likeness tune`: searches for settings, and shows earlier searches.
struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Search for the settings of a fit that rank best.",
        discussion: """
            A search trains and measures again and again: first with the defaults, then with settings at random, then with those that a \
            model of the trials so far expects most of, for their time. Every trial that ends is kept in the store; Ctrl-C or a \
            power cut lose the one under way, and --resume goes on. The likes of some users are held out to search by, and others to \
            test the best settings with in the end.

            `likeness tune` is short for `likeness tune run`; its options are in `likeness tune run --help`.

            Examples:
              likeness tune --trials 40 --metric ndcg@10
              likeness tune --resume --time 30m --fit
              likeness tune show
            """,
        subcommands: [TuneRunCommand.self, TuneListCommand.self, TuneShowCommand.self], defaultSubcommand: TuneRunCommand.self)
}
