import ArgumentParser

/// `likeness replica`: publishing versions to a remote, and stores that follow it.
struct ReplicaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replica",
        abstract: "Publish versions to a folder or a bucket, and follow it from other machines.",
        discussion: """
            The primary publishes to a remote: a folder that others can read, such as a mounted disk or one that is copied by rsync, or a prefix of an \
            S3 bucket. Replicas pull from it what they lack, answer queries, and change nothing by themselves. They can also pull from a web \
            server that serves such a folder.

            Keys for a bucket are looked for where AWS's tools look: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile AWS_PROFILE in \
            ~/.aws/credentials, the role of the container or the machine.

            Example:
              likeness replica publish remote --store store
              likeness replica pull remote --store replica
              likeness nearest items --to tag:dragons --store replica
            """,
        subcommands: [
            ReplicaPublishCommand.self, ReplicaPullCommand.self, ReplicaStatusCommand.self, ReplicaVerifyCommand.self,
            ReplicaPruneCommand.self, ReplicaPromoteCommand.self,
        ])
}
