public import LikenessFormat

/// Why a pack could not be written or taken in. The store is as it was, but for ids and blocks that do no harm.
public enum PackError: Error, Equatable, Sendable {
    /// There is a file of the name that a pack is to have.
    case exists(path: String)
    /// The pack's file could not be written or read.
    case file(path: String, reason: String)
    /// The file is no pack, or one of another layout, or was cut short.
    case notAPack(path: String, reason: String)
    /// Something in the pack is not what must be there.
    case damaged(path: String, place: String, reason: String)
    /// It is sound, and another one than was asked for.
    case unexpected(path: String, expected: String, found: String)
    /// It holds only what earlier packs of its remote lack.
    case isPart(path: String)
    /// It was opened to be changed.
    case readOnly(path: String)
    /// An index means one thing in the store and another in the pack.
    case vocabulariesDiffer(path: String, kind: RowKind, index: UInt32, here: String, there: String)
}

extension PackError {
    /// The value of `parse`, or its damage with the place in the pack that it is in.
    package static func parsing<Value>(
        _ path: String, _ place: @autoclosure () -> String, _ parse: () throws(Damage) -> Value
    ) throws(StoreError) -> Value {
        do { return try parse() } catch { throw .pack(.damaged(path: path, place: place(), reason: error.reason)) }
    }
}

extension PackError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .exists(let path): "there is a file \(path) already; nothing was written. Choose another name, or remove it"
        case .file(let path, let reason): "\(path): \(reason)"
        case .notAPack(let path, let reason):
            "\(path) is not a whole pack: \(reason). Nothing was taken in. Copy it again, or write it with `likeness versions export`"
        case .damaged(let path, let place, let reason):
            "\(path) is damaged: \(place): \(reason). Nothing was taken in. Copy it again from where it was written"
        case .unexpected(let path, let expected, let found):
            "\(path) is the pack \(found), and \(expected) was expected. Nothing was taken in. Check where it comes from"
        case .isPart(let path):
            "\(path) holds only what earlier packs of a remote lack. Take it in with `likeness replica pull`"
        case .readOnly(let path):
            "\(path) is a pack of one version, which can be read and not changed. Take it into a store with `likeness versions import`"
        case .vocabulariesDiffer(let path, let kind, let index, let here, let there):
            "the store and \(path) do not agree: \(kind) \(index) is '\(here)' here and '\(there)' there. Nothing was taken in. "
                + "Take it into an empty store, or into a copy of the store that it is from"
        }
    }
}
