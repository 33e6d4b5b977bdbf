import ArgumentParser

/// `likeness versions`: the versions of the model and their aliases.
struct VersionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "List, compare, promote and check the versions of the model.",
        discussion: """
            Versions never change. An alias such as production points at one of them; moving it is instant, whatever the \
            model's size, and every move is kept.

            Example: likeness versions rollback production
            """,
        subcommands: [
            VersionsListCommand.self, VersionsShowCommand.self, VersionsDiffCommand.self, VersionsPromoteCommand.self,
            VersionsRollbackCommand.self, VersionsUnaliasCommand.self,
            VersionsHistoryCommand.self, VersionsAnnotateCommand.self, VersionsPruneCommand.self, VersionsCompactCommand.self,
            VersionsVerifyCommand.self, VersionsRepairCommand.self, VersionsExportCommand.self, VersionsImportCommand.self,
        ])
}
