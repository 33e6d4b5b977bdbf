/// A name that an alias may have: 1 to 100 letters, digits, `.`, `_` or `-`, and not the form of a version, in whatever case.
package struct AliasName: Hashable, Sendable {
    static let byteLimit = 100
    package let text: String

    /// Nil for what is no such name.
    package init?(_ text: String) {
        let isAllowed = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2E || byte == 0x5F || byte == 0x2D
        }
        guard isAllowed, (1...AliasName.byteLimit).contains(text.utf8.count), Version(text.lowercased()) == nil,
            text.lowercased() != "latest"
        else { return nil }
        self.text = text
    }
}

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

extension Alias {
    /// Checks the record of an alias and reads it.
    package static func parse(_ record: RawSpan, name: AliasName) throws(Damage) -> Alias {
        let alias = try SealedJSON.open(record, as: Alias.self)
        guard alias.name == name.text else { throw Damage("it is the record of another alias") }
        guard alias.version.isSound else { throw Damage("\(alias.version) is no version") }
        guard alias.moves <= 1 << 53, alias.moveInForce < alias.moves else {
            throw Damage("move \(alias.moveInForce) is in force, of \(alias.moves)")
        }
        return alias
    }
}

extension AliasMove {
    /// Checks the record of a move and reads it.
    package static func parse(_ record: RawSpan, number: UInt64) throws(Damage) -> AliasMove {
        let move = try SealedJSON.open(record, as: AliasMove.self)
        guard move.number == number else { throw Damage("it is the record of move \(move.number)") }
        guard move.to.isSound, move.from?.isSound ?? true else { throw Damage("it moves to or from what is no version") }
        guard move.previousMove.map({ $0 < number }) ?? true else { throw Damage("its previous move comes after it") }
        return move
    }
}
