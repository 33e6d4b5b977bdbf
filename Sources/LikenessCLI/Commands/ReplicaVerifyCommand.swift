import ArgumentParser
import Likeness

/// `likeness replica verify`: checks a remote.
struct ReplicaVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every pack of a remote against its hashes.",
        discussion: """
            No store is needed. Pointers, headers, records and blocks are read, and every version must have its whole tree. The exit status is 1 if \
            anything is wrong. A remote over the network is copied to a temporary folder first, which needs as much room.

            Example: likeness replica verify /mnt/models
            """)

    @Argument(help: "The remote: a folder, s3://bucket/prefix, or the address of a web server's folder.")
    var remote: String

    @Option(
        name: .customLong("alias"),
        help: ArgumentHelp("An alias to check. A web server lists none: without this, production is checked there.", valueName: "alias"))
    var aliases: [String] = []

    @OptionGroup var remoteOptions: RemoteOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for alias in aliases { try AliasOption.check(alias, option: "--alias") }
    }

    func run() throws {
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let found = try Replica.verify(remote, aliases: chosenAliases, access: remoteOptions.access) { bytes in
            bar.show(nil, "checked \(Readable.bytes(bytes))")
        }
        bar.finish()
        if output.isJSON {
            try JSONOutput.print(Report(found, seconds: watch.seconds))
        } else {
            show(found, watch)
        }
        if !found.isSound { throw ExitCode.failure }
    }

    private var chosenAliases: [String] {
        aliases.isEmpty && remote.lowercased().hasPrefix("http") && remote.contains("://") ? Replica.Options().aliases : aliases
    }

    private func show(_ found: Replica.Verification, _ watch: Stopwatch) {
        Terminal.writeLine(
            "checked \(Readable.count(found.aliases, "alias", plural: "aliases")), \(Readable.count(found.packs, "pack")), "
                + "\(Readable.count(found.blocks, "block")), \(Readable.bytes(found.bytes)) in \(Readable.duration(watch.seconds))")
        if found.unreferenced > 0 {
            Terminal.writeLine(
                "no alias leads to \(Readable.count(found.unreferenced, "pack")): left by a publication that was cut off, or for replicas that still read them; `likeness replica prune` removes them"
            )
        }
        if found.isSound { return Terminal.writeLine("everything is as it was written") }
        for problem in found.problems { Terminal.writeError("error: \(problem)\n") }
    }

    private struct Report: Encodable {
        let aliases: Int
        let packs: Int
        let blocks: Int
        let bytes: Int
        let unreferenced: Int
        let problems: [String]
        let seconds: Double

        init(_ found: Replica.Verification, seconds: Double) {
            (aliases, packs, blocks, bytes) = (found.aliases, found.packs, found.blocks, found.bytes)
            (unreferenced, problems, self.seconds) = (found.unreferenced, found.problems, seconds)
        }
    }
}
