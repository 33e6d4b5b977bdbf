package import LMDB
package import LikenessFormat

extension Catalog {
    /// The alias with a name; nil if there is none.
    package func alias<Transaction: TableReader & ~Copyable>(
        named name: String, in transaction: borrowing Transaction
    ) throws(StoreError) -> Alias? where Transaction.Failure == StoreError {
        guard let name = AliasName(name), let record = try transaction.get(name.text, in: store.tables.aliases) else { return nil }
        return try StoreError.parsing("aliases", name.text, try Alias.parse(record, name: name))
    }

    /// All aliases, by name.
    package func aliases<Reader: TableReader & ~Copyable>(
        in transaction: borrowing Reader
    ) throws(StoreError) -> [Alias] where Reader.Failure == StoreError {
        var aliases: [Alias] = []
        var cursor = try transaction.cursor(in: store.tables.aliases)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let name = try StoreError.parsing(store.tables.aliases, cursor.key) { (key) throws(Damage) in try AliasKey(key).name }
            aliases.append(try StoreError.parsing("aliases", name.text, try Alias.parse(cursor.value, name: name)))
            isThere = try cursor.move(to: .next)
        }
        return aliases
    }

    /// All moves of an alias, oldest first.
    package func history<Transaction: TableReader & ~Copyable>(
        of name: String, in transaction: borrowing Transaction
    ) throws(StoreError) -> [AliasMove] where Transaction.Failure == StoreError {
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
        try store.requireWritable()
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            // In one transaction with the look-up: an alias never points at a version that was removed meanwhile.
            let version = try manifest(at: reference, in: transaction).version
            return try move(name, to: version, kind: .promote, by: who, in: &transaction)
        }
    }

    /// Points an alias at the target that it had before the move in force. Rolling back again goes one further.
    ///
    /// - Complexity: O(1), whatever the size of the versions.
    package func rollBack(_ name: String, by who: String) throws(StoreError) -> AliasMove {
        try store.requireWritable()
        return try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            guard let alias = try alias(named: name, in: transaction) else {
                throw .catalog(.noSuchAlias(name, others: try aliases(in: transaction).map(\.name)))
            }
            let inForce = try self.move(alias.moveInForce, of: name, in: transaction)
            guard let previous = inForce?.previousMove, let target = try self.move(previous, of: name, in: transaction) else {
                throw .catalog(.nothingToRollBack(alias: name, target: alias.version))
            }
            guard try transaction.contains(target.to.rawValue, in: store.tables.versions) else {
                throw .catalog(.pruned(target.to))
            }
            let move = AliasMove(
                number: alias.moves, kind: .rollback, when: store.now(), who: who, from: alias.version, to: target.to,
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
        guard try transaction.contains(version.rawValue, in: store.tables.versions) else { throw .catalog(.pruned(version)) }
        let alias = try alias(named: name, in: transaction)
        if alias?.version == version { return nil }
        let move = AliasMove(
            number: alias?.moves ?? 0, kind: kind, when: store.now(), who: who, from: alias?.version, to: version,
            previousMove: alias?.moveInForce)
        try write(move, of: name, in: &transaction)
        return move
    }

    /// Points every alias of one version at another.
    ///
    /// - Returns: their names.
    package func moveAliases(from old: Version, to new: Version, by who: String) throws(StoreError) -> [String] {
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            let names = try aliases(in: transaction).filter { $0.version == old }.map(\.name)
            for name in names { _ = try move(name, to: new, kind: .publish, by: who, in: &transaction) }
            return names
        }
    }

    /// Removes an alias and its history.
    ///
    /// - Returns: the version that it pointed at.
    /// - Throws: `StoreError.catalog` if there is none of that name.
    package func removeAlias(_ name: String) throws(StoreError) -> Version {
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            guard let alias = try alias(named: name, in: transaction) else {
                throw .catalog(.noSuchAlias(name, others: try aliases(in: transaction).map(\.name)))
            }
            for number in 0..<alias.moves { try transaction.delete(try historyKey(name, number), in: store.tables.aliasHistory) }
            try transaction.delete(name, in: store.tables.aliases)
            return alias.version
        }
    }

    /// Refuses a name that no alias may have.
    package func checkName(_ name: String) throws(StoreError) {
        if AliasName(name) == nil { throw .catalog(.badAlias(name)) }
    }

    private func write(_ move: AliasMove, of name: String, in transaction: inout Writing) throws(StoreError) {
        let alias = Alias(name: name, version: move.to, moveInForce: move.number, moves: move.number + 1)
        let history = try SealedJSON.seal(move, table: "alias.history", key: name)
        try transaction.put(history, at: try historyKey(name, move.number), in: store.tables.aliasHistory)
        try transaction.put(SealedJSON.seal(alias, table: "aliases", key: name), at: name, in: store.tables.aliases)
    }

    private func move<Transaction: TableReader & ~Copyable>(
        _ number: UInt64, of name: String, in transaction: borrowing Transaction
    ) throws(StoreError) -> AliasMove? where Transaction.Failure == StoreError {
        guard let record = try transaction.get(try historyKey(name, number), in: store.tables.aliasHistory) else { return nil }
        return try StoreError.parsing("alias.history", "\(name) \(number)", try AliasMove.parse(record, number: number))
    }

    private func historyKey(_ name: String, _ number: UInt64) throws(StoreError) -> [UInt8] {
        guard let name = AliasName(name) else { throw .catalog(.badAlias(name)) }
        return AliasMoveKey(name, number).bytes
    }
}
