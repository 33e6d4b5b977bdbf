import ArgumentParser
import Likeness
import Platform

/// The `likeness` command: one subcommand for each thing that can be done with a store.
@main
struct LikenessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness",
        abstract: "Keep likes, learn from them, and ask what is near what.",
        discussion: """
            A store is a folder that holds likes, features and every version of the model that was learned from them. Name it \
            with --store, or once and for all with the variable LIKENESS_STORE.

            A first tour, on data that is made up:
              export LIKENESS_STORE=store
              likeness demo-data data
              likeness init
              likeness ingest likes data/likes.psv
              likeness ingest features data/feats.psv
              likeness fit
              likeness nearest items --to tag:dragons

            `likeness --version` says which build this is.

            Exit status: 0 done, 1 failed, 3 done but some rows were rejected, 64 the command was not understood, 130 stopped \
            with Ctrl-C.
            """,
        groupedSubcommands: [
            CommandGroup(name: "Store", subcommands: [InitCommand.self, StatsCommand.self, BackupCommand.self, DumpCommand.self]),
            CommandGroup(name: "Data", subcommands: [DemoDataCommand.self, IngestCommand.self, ForgetCommand.self, SplitCommand.self]),
            CommandGroup(
                name: "Model",
                subcommands: [
                    FitCommand.self, FitPartialCommand.self, FollowCommand.self, EvaluateCommand.self, CompareCommand.self,
                    LearningCurveCommand.self, TuneCommand.self, VersionsCommand.self, IndexCommand.self,
                ]),
            CommandGroup(
                name: "Queries",
                subcommands: [NearestCommand.self, RecommendCommand.self, SimilarCommand.self, FindCommand.self, ShellCommand.self]),
            CommandGroup(name: "Other machines", subcommands: [ReplicaCommand.self]),
        ])

    /// Understands the arguments, runs the command, and ends the process with the status that says how it went.
    static func main() {
        // A file that must not grow further is an error to tell, as a full disk is, and nothing to die of.
        Interruption.ignoreFileSizeLimit()
        DamageSignal.install(
            message: "error: the store's file is damaged: its pages lead to memory that is not there. "
                + "Run `likeness versions verify`, or restore a backup")
        StandardStream.occupyClosed()
        // Not the parser's own flag, which would stand beside the --version V of queries in their help texts.
        if CommandLine.arguments.dropFirst() == ["--version"] { tellVersion() }
        do {
            var command = try parseAsRoot()
            try command.run()
            try Terminal.checkOutput()
        } catch {
            Failure.end(with: error)
        }
    }

    private static func tellVersion() -> Never {
        Terminal.writeLine("likeness 0.1.0, format \(StoreFormat.current), LMDB \(StoreFormat.lmdbVersion)")
        exit(withError: nil)
    }
}
