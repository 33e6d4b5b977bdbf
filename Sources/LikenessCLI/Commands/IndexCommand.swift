import ArgumentParser

/// `likeness index`: indexes for approximate search.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Build, show and remove indexes for approximate search.",
        discussion: """
            An index holds the rows of a version in lists of those that point the same way. A query that looks at a few lists finds most of \
            what is near in a fraction of the time, where there are hundreds of thousands of items. Below that, exact search is fast enough.

            Example:
              likeness index build
              likeness nearest items --to tag:dragon --recall 0.95
            """,
        subcommands: [IndexBuildCommand.self, IndexListCommand.self, IndexRemoveCommand.self])
}
