import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

/// A store with something in every table.
private func makeStore() throws -> TemporaryStore {
    let temporary = try TemporaryStore()
    let store = temporary.store
    func bytes(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) { Array(text.utf8).withUnsafeBytes(body) }
    for kind in [LikeKind.like, .dislike] {
        var writer = LikesWriter(store, kind: kind, shape: [.weights, .times])
        for row in 0..<240 where (row % 5 == 0) == (kind == .dislike) {
            bytes("user-\(row % 17)") { user in
                bytes("item-\(row * 7 % 41)") { item in
                    bytes("Name \(row)") { writer.add(user: user, item: item, name: $0, weight: Float(row % 3 + 1), time: Int64(row)) }
                }
            }
        }
        _ = try writer.commit()
    }
    for kind in [RowKind.item, .user] {
        var writer = FeaturesWriter(store, of: kind)
        for row in 0..<90 {
            bytes(kind == .item ? "item-\(row % 41)" : "user-\(row % 17)") { entity in
                bytes("tag:\(row % 11)") { writer.add(entity: entity, label: $0, weight: Float(row % 4)) }
            }
        }
        _ = try writer.commit()
    }
    for version in 0..<3 {
        let kept = try store.keepBlocks()
        let (matrix, _) = try temporary.writeMatrix("users.representations", rows: 17) { Float($0 * $1 + version) }
        let draft = Manifest(
            version: Version(rawValue: 1), parent: nil, created: 1, creator: "test", watermark: SequenceNumber(rawValue: 9), likes: 3,
            trainedLikes: 3, vocabularies: .init(users: 17, items: 41, itemFeatures: 11, userFeatures: 11), components: 16, epochs: 1,
            featureWeighting: "none", hyperparameters: .null, randomState: .null, metrics: ["a": 1.5], matrices: [matrix])
        _ = try store.catalog.publish(draft, blockBytes: 0, alias: "production", note: "note \(version)", by: "test", keeping: kept)
    }
    _ = try store.catalog.rollBack("production", by: "test")
    _ = try store.forget(users: ["user-3"], items: ["item-5"])
    try store.layHistories()
    try temporary.write { (transaction) throws(StoreError) in
        for kind in LikeKind.allCases {
            let items: [UInt8] = [1, 0, 0, 0, 7, 0, 0, 0]
            let table = kind == .like ? store.tables.seenLikes : store.tables.seenDislikes
            var lists = try AscendingPuts(table, in: transaction)
            for user in 0..<3 as Range<UInt32> {
                try SeenItems(store.tables).put(items.span.bytes, of: user, in: &lists, isReplacing: true, in: &transaction)
            }
        }
        let epoch = try SealedJSON.seal(PrimaryEpoch(2), table: "meta", key: Store.epochKey)
        try transaction.put(epoch, at: Store.epochKey, in: store.tables.meta)
    }
    let settings = TrialSettings(loss: "als", values: ["components": .number(8), "features": .name("none")])
    let study = try Studies(store).begin(
        Study(
            created: 5, creator: "test", watermark: SequenceNumber(rawValue: 9), metric: "ndcg@10", seed: 1, initialTrials: 10, heldOut: 5,
            fraction: 0.2, minimumUserLikes: 5, minimumItemLikes: 5, starts: [settings], space: .object(["als": .object([:])])))
    for number in 1...3 as ClosedRange<UInt64> {
        _ = try Studies(store).add(
            Trial(
                study: study.number, number: number, settings: settings, origin: .random, curve: [.init(epochs: 4, value: 0.5)], seconds: 1)
        )
    }
    try addIndex(Version(rawValue: 2), in: temporary)
    return temporary
}

/// An index of users beside a version, whose rows are all zero.
private func addIndex(_ version: Version, in temporary: TemporaryStore) throws {
    let store = temporary.store
    var writer = BlockTreeWriter(store)
    var matrices: [MatrixDescriptor] = []
    for (layout, rows) in SearchIndexRecord.layouts(.user, components: 16, lists: 2, rows: 17) {
        matrices.append(try writer.write(layout, rows: rows) { _, _ in })
    }
    let layer = try SearchIndexRecord.layerLayouts(.user, components: 16).map { try writer.write($0, rows: 3) { _, _ in } }
    try writer.finish()
    let written = matrices
    try temporary.write { (transaction) throws(StoreError) in
        let indexes = SearchIndexes(store.tables)
        // The version has been published before.
        guard let manifest = try indexes.manifestHash(of: version, in: transaction) else { return }
        var record = SearchIndexRecord(
            version: version, manifest: manifest, kind: .user, components: 16, lists: 2, rows: 17, created: 1,
            curves: ["cosine": [.init(probes: 1, recall: 0.5)]], matrices: written)
        record.layers = [SearchIndexRecord.Layer(rows: 3, matrices: layer)]
        try indexes.put(record, in: &transaction)
    }
}

@Suite struct FlipTests {
    @Test("Verifying sees every flipped bit of every used byte of keys and values")
    func everyFlipIsSeen() throws {
        let temporary = try makeStore()
        let store = temporary.store
        #expect(try Verification.run(store).problems == [])
        let dump = try temporary.dump().merging(["meta": meta(temporary)]) { $1 }
        var random = SplitMix(11)
        let tables = store.environment.tables.filter { !(dump[$0.name] ?? [:]).isEmpty }
        #expect(tables.count == store.environment.tables.count)
        var unseen: [String] = []
        for round in 0..<1_200 {
            let table = tables[round % tables.count]
            let records = dump[table.name]!
            let key = records.keys.sorted { $0.lexicographicallyPrecedes($1) }[random.next(records.count)]
            let value = records[key]!
            let isKey = random.next(4) == 0
            var (flippedKey, flippedValue) = (key, value)
            let bit = UInt8(1 << random.next(8))
            let place = random.next(isKey ? key.count : value.count)
            if isKey { flippedKey[place] ^= bit } else { flippedValue[place] ^= bit }
            if isKey, records[flippedKey] != nil { continue }
            try temporary.write { (transaction) throws(StoreError) in
                try transaction.delete(key, in: table)
                try transaction.put(flippedValue, at: flippedKey, in: table)
            }
            if try Verification.run(store).isSound {
                unseen.append("\(table.name) \(key) \(isKey ? "key" : "value") byte \(place) bit \(bit)")
            }
            try temporary.write { (transaction) throws(StoreError) in
                try transaction.delete(flippedKey, in: table)
                try transaction.put(value, at: key, in: table)
            }
        }
        #expect(unseen == [])
        #expect(try Verification.run(store).problems == [])
    }

    private func meta(_ temporary: TemporaryStore) throws -> [[UInt8]: [UInt8]] {
        try temporary.read { (transaction) throws(StoreError) in
            var records: [[UInt8]: [UInt8]] = [:]
            var cursor = try transaction.cursor(in: temporary.store.tables.meta)
            var more = try cursor.move(to: .first)
            while more {
                records[cursor.key.copied] = cursor.value.copied
                more = try cursor.move(to: .next)
            }
            return records
        }
    }
}
