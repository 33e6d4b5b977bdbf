package import LMDB
package import LikenessFormat

/// The raw features of items or users: which labels each has, with weights as they were given.
///
/// ```
/// entity index (UInt32, big-endian) → feature (UInt32) weight (Float32), feature weight, …      features ascend
/// ```
package struct EntityFeatures: Sendable {
    private let table: Table

    /// - Parameter kind: `.item` or `.user`: whose features.
    package init(of kind: RowKind, in tables: StoreTables) {
        table = kind == .user ? tables.userFeatures : tables.itemFeatures
    }

    /// The features of one entity, ascending.
    package func features<Reader: TableReader & ~Copyable>(
        of entity: UInt32, in reader: borrowing Reader
    ) throws(StoreError) -> [(feature: UInt32, weight: Float)] where Reader.Failure == StoreError {
        guard let record = try reader.get(entity, in: table) else { return [] }
        return try decode(record, entity)
    }

    /// Calls `body` with each entity that has features, ascending.
    package func forEach<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader, _ body: (UInt32, [(feature: UInt32, weight: Float)]) -> Void
    ) throws(StoreError) where Reader.Failure == StoreError {
        var cursor = try reader.cursor(in: table)
        var isThere = try cursor.move(to: .first)
        while isThere {
            guard cursor.key.byteCount == 4 else {
                throw .damaged(table: table.name, key: cursor.key.copied.printedKey, reason: "a key has 4 bytes")
            }
            let entity = UInt32(bigEndian: cursor.key.littleEndian(at: 0))
            body(entity, try decode(cursor.value, entity))
            isThere = try cursor.move(to: .next)
        }
    }

    /// Merges pairs, ascending and each feature once, into an entity's features.
    ///
    /// - Returns: how many were new or got another weight.
    func add(
        _ pairs: [(feature: UInt32, weight: Float)], to entity: UInt32, in transaction: inout Writing
    ) throws(StoreError) -> Int {
        let before = try features(of: entity, in: transaction)
        var after: [(feature: UInt32, weight: Float)] = []
        after.reserveCapacity(before.count + pairs.count)
        var (position, changed) = (0, 0)
        for pair in pairs {
            while position < before.count, before[position].feature < pair.feature {
                after.append(before[position])
                position += 1
            }
            if position < before.count, before[position].feature == pair.feature {
                if before[position].weight != pair.weight { changed += 1 }
                position += 1
            } else {
                changed += 1
            }
            after.append(pair)
        }
        after.append(contentsOf: before[position...])
        if changed == 0 { return 0 }
        var record: [UInt8] = []
        record.reserveCapacity(8 * after.count)
        for pair in after {
            record.append(littleEndian: pair.feature)
            record.append(littleEndian: pair.weight.bitPattern)
        }
        try transaction.put(record, at: entity, in: table)
        return changed
    }

    private func decode(_ record: RawSpan, _ entity: UInt32) throws(StoreError) -> [(feature: UInt32, weight: Float)] {
        var pairs: [(feature: UInt32, weight: Float)] = []
        pairs.reserveCapacity(record.byteCount / 8)
        for offset in stride(from: 0, to: record.byteCount - 7, by: 8) {
            pairs.append((record.littleEndian(at: offset), Float(bitPattern: record.littleEndian(at: offset + 4))))
        }
        let ascends = zip(pairs, pairs.dropFirst()).allSatisfy { $0.feature < $1.feature }
        guard record.byteCount % 8 == 0, ascends, pairs.allSatisfy({ $0.weight.isFinite }) else {
            throw .damaged(
                table: table.name, key: entity.printedKey, reason: "it is not a list of features with weights")
        }
        return pairs
    }
}
