/// What is being forgotten: `meta`, key `forgetting`, sealed JSON. It is there from the moment in which the ids go until all that belongs to
/// their rows is gone. It names rows, not ids.
package struct Forgetting: Codable, Equatable, Sendable {
    /// Rows of users and of items, ascending, each once.
    package var users: [UInt32]
    package var items: [UInt32]

    package init(users: [UInt32] = [], items: [UInt32] = []) {
        (self.users, self.items) = (users, items)
    }

    package var isEmpty: Bool { users.isEmpty && items.isEmpty }

    /// The rows of a kind.
    package subscript(kind: RowKind) -> [UInt32] {
        get { kind == .user ? users : kind == .item ? items : [] }
        set {
            if kind == .user { users = newValue }
            if kind == .item { items = newValue }
        }
    }

    /// Checks a record and reads it.
    ///
    /// - Parameters userCount, itemCount: the vocabularies' lengths, which all rows are below.
    package static func parse(_ record: RawSpan, users userCount: UInt32, items itemCount: UInt32) throws(Damage) -> Forgetting {
        let found = try SealedJSON.open(record, as: Forgetting.self)
        for (rows, count) in [(found.users, userCount), (found.items, itemCount)] {
            guard zip(rows, rows.dropFirst()).allSatisfy({ $0 < $1 }), rows.last.map({ $0 < count }) ?? true else {
                throw Damage("its rows do not ascend, or pass the vocabulary's end")
            }
        }
        return found
    }
}

/// When something was forgotten last: `meta`, key `forgotten`, sealed JSON.
package struct Forgotten: Codable, Equatable, Sendable {
    /// The event that the last forget ended with: what was made of earlier ones alone may hold what is forgotten.
    package var sequence: SequenceNumber

    package init(sequence: SequenceNumber) { self.sequence = sequence }

    /// Checks a record and reads it.
    package static func parse(_ record: RawSpan) throws(Damage) -> Forgotten {
        let found = try SealedJSON.open(record, as: Forgotten.self)
        guard SequenceNumber.range.contains(found.sequence.rawValue) else { throw Damage("no event has its number") }
        return found
    }
}

extension Identifier {
    /// What an id begins with that stands for a forgotten one. No file brings such an id in.
    package static let forgottenPrefix = "\u{1}forgotten "

    /// The id that a forgotten row has.
    package static func forgotten(_ row: UInt32) -> String { forgottenPrefix + "\(row)" }
}
