import LMDB
package import LikenessFormat

/// Takes features of items or users in, batch by batch: each batch is one short transaction.
///
/// An item that no like has named yet joins the vocabulary: its features are there when its likes arrive.
package struct FeaturesWriter: ~Copyable {
    private let store: Store
    private let features: EntityFeatures
    private let rule: DuplicateRule
    private var entities = IdentifierRun()
    private var labels = IdentifierRun()
    private var entityRun: VocabularyRun
    private var labelRun: VocabularyRun
    private var watch = ForgetWatch()
    private var rows: [(entity: UInt32, label: UInt32, weight: Float)] = []

    /// - Parameters:
    ///   - kind: `.item` or `.user`: whose features.
    ///   - rule: what happens to a pair that comes again with another weight.
    package init(_ store: Store, of kind: RowKind, rule: DuplicateRule = .keep) {
        self.store = store
        self.rule = rule
        features = EntityFeatures(of: kind, in: store.tables)
        entityRun = VocabularyRun(Vocabulary(kind, in: store.tables))
        labelRun = VocabularyRun(Vocabulary(kind == .user ? .userFeature : .itemFeature, in: store.tables))
    }

    /// Rows that wait for `commit()`.
    package var count: Int { rows.count }

    /// Adds a row. The id and the label must be valid.
    package mutating func add(entity: UnsafeRawBufferPointer, label: UnsafeRawBufferPointer, weight: Float) {
        rows.append((unsafe entities.ordinal(of: entity), unsafe labels.ordinal(of: label), weight))
    }

    /// Makes the rows durable. A row that gives a pair another weight counts as updated.
    ///
    /// - Throws: `StoreError`; then nothing of the batch is kept in the store.
    package mutating func commit() throws(StoreError) -> (accepted: Int, updated: Int, duplicates: Int) {
        try store.requireWritable()
        let (newEntities, newLabels) = (entities.added, labels.added)
        let rows = rows
        let rule = rule
        var watch = watch
        let (entityPlan, labelPlan, accepted, updated) = try store.environment.write {
            (transaction: inout Writing) throws(StoreError) in
            try watch.look(store.tables, in: transaction)
            let entityPlan = try entityRun.plan(newEntities, in: transaction)
            let labelPlan = try labelRun.plan(newLabels, in: transaction)
            try entityRun.write(entityPlan, newEntities, in: &transaction)
            try labelRun.write(labelPlan, newLabels, in: &transaction)
            let resolved = rows.map {
                (entity: entityRun.index(of: $0.entity, entityPlan), label: labelRun.index(of: $0.label, labelPlan))
            }
            var (accepted, updated) = (0, 0)
            let grouped = GroupedRows(first: resolved.map(\.entity), second: resolved.map(\.label))
            var start = 0
            for group in grouped.groups {
                var pairs: [(feature: UInt32, weight: Float)] = []
                for entry in grouped.entries[start..<group.end] {
                    let feature = UInt32(truncatingIfNeeded: entry >> 32)
                    pairs.append((feature, rows[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)].weight))
                }
                start = group.end
                let added = try features.add(pairs, to: group.first, rule, in: &transaction)
                (accepted, updated) = (accepted + added.new, updated + added.changed)
            }
            return (entityPlan, labelPlan, accepted, updated)
        }
        self.watch = watch
        entityRun.keep(entityPlan)
        labelRun.keep(labelPlan)
        entities.forgetAdded()
        labels.forgetAdded()
        self.rows.removeAll(keepingCapacity: true)
        return (accepted, updated, rows.count - accepted - updated)
    }
}
