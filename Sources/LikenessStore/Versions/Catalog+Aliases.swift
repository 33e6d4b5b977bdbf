package import LMDB
package import LikenessFormat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Catalog {
    /// The alias with a name; nil if there is none.
    package func alias<Transaction: TableReader & ~Copyable>(
        named name: String, in transaction: borrowing Transaction
    ) throws(StoreError) -> Alias? where Transaction.Failure == StoreError {
        guard !name.isEmpty, name.utf8.count <= 100 else { return nil }
        guard let record = try transaction.get(name, in: store.tables.aliases) else { return nil }
        return try SealedJSON.open(record, as: Alias.self, table: "aliases", key: name)
    }

    /// All aliases, by name.
    package func aliases(in transaction: borrowing Reading) throws(StoreError) -> [Alias] {
        var aliases: [Alias] = []
        var cursor = try transaction.cursor(in: store.tables.aliases)
        var isThere = try cursor.move(to: .first)
        while isThere {
            aliases.append(try SealedJSON.open(cursor.value, as: Alias.self, table: "aliases", key: cursor.key.text))
            isThere = try cursor.move(to: .next)
        }
        return aliases
    }

    /// All moves of an alias, oldest first.
    package func history(of name: String, in transaction: borrowing Reading) throws(StoreError) -> [AliasMove] {
        guard let alias = try alias(named: name, in: transaction) else {
            throw .catalog(.noSuchAlias(name, others: try aliases(in: transaction).map(\.name)))
        }
        var moves: [AliasMove] = []
        for number in 0..<alias.moves {
            guard let move = try self.move(number, of: name, in: transaction) else {
                throw .damaged(table: "alias.history", key: "\(name) \(number)", reason: "the move is missing")
            }
            moves.append(move)
        }
        return moves
    }

    /// Points an alias at a version; it is made if there is none of that name.
    ///
    /// - Returns: the move; nil if the alias pointed there already.
    package func promote(_ reference: VersionReference, to name: String, by who: String) throws(StoreError) -> AliasMove? {
        let version = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try manifest(at: reference, in: transaction).version
        }
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            try move(name, to: version, kind: .promote, by: who, in: &transaction)
        }
    }

    /// Points an alias at the target that it had before the move in force. Rolling back again goes one further.
    ///
    /// - Complexity: O(1), whatever the size of the versions.
    package func rollBack(_ name: String, by who: String) throws(StoreError) -> AliasMove {
        let names = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try aliases(in: transaction).map(\.name)
        }
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            guard let alias = try alias(named: name, in: transaction) else {
                throw .catalog(.noSuchAlias(name, others: names))
            }
            let inForce = try self.move(alias.moveInForce, of: name, in: transaction)
            guard let previous = inForce?.previousMove, let target = try self.move(previous, of: name, in: transaction) else {
                throw .catalog(.nothingToRollBack(alias: name, target: alias.version))
            }
            let move = AliasMove(
                number: alias.moves, kind: .rollback, when: now(), who: who, from: alias.version, to: target.to,
                previousMove: target.previousMove)
            try write(move, of: name, in: &transaction)
            return move
        }
    }

    /// Points an alias at a version inside a transaction.
    func move(
        _ name: String, to version: Version, kind: AliasMove.Kind, by who: String, in transaction: inout Writing
    ) throws(StoreError) -> AliasMove? {
        try checkName(name)
        let alias = try alias(named: name, in: transaction)
        if alias?.version == version { return nil }
        let move = AliasMove(
            number: alias?.moves ?? 0, kind: kind, when: now(), who: who, from: alias?.version, to: version,
            previousMove: alias?.moveInForce)
        try write(move, of: name, in: &transaction)
        return move
    }

    /// Refuses a name that is no name, or that reads as a version.
    package func checkName(_ name: String) throws(StoreError) {
        let allowed = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2E || byte == 0x5F || byte == 0x2D
        }
        guard allowed, (1...100).contains(name.utf8.count), Version(name) == nil else { throw .catalog(.badAlias(name)) }
    }

    private func write(_ move: AliasMove, of name: String, in transaction: inout Writing) throws(StoreError) {
        let alias = Alias(name: name, version: move.to, moveInForce: move.number, moves: move.number + 1)
        let history = try SealedJSON.seal(move, table: "alias.history", key: name)
        try transaction.put(history, at: historyKey(name, move.number), in: store.tables.aliasHistory)
        try transaction.put(SealedJSON.seal(alias, table: "aliases", key: name), at: name, in: store.tables.aliases)
    }

    private func move<Transaction: TableReader & ~Copyable>(
        _ number: UInt64, of name: String, in transaction: borrowing Transaction
    ) throws(StoreError) -> AliasMove? where Transaction.Failure == StoreError {
        guard let record = try transaction.get(historyKey(name, number), in: store.tables.aliasHistory) else { return nil }
        return try SealedJSON.open(record, as: AliasMove.self, table: "alias.history", key: name)
    }

    private func historyKey(_ name: String, _ number: UInt64) -> [UInt8] {
        Array(name.utf8) + [0] + number.bigEndianBytes
    }

    /// Milliseconds since 1970-01-01 UTC.
    package func now() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1_000)
    }
}

extension UInt64 {
    /// Most significant byte first.
    fileprivate var bigEndianBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) }
    }
}
