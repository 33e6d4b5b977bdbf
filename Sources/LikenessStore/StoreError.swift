package import LMDB

/// Why a store could not be created, opened or read.
public enum StoreError: Error, Equatable, Sendable {
    /// There is nothing at the path.
    case notFound(path: String)
    /// The path leads to something that is not a store.
    case notAStore(path: String, reason: String)
    /// There is a store already.
    case alreadyExists(path: String)
    /// The store was written by a later build, in a format that this one cannot read.
    case newerFormat(path: String, found: UInt32, supported: UInt32)
    /// The store uses features that this build does not know; `forWriting` says whether reading would have been possible.
    case unsupportedFeatures(path: String, bits: UInt64, forWriting: Bool)
    /// The store is a replica, which replication alone changes; where it pulls from, and where the primary is.
    case replica(path: String, remote: String, primary: String)
    /// The store is open for reading only.
    case readOnly(path: String)
    /// A record is not what it must be: the file is damaged.
    case damaged(table: String, key: String, reason: String)
    /// Pages of the file are not what they must be: nothing may follow them.
    case damagedPages(path: String, reason: String)
    /// A file beside the store could not be written or read.
    case file(path: String, reason: String)
    /// Something is not possible with versions or aliases.
    case catalog(CatalogError)
    /// A pack could not be written, or not be taken in.
    case pack(PackError)
    /// LMDB or the system said no: its words.
    case storage(String, isOutOfSpace: Bool)
}

extension StoreError: LMDBErrorConvertible {
    package init(_ error: LMDBError) {
        let full: Set<LMDBError.Code> = [.mapFull, .noSpace, .quotaExceeded, .fileTooLarge]
        self = .storage(error.description, isOutOfSpace: full.contains(error.code))
    }
}

extension StoreError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .notFound(let path):
            "there is no store at \(path). Create one with `likeness init --store \(path)`, or check the path"
        case .notAStore(let path, let reason):
            "\(path) is not a Likeness store: \(reason). Check the path"
        case .alreadyExists(let path):
            "there is a store at \(path) already; nothing was changed. Choose another folder, or use this store"
        case .newerFormat(let path, let found, let supported):
            "the store at \(path) has format \(found), and this build reads up to format \(supported). "
                + "Use a newer `likeness`"
        case .unsupportedFeatures(let path, let bits, let forWriting):
            "the store at \(path) uses features that this build does not know (bits \(String(bits, radix: 16))), "
                + "so it cannot be \(forWriting ? "written" : "read"). Use a newer `likeness`"
        case .replica(let path, let remote, let primary):
            "the store at \(path) is a replica: it takes nothing in, learns nothing and moves no alias by itself. "
                + "Do that on the primary, \(primary), then `likeness replica publish \(remote)` there"
        case .readOnly(let path):
            "the store at \(path) is open for reading only. Open it for writing on its own machine"
        case .damaged(let table, let key, let reason):
            "the store is damaged: table \(table), key \(key): \(reason). "
                + "Run `likeness versions verify` to see how far it goes, or restore a backup"
        case .damagedPages(let path, let reason):
            "\(path) is damaged: \(reason). Restore a backup, or take in its likes again and fit"
        case .file(let path, let reason): "\(path): \(reason)"
        case .catalog(let error): error.description
        case .pack(let error): error.description
        case .storage(let text, _): text
        }
    }
}
