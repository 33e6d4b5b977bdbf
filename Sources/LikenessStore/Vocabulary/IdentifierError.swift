/// Why a text cannot be an id or a feature's label.
public enum IdentifierError: Error, Equatable, Sendable {
    /// It has no bytes.
    case empty
    /// It is longer than ids may be.
    case tooLong(byteCount: Int, limit: Int)
    /// It has a NUL byte.
    case containsNUL

    /// Refuses what cannot be an id.
    package static func check(_ id: String) throws(IdentifierError) {
        let count = id.utf8.count
        if count == 0 { throw .empty }
        if count > Vocabulary.idByteLimit { throw .tooLong(byteCount: count, limit: Vocabulary.idByteLimit) }
        if id.utf8.contains(0) { throw .containsNUL }
    }
}

extension IdentifierError: CustomStringConvertible {
    /// What is wrong.
    public var description: String {
        switch self {
        case .empty: "the id is empty"
        case .tooLong(let byteCount, let limit): "the id has \(byteCount) bytes; at most \(limit) can be kept"
        case .containsNUL: "the id holds a NUL byte"
        }
    }
}
