import LikenessFormat
public import LikenessStore
import PlainText

/// Why a query has no answer.
public enum QueryError: Error, Sendable {
    /// The query cannot be read: what is wrong, in words.
    case unreadable(String)
    /// Nothing of that name is in the store; `near` are names like it.
    case unknown(kind: String, id: String, near: [String])
    /// Several items have the name that was given in place of an id; `ids` are the first of them.
    case ambiguousName(String, count: Int, ids: [String])
    /// It is in the store, but not in the version.
    case notInVersion(kind: String, id: String, version: Version)
    /// The version was trained without features.
    case noFeatures(Version)
    /// No feature of the version is of the type; `known` are the types that there are.
    case unknownType(String, known: [String])
    /// The version has no index for approximate search.
    case noIndex(EntityKind, Version)
    /// The number of neighbours wanted must be 1 or more.
    case badCount(Int)
    /// The query's vector cannot be searched for: in words.
    case unsearchable(String)
    /// The store: its words.
    case store(StoreError)
}

extension QueryError: CustomStringConvertible {
    /// How many ids are listed in words.
    static let listedIds = 3

    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .unreadable(let text), .unsearchable(let text): text
        case .unknown(let kind, let id, let near):
            if let twin = near.first(where: { $0 == id }) {
                // Equal texts are those that Unicode calls equivalent.
                "there is no \(kind) '\(id.spelledOut)' in the store, but there is '\(twin.spelledOut)', which looks the same and has its "
                    + "accents in another form. Copy it from `likeness find`"
            } else {
                "there is no \(kind) '\(id.printable)' in the store"
                    + (near.isEmpty
                        ? ". Check the name" : "; did you mean \(near.map { "'\($0.printable)'" }.joined(separator: " or "))?")
            }
        case .ambiguousName(let name, let count, let ids):
            "\(count) items are called '\(name.printable)'. Name one by its id: "
                + ids.map { "'\($0.printable)'" }.joined(separator: ", ") + (count > ids.count ? " or another one" : "")
        case .notInVersion(let kind, let id, let version):
            "\(kind) '\(id.printable)' is not part of \(version): it arrived later or has too few likes. "
                + "`likeness fit-partial` takes in what is new; `likeness fit --min-user-likes 1 --min-item-likes 1` keeps all"
        case .noFeatures(let version):
            "\(version) was trained without features, so it knows no tags. Ingest features and run `likeness fit --features tfidf`"
        case .unknownType(let type, let known):
            "no feature of an item has the type '\(type.printable)'"
                + (known.isEmpty
                    ? ""
                    : "; there are: " + known.prefix(10).map(\.printable).joined(separator: ", ") + (known.count > 10 ? " and more" : ""))
        case .noIndex(let kind, let version):
            "\(version) has no index of \(kind.rawValue). Build one with `likeness index build \(version)"
                + (kind == .items ? "`" : " --kind \(kind.rawValue)`") + ", or search exactly"
        case .badCount(let k): "k is \(k), but at least 1 neighbour must be wanted"
        case .store(let error): error.description
        }
    }
}
