import ArgumentParser
import Likeness

/// `likeness replica promote`: makes the primary of a standby.
struct ReplicaPromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Make the primary of a standby, when the primary is lost or gives way.",
        discussion: """
            The standby must have pulled all that was published. The remote is told first: from then on the former primary's publications fail \
            there, with words that say who took over. Then the standby becomes a store as any: it takes likes in, fits and publishes. Likes that the \
            former primary took in after its last publication are not in it. Other replicas follow the remote as before.

            Stop a `replica pull --follow` on the standby first. A promotion that is cut off is done by running it again.

            Example: likeness replica promote --store standby
            """)

    @Argument(help: "The remote; without it the one that the standby was pulled from.")
    var remote: String?

    @OptionGroup var remoteOptions: RemoteOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let promotion = try Replica.promote(store.path, remote: remote, access: remoteOptions.access)
        if output.isJSON { return try JSONOutput.print(Report(promotion)) }
        Terminal.writeLine(
            "\(store.path) is the primary of \(promotion.remote) now (epoch \(promotion.epoch)), in place of \(promotion.before)")
        for (alias, version) in promotion.aliases.sorted(by: { $0.key < $1.key }) { Terminal.writeLine("\(alias) points at \(version)") }
    }

    private struct Report: Encodable {
        let remote: String
        let before: String
        let epoch: UInt64
        let aliases: [String: UInt64]

        init(_ promotion: Replica.Promotion) {
            (remote, before, epoch) = (promotion.remote, promotion.before, promotion.epoch)
            aliases = promotion.aliases.mapValues(\.rawValue)
        }
    }
}
