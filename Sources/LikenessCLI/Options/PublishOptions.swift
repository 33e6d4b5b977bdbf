import ArgumentParser
import Likeness
import Platform

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

    @Option(
        help: ArgumentHelp(
            "A remote to publish the version to as well, for replicas to pull: a folder, or s3://bucket/prefix.", valueName: "remote"))
    var replicate: String?

    @Option(
        help: ArgumentHelp(
            "Build the index of items for approximate search as well (ivf), or none. Unless told otherwise it is built where an exact search takes some 10 ms, which is from 2,000,000 items × 64 on, and where the version continues one that has it: its lists take what came or changed.",
            valueName: "kind"))
    var index: IndexChoice?

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

    /// Builds the index of the version if one is wanted, or if it pays and is not unwanted.
    ///
    /// - Throws: `CommandError`. The version is in the store.
    func buildIndex(_ store: Store, _ report: FitReport) throws {
        let version = Version(rawValue: report.version)
        do {
            switch index {
            case .noIndex: return
            case .ivf: break
            case nil: guard try store.wantsIndex(of: .version(version)) else { return }
            }
            let watch = Stopwatch()
            guard
                let summary = try store.buildIndex(
                    of: .version(version), joinsParent: true, threads: report.threads, progress: { _, _ in Interruption.caught == nil })
            else { throw CommandError("stopped before the index was built") }
            Terminal.writeError(
                "index of \(version): \(Readable.count(summary.rows, "item")) in \(Readable.count(summary.lists, "list"))"
                    + (summary.measured == version.rawValue ? "" : " of v\(summary.measured)'s index")
                    + ", \(Readable.duration(watch.seconds))\n")
            if summary.isRebuildDue {
                Terminal.writeError(
                    "most of its rows have moved since the lists' directions were found: `likeness index build \(version)` finds new ones\n"
                )
            }
        } catch {
            throw CommandError("\(version) is in the store, but without an index: \(error). `likeness index build \(version)` builds it")
        }
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

/// The indexes for approximate search.
enum IndexChoice: String, ExpressibleByArgument, CaseIterable {
    /// Lists of rows that point the same way.
    case ivf
    /// None.
    case noIndex = "none"
}
