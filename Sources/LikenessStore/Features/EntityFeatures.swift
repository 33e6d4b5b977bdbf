package import LMDB
package import LikenessFormat

/// The raw features of items or users: which labels each has, with weights as they were given.
package struct EntityFeatures: Sendable {
    private let table: Table
    private let entities: Vocabulary
    private let labels: Vocabulary

    /// - Parameter kind: `.item` or `.user`: whose features.
    package init(of kind: RowKind, in tables: StoreTables) {
        table = kind == .user ? tables.userFeatures : tables.itemFeatures
        entities = Vocabulary(kind == .user ? .user : .item, in: tables)
        labels = Vocabulary(kind == .user ? .userFeature : .itemFeature, in: tables)
    }

    /// The features of one entity, ascending.
    package func features<Reader: TableReader & ~Copyable>(
        of entity: UInt32, in reader: borrowing Reader
    ) throws(StoreError) -> [(feature: UInt32, weight: Float)] where Reader.Failure == StoreError {
        guard let record = try reader.get(entity, in: table) else { return [] }
        return try parse(record, entity, below: try labels.length(in: reader))
    }

    /// Calls `body` with each entity that has features, ascending.
    package func forEach<Reader: TableReader & ~Copyable>(
        in reader: borrowing Reader, _ body: (UInt32, [(feature: UInt32, weight: Float)]) -> Void
    ) throws(StoreError) where Reader.Failure == StoreError {
        let (entityCount, labelCount) = (try entities.length(in: reader), try labels.length(in: reader))
        var cursor = try reader.cursor(in: table)
        var isThere = try cursor.move(to: .first)
        while isThere {
            let entity = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in
                try IndexKey(key, below: entityCount).index
            }
            body(entity, try parse(cursor.value, entity, below: labelCount))
            isThere = try cursor.move(to: .next)
        }
    }

    /// Merges pairs into an entity's features: features ascending, those of one feature in the order in which they came.
    ///
    /// - Returns: how many were new, and how many changed a weight.
    func add(
        _ pairs: [(feature: UInt32, weight: Float)], to entity: UInt32, _ rule: DuplicateRule, in transaction: inout Writing
    ) throws(StoreError) -> (new: Int, changed: Int) {
        let before = try features(of: entity, in: transaction)
        var after: [(feature: UInt32, weight: Float)] = []
        after.reserveCapacity(before.count + pairs.count)
        var (position, new, changed) = (0, 0, 0)
        for pair in pairs {
            while position < before.count, before[position].feature <= pair.feature {
                after.append(before[position])
                position += 1
            }
            guard let last = after.last, last.feature == pair.feature else {
                after.append(pair)
                new += 1
                continue
            }
            let weight = rule.weight(last.weight, again: pair.weight)
            if weight == last.weight { continue }
            after[after.count - 1].weight = weight
            changed += 1
        }
        after.append(contentsOf: before[position...])
        if new + changed == 0 { return (0, 0) }
        try transaction.put(FeatureList.bytes(after, entity: entity), at: entity, in: table)
        return (new, changed)
    }

    private func parse(
        _ record: RawSpan, _ entity: UInt32, below length: UInt32
    ) throws(StoreError) -> [(feature: UInt32, weight: Float)] {
        try StoreError.parsing(table.name, entity.printedKey, try FeatureList.parse(record, entity: entity, below: length))
    }
}
