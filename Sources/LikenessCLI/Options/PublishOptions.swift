import ArgumentParser
import Likeness

/// What becomes of a version that a fit makes.
struct PublishOptions: ParsableArguments {
    @Option(name: .customLong("as"), help: ArgumentHelp("The alias to point at the new version.", valueName: "alias"))
    var alias = "production"

    @Flag(name: .customLong("no-alias"), help: "Point no alias at the new version; `versions promote` can do so later.")
    var hasNoAlias = false

    @Flag(
        name: .customLong("force"),
        help: "Point the alias even at a version that was not trained, or whose loss is absurd.")
    var isForced = false

    @Option(help: ArgumentHelp("A note to keep with the version.", valueName: "text"))
    var note: String?

    @Option(help: ArgumentHelp("A folder to publish the version to as well, for replicas to pull.", valueName: "folder"))
    var replicate: String?

    /// The alias to move; nil for none.
    var chosenAlias: String? {
        hasNoAlias ? nil : alias
    }

    func validate() throws {
        try AliasOption.check(alias, option: "--as")
        if replicate != nil && hasNoAlias {
            throw ValidationError(
                "--replicate publishes what an alias points at, so it does not go with --no-alias. Leave one of them out.")
        }
    }

    /// - Throws: `FitError.aliasWithheld` if the alias was not moved to the version.
    func checkAlias(_ report: FitReport) throws {
        guard let reason = report.aliasWithheld, let alias = chosenAlias else { return }
        throw FitError.aliasWithheld(Version(rawValue: report.version), alias: alias, reason: reason)
    }

    /// Publishes what the alias points at to the folder for replicas, if one is named.
    ///
    /// - Throws: `CommandError`. The version is in the store, and the next publication brings what this one did not.
    func replicate(_ store: StoreReader) throws {
        guard let replicate, let alias = chosenAlias else { return }
        do {
            let report = try store.publish(to: replicate, alias: alias)
            Terminal.writeError("\(alias) points at \(report.version) in \(replicate): \(Readable.bytes(report.bytes)) written\n")
        } catch {
            throw CommandError(
                "the version is in the store, but it could not be published to \(replicate): \(error). "
                    + "`likeness replica publish \(replicate)` does so later")
        }
    }
}

/// Names of aliases in options, checked before any work is done.
enum AliasOption {
    /// - Throws: `ValidationError` if `name` cannot be an alias.
    static func check(_ name: String, option: String) throws {
        if AliasName(name) == nil { throw ValidationError("\(option): \(CatalogError.badAlias(name)).") }
    }
}
