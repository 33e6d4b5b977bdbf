import ArgumentParser
import Likeness

/// `likeness replica status`: how far a replica is.
struct ReplicaStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show which versions a replica has, which its remote has, and how far apart they are.",
        discussion: """
            The lag is the time since the publisher wrote what the replica lacks, by the clocks of both machines. The exit status is 1 if the remote \
            cannot be read.

            Example: likeness replica status --store replica
            """)

    @Argument(help: "The remote; without it the one that the replica was pulled from.")
    var remote: String?

    @OptionGroup var remoteOptions: RemoteOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let status = try Replica.status(of: store.path, remote: remote, access: remoteOptions.access)
        if output.isJSON {
            try JSONOutput.print(Report(status))
        } else {
            show(status)
        }
        if status.problem != nil { throw ExitCode.failure }
    }

    private func show(_ status: Replica.Status) {
        Terminal.writeLine("remote    \(status.remote)")
        Terminal.writeLine("primary   \(status.primary)\(status.epoch > 1 ? ", epoch \(status.epoch)" : "")")
        switch status.contents {
        case .queries: break
        case .withoutLikes: Terminal.writeLine("holds     no likes")
        case .everything: Terminal.writeLine("holds     everything: it is a standby")
        }
        var table = TextTable(
            .words("alias"), .words("here"), .words("remote"), .numbers("moves"), .numbers("remote moves"), .words("pulled"))
        for alias in status.aliases {
            table.add(
                alias.alias, alias.version.map { "\($0)" } ?? "not followed", alias.remoteVersion.map { "\($0)" } ?? "?",
                alias.moves.map { Readable.count($0) } ?? "", alias.remoteMoves.map { Readable.count($0) } ?? "?",
                alias.pulled.map { Readable.time(milliseconds: $0) } ?? "")
        }
        table.print()
        if let problem = status.problem { return Terminal.writeError("error: \(problem)\n") }
        guard let packs = status.packsBehind, let bytes = status.bytesBehind, let lag = status.lag else { return }
        let isBehind = status.aliases.contains { $0.version != nil && $0.isBehind }
        Terminal.writeLine(
            isBehind
                ? "behind by \(Readable.count(packs, "pack")) of \(Readable.bytes(bytes)), and \(Readable.duration(Double(lag) / 1_000))"
                : "up to date")
    }

    private struct Report: Encodable {
        let remote: String
        let primary: String
        let store: String
        let contents: String
        let epoch: UInt64
        let aliases: [Followed]
        let packsBehind: Int?
        let bytesBehind: Int?
        let lagSeconds: Double?
        let problem: String?

        struct Followed: Encodable {
            let alias: String
            let version: UInt64?
            let moves: UInt64?
            let pulled: Int64?
            let remoteVersion: UInt64?
            let remoteMoves: UInt64?
            let published: Int64?
            let behind: Bool
        }

        init(_ status: Replica.Status) {
            (remote, primary, store, problem) = (status.remote, status.primary, status.store, status.problem)
            (contents, epoch) = (status.contents.rawValue, status.epoch)
            (packsBehind, bytesBehind, lagSeconds) = (status.packsBehind, status.bytesBehind, status.lag.map { Double($0) / 1_000 })
            aliases = status.aliases.map {
                Followed(
                    alias: $0.alias, version: $0.version?.rawValue, moves: $0.moves, pulled: $0.pulled,
                    remoteVersion: $0.remoteVersion?.rawValue, remoteMoves: $0.remoteMoves, published: $0.published, behind: $0.isBehind)
            }
        }
    }
}
