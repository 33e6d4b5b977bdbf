public import LikenessStore

/// Why a file could not be taken in. What was reported durable before stays in the store.
public enum IngestError: Error, Sendable {
    /// The file: what is wrong with it, in words.
    case file(String)
    /// The file has no header and no rows.
    case empty(path: String)
    /// The header lacks a column: in words.
    case header(path: String, reason: String)
    /// The file could not be read to its end: why, in words; `durableRows` rows before are safe.
    case interrupted(String, durableRows: Int)
    /// The store refused a batch; `durableRows` rows before it are safe.
    case store(StoreError, durableRows: Int)
}

extension IngestError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .file(let text): text
        case .empty(let path):
            "\(path): the file is empty. It must begin with a header, such as modelname|mid|uid"
        case .interrupted(let text, let rows):
            "\(text) (the first \(rows) rows are durable; run the command again on the whole file to go on)"
        case .header(let path, let reason): "\(path): \(reason)"
        case .store(let error, let rows):
            "\(error) (the first \(rows) rows of the file are durable; run the command again to go on)"
        }
    }
}
