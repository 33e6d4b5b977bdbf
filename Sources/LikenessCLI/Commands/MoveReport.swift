import Likeness

/// The result of moving an alias, for scripts.
struct MoveReport: Encodable {
    let alias: String
    /// Whether it moved: false if it pointed there already.
    let moved: Bool
    let from: UInt64?
    let to: UInt64?
    let kind: String?
    /// Milliseconds since 1970-01-01 UTC.
    let when: Int64?
    let who: String?

    init(alias: String, move: AliasMove?) {
        self.alias = alias
        moved = move != nil
        from = move?.from?.rawValue
        to = move?.to.rawValue
        kind = move?.kind.rawValue
        when = move?.when
        who = move?.who
    }
}
