import LMDB
import LikenessFormat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension StoreReader {
    /// Gives every record of the store as one line of JSON, table by table, in the order of the keys: `{"key":…,"table":…,"value":…}`.
    ///
    /// Records are decoded as `store/FORMAT.md` describes them; of a block only its header is given, since its key is the hash of all of
    /// it. A record that cannot be decoded has `damage` in place of `value`. Two stores with the same dump hold the same.
    ///
    /// ```swift
    /// try store.dump { line in print(line); return true }
    /// ```
    /// - Parameter body: called with each line; returns false to stop.
    /// - Throws: `StoreError` if a table cannot be read.
    /// - Complexity: O(bytes of the store), as of one moment; one record is in memory.
    public func dump(_ body: (String) -> Bool) throws(StoreError) {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            for name in StoreTables.names {
                let table = environment.table(name)
                var cursor = try transaction.cursor(in: table)
                var isThere = try cursor.move(to: .first)
                while isThere {
                    let line = DumpedRecord(table: name, key: cursor.key, value: cursor.value).json
                    guard let bytes = try? encoder.encode(line) else {
                        throw .damaged(table: name, key: cursor.key.copied.printedKey, reason: "it cannot be written as JSON")
                    }
                    if !body(String(decoding: bytes, as: UTF8.self)) { return }
                    transaction.releasePages(of: cursor.value)
                    isThere = try cursor.move(to: .next)
                }
            }
        }
    }
}

/// A record of any table, decoded.
struct DumpedRecord {
    let json: JSONValue

    init(table: String, key: RawSpan, value: RawSpan) {
        var fields: [String: JSONValue] = ["table": .string(table), "key": .string(key.copied.printedKey)]
        do throws(Damage) {
            let record = try DumpedRecord.decoded(table, key, value)
            (fields["key"], fields["value"]) = (record.key, record.value)
        } catch {
            fields["damage"] = .string(error.reason)
            fields["bytes"] = .integer(Int64(value.byteCount))
        }
        json = .object(fields)
    }

    private static func decoded(
        _ table: String, _ key: RawSpan, _ value: RawSpan
    ) throws(Damage) -> (key: JSONValue, value: JSONValue) {
        switch table {
        case "meta": return (.string(key.text), try meta(key.text, value))
        case "log":
            let header = try LogChunk.header(value, key: key)
            return (number(header.first.rawValue), columns(try LogChunk.columns(value, header, users: .max, items: .max)))
        case "histories":
            let key = try HistoryKey(key)
            let chunk = try HistoryChunk(value, firstRow: key.firstRow, below: .max, others: .max)
            return (
                .object([
                    "generation": number(key.generation), "kind": .string(key.kind.description), "firstRow": number(key.firstRow),
                ]), history(chunk)
            )
        case "likes.user", "dislikes.user":
            var items: [UInt32] = []
            let user = try IndexKey(key).index
            try IndexList.parse(value, below: .max, into: &items)
            return (number(user), numbers(items))
        case "seen.likes", "seen.dislikes":
            var items: [UInt32] = []
            let user = try IndexKey(key).index
            try SeenList.parse(value, user: user, below: .max, into: &items)
            return (number(user), numbers(items))
        case "item.details":
            let item = try IndexKey(key).index
            let details = try ItemDetails(value, item: item)
            let fields = details.fields.map { ("\($0.tag)", JSONValue.string(String(decoding: $0.bytes, as: UTF8.self))) }
            return (number(item), .object(Dictionary(fields, uniquingKeysWith: { $1 })))
        case "item.features", "user.features":
            let entity = try IndexKey(key).index
            let pairs = try FeatureList.parse(value, entity: entity, below: .max)
            return (number(entity), .array(pairs.map { .array([number($0.feature), .number(Double($0.weight))]) }))
        case "blocks":
            guard let header = BlockHeader(value) else { throw Damage("it does not begin as a block does") }
            return (.string(try BlockKey(key).hash.hexadecimal), block(header, value.byteCount))
        case "indexes":
            let key = try SearchIndexKey(key)
            return (
                .object(["version": number(key.version.rawValue), "kind": .string(key.kind.description)]),
                try SealedJSON.open(value, as: JSONValue.self)
            )
        case "versions", "annotations":
            return (number(try VersionKey(key).version.rawValue), try SealedJSON.open(value, as: JSONValue.self))
        case "aliases": return (.string(try AliasKey(key).name.text), try SealedJSON.open(value, as: JSONValue.self))
        case "alias.history":
            let key = try AliasMoveKey(key)
            return (
                .object(["alias": .string(key.name.text), "move": number(key.number)]), try SealedJSON.open(value, as: JSONValue.self)
            )
        case "studies":
            if let study = try? StudyKey(key) {
                return (.object(["study": number(study.study)]), try SealedJSON.open(value, as: JSONValue.self))
            }
            let key = try TrialKey(key)
            return (
                .object(["study": number(key.study), "trial": number(key.trial)]), try SealedJSON.open(value, as: JSONValue.self)
            )
        case _ where table.hasSuffix(".ids"): return (number(try IndexKey(key).index), .string(try Identifier.parse(value)))
        case _ where table.hasSuffix(".indices"):
            return (.string(try Identifier.parse(key)), number(try VocabularyIndex.parse(value, below: .max)))
        default: throw Damage("the table is not known")
        }
    }

    private static func meta(_ key: String, _ value: RawSpan) throws(Damage) -> JSONValue {
        switch key {
        case "header":
            let header = try StoreHeader(value)
            return .object([
                "format": number(header.format), "readerFeatures": number(header.readerFeatures),
                "writerFeatures": number(header.writerFeatures), "created": .integer(header.created),
                "identity": .array([number(header.identity.0), number(header.identity.1)]),
            ])
        case "next.version": return number(try NextVersion(value).version.rawValue)
        case "histories":
            let header = try HistoriesHeader(value)
            return .object([
                "watermark": number(header.watermark.rawValue), "generation": number(header.generation), "users": number(header.users),
                "items": number(header.items),
            ])
        case "opinions":
            let counts = try OpinionCounts(value)
            return .object(["likes": number(counts.likes), "dislikes": number(counts.dislikes)])
        default: return try SealedJSON.open(value, as: JSONValue.self)
        }
    }

    private static func columns(_ columns: LikeColumns) -> JSONValue {
        var fields = ["users": numbers(columns.users), "items": numbers(columns.items)]
        if let weights = columns.weights { fields["weights"] = .array(weights.map { .number(Double($0)) }) }
        if let times = columns.times { fields["times"] = .array(times.map { $0 == LikeColumns.noTime ? .null : .integer($0) }) }
        if let kinds = columns.kinds { fields["kinds"] = numbers(kinds) }
        return .object(fields)
    }

    private static func history(_ chunk: HistoryChunk) -> JSONValue {
        var fields = ["offsets": numbers(chunk.offsets), "others": numbers(chunk.others)]
        if let weights = chunk.weights { fields["weights"] = .array(weights.map { .number(Double($0)) }) }
        if let kinds = chunk.kinds { fields["kinds"] = numbers(kinds) }
        return .object(fields)
    }

    private static func block(_ header: BlockHeader, _ byteCount: Int) -> JSONValue {
        .object([
            "kind": .string("\(header.kind)"), "element": .string("\(header.element)"), "level": number(header.level),
            "rows": number(header.rows), "rowByteCount": number(header.rowByteCount), "payloadByteCount": number(header.payloadByteCount),
            "byteCount": .integer(Int64(byteCount)),
        ])
    }

    private static func number(_ value: some UnsignedInteger) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? .large(UInt64(value))
    }

    private static func numbers(_ values: [some UnsignedInteger]) -> JSONValue { .array(values.map { number($0) }) }
}
