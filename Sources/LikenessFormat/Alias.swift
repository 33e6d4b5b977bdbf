/// A named pointer to a version.
public struct Alias: Sendable, Codable, Equatable {
    /// The name, such as `production`.
    public let name: String
    /// Where it points.
    public let version: Version
    /// The number of the move that is in force, into the alias's history.
    package let moveInForce: UInt64
    /// Moves made so far: the next one's number.
    package let moves: UInt64

    package init(name: String, version: Version, moveInForce: UInt64, moves: UInt64) {
        self.name = name
        self.version = version
        self.moveInForce = moveInForce
        self.moves = moves
    }
}

/// One move of an alias: who moved it, when, from where to where.
public struct AliasMove: Sendable, Codable, Equatable {
    /// How it came about.
    public enum Kind: String, Sendable, Codable {
        /// A fit published a version and pointed the alias at it.
        case publish
        /// Somebody pointed it there.
        case promote
        /// It went back to its previous target.
        case rollback
    }

    /// The move's number in the alias's history, from 0.
    public let number: UInt64
    /// How it came about.
    public let kind: Kind
    /// Milliseconds since 1970-01-01 UTC.
    public let when: Int64
    /// The system's name for who did it.
    public let who: String
    /// Nil for an alias's first move.
    public let from: Version?
    /// Where it points since then.
    public let to: Version
    /// The move whose target a rollback of this one goes back to.
    package let previousMove: UInt64?

    package init(
        number: UInt64, kind: Kind, when: Int64, who: String, from: Version?, to: Version, previousMove: UInt64?
    ) {
        self.number = number
        self.kind = kind
        self.when = when
        self.who = who
        self.from = from
        self.to = to
        self.previousMove = previousMove
    }
}
