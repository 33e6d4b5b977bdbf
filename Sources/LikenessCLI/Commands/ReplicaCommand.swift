import ArgumentParser

/// `likeness replica`: publishing versions to a folder, and stores that follow it.
struct ReplicaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replica",
        abstract: "Publish versions to a folder, and follow it from other machines.",
        discussion: """
            The primary publishes to a remote, a folder that others can read: a mounted disk, or one that is copied by rsync. Replicas pull \
            from it what they lack, answer queries, and change nothing by themselves.

            Example:
              likeness replica publish remote --store store
              likeness replica pull remote --store replica
              likeness nearest items --to tag:dragons --store replica
            """,
        subcommands: [ReplicaPublishCommand.self, ReplicaPullCommand.self, ReplicaStatusCommand.self, ReplicaVerifyCommand.self])
}
