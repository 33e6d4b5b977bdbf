import ArgumentParser

/// `likeness ingest`: takes likes or features in.
struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Take likes or features in.",
        discussion: """
            Run again on the same file, or on a longer one, nothing is counted twice. Stopped half-way, run it again: it ends as \
            if it had not been stopped.

            Example: likeness ingest likes likes.psv --rejects rejects.csv
            """,
        subcommands: [IngestLikesCommand.self, IngestFeaturesCommand.self])
}
