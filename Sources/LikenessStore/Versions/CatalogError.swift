public import LikenessFormat

/// Why something could not be done with versions and aliases.
public enum CatalogError: Error, Equatable, Sendable {
    /// There is no such version; `newest` is the last one there is.
    case noSuchVersion(Version, newest: Version?)
    /// There is no such alias; `others` are the ones there are.
    case noSuchAlias(String, others: [String])
    /// Nothing has been published yet.
    case noVersions
    /// The alias has not moved yet, so it has no previous target.
    case nothingToRollBack(alias: String, target: Version)
    /// An alias must be 1 to 100 letters, digits, `.`, `_` or `-`, and must not read as a version.
    case badAlias(String)
    /// The version was removed by a prune.
    case pruned(Version)
    /// The version that was to be published stands on blocks that a prune has removed meanwhile.
    case blocksPruned
    /// Something is being forgotten, or a forget was cut off.
    case forgetting
    /// The version was made from likes that have been forgotten meanwhile.
    case forgottenMeanwhile
    /// Users or items were forgotten during a run of ingest, which may know their rows.
    case forgottenWhileTakingIn
}

extension CatalogError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .noSuchVersion(let version, let newest?):
            "there is no version \(version); the newest is \(newest). See `likeness versions list`"
        case .noSuchVersion(_, nil), .noVersions:
            "the store has no versions yet. Make one with `likeness fit`"
        case .noSuchAlias(let name, let others):
            "there is no alias '\(name)'; "
                + (others.isEmpty ? "there are none yet" : "there are: " + others.joined(separator: ", "))
                + ". See `likeness versions list`"
        case .nothingToRollBack(let alias, let target):
            "'\(alias)' points at \(target) and has no earlier target to go back to"
        case .badAlias(let name):
            "'\(name)' cannot be an alias: use 1 to 100 letters, digits, '.', '_' or '-', and neither the form of a version (v12) nor 'latest'"
        case .pruned(let version):
            "\(version) was pruned: its model is gone, its place in the histories of aliases stays. See `likeness versions list`"
        case .blocksPruned:
            "the version that this one goes on from was pruned meanwhile; nothing was published. Run the command again"
        case .forgetting:
            "users or items are being forgotten, so nothing was published. Wait for `likeness forget`; if none is running, one was cut off: run it again, without ids"
        case .forgottenWhileTakingIn:
            "users or items were forgotten while this file was taken in. What was reported durable stays; run the command again"
        case .forgottenMeanwhile:
            "users or items were forgotten while this version was made from their likes; nothing was published. Run the command again"
        }
    }
}
