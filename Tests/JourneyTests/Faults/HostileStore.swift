import Foundation
import LMDB
import LikenessFormat

@testable import LikenessStore

/// A store whose pages are sound and whose records lie.
struct HostileStore {
    let name: String
    let change: (inout Writing, Store) throws -> Void

    /// A record replaced, or removed, as it is.
    static func raw(_ name: String, table: String, key: [UInt8], newKey: [UInt8]? = nil, value: [UInt8]) -> HostileStore {
        HostileStore(name: name) { transaction, store in
            guard let table = store.environment.tables.first(where: { $0.name == table }) else { return }
            try transaction.delete(key, in: table)
            try transaction.put(value, at: newKey ?? key, in: table)
        }
    }

    /// Every record of a store, table by table.
    static func records(of store: StoreReader) throws -> [(table: String, records: [(key: [UInt8], value: [UInt8])])] {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var dump: [(table: String, records: [(key: [UInt8], value: [UInt8])])] = []
            for table in store.environment.tables {
                var records: [(key: [UInt8], value: [UInt8])] = []
                var cursor = try transaction.cursor(in: table)
                var more = try cursor.move(to: .first)
                while more {
                    records.append((cursor.key.copied, cursor.value.copied))
                    more = try cursor.move(to: .next)
                }
                dump.append((table.name, records))
            }
            return dump
        }
    }

    /// Damaged records: too short, too long, blank, all ones, cut keys, and numbers replaced with their checksum made right.
    static func plain(of store: StoreReader) throws -> [HostileStore] {
        var stores: [HostileStore] = []
        for (table, records) in try records(of: store) where !records.isEmpty {
            for place in Set([0, records.count / 2, records.count - 1]).sorted() {
                let (key, value) = records[place]
                func add(_ what: String, newKey: [UInt8]? = nil, _ value: [UInt8]) {
                    stores.append(.raw("\(table) \(place): \(what)", table: table, key: key, newKey: newKey, value: value))
                }
                add("half a value", Array(value.prefix(value.count / 2)))
                add("no value", [])
                add("a longer value", value + [7, 7, 7])
                add("zeros", [UInt8](repeating: 0, count: value.count))
                add("ones", [UInt8](repeating: 0xFF, count: value.count))
                if key.count > 1 { add("a cut key", newKey: Array(key.dropLast()), value) }
                add("a longer key", newKey: key + [0x7A], value)
                add("a high key", newKey: [UInt8](repeating: 0xFE, count: key.count), value)
                // A number that is as large as it can be, under a checksum that is right.
                for at in Set([0, 4, max(0, (value.count / 2) & ~3)]).sorted() where value.count >= at + 8 {
                    var lies = value
                    lies.replaceSubrange(at..<at + 4, with: [0xFF, 0xFF, 0xFF, 0x7F])
                    add("a large number at \(at)", lies)
                    add("a large number at \(at), sealed", sealed(lies, table: table, key: key))
                }
            }
        }
        return stores
    }

    /// Writes the checksum of a table's records anew.
    private static func sealed(_ record: [UInt8], table: String, key: [UInt8]) -> [UInt8] {
        var bytes = record
        func checksum(_ body: some Sequence<UInt8>) -> [UInt8] {
            let sum = Array(body).withUnsafeBytes { CRC32C.checksum($0) }
            return (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * UInt32($0))) }
        }
        switch table {
        case "log":
            guard bytes.count > 48 else { return bytes }
            bytes.replaceSubrange(44..<48, with: checksum(bytes[0..<44] + bytes[48...]))
        case "meta":
            guard bytes.count == 64 else { return bytes }
            bytes.replaceSubrange(56..<60, with: checksum(bytes[0..<56]))
        case "item.details", "item.features", "user.features":
            let sum = CRC32C.checksum(of: Array(bytes.dropLast(4)).span.bytes, after: CRC32C.checksum(of: key.span.bytes))
            bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * UInt32($0))) })
        default: break
        }
        return bytes
    }

    /// Manifests, aliases and moves with numbers that cannot be, sealed as they should be.
    static func sealedJSON(of store: StoreReader) throws -> [HostileStore] {
        let values: [JSONValue] = [.integer(-1), .integer(1 << 62), .large(.max), .number(1e300), .null, .string("x"), .array([])]
        var stores: [HostileStore] = []
        for (table, records) in try records(of: store)
        where ["versions", "annotations", "aliases", "alias.history", "studies", "indexes"].contains(table) {
            for (key, value) in records {
                let json = try value.withUnsafeBytes { try SealedJSON.open(RawSpan(_unsafeBytes: $0), as: JSONValue.self) }
                for (path, leaf) in json.leaves() {
                    for (place, lie) in values.enumerated() where lie != leaf {
                        let record = try SealedJSON.seal(json.replacing(path[...], with: lie))
                        stores.append(
                            .raw("\(table) \(path.joined(separator: ".")) = lie \(place)", table: table, key: key, value: record))
                    }
                }
            }
        }
        return stores
    }

    /// A forget that is under way, or was, with numbers that cannot be.
    static func forgets(of store: StoreReader) throws -> [HostileStore] {
        func rows(_ values: JSONValue...) -> JSONValue { .array(values) }
        let lists: [JSONValue] = [
            rows(.integer(5), .integer(3)), rows(.integer(2), .integer(2)), rows(.integer(1 << 31)), rows(.integer(-1)), rows(.number(0.5)),
            rows(.string("x")), .null, .integer(7), rows(.integer(1_000)),
        ]
        var records: [(key: String, value: JSONValue)] = []
        for list in lists {
            records.append(("forgetting", .object(["users": list, "items": rows(.integer(0))])))
            records.append(("forgetting", .object(["users": rows(), "items": list])))
        }
        records += [("forgetting", .object([:])), ("forgetting", .object(["users": rows(.integer(0), .integer(2)), "items": rows()]))]
        for sequence: JSONValue in [.integer(0), .integer(-1), .integer(1 << 62), .large(.max), .null, .string("x"), .integer(100_000)] {
            records.append(("forgotten", .object(["sequence": sequence])))
        }
        return try records.map { key, value in
            .raw("\(key) \(value)", table: "meta", key: Array(key.utf8), value: try SealedJSON.seal(value))
        }
    }

    /// Blocks that lie, with the hashes up to the manifest made right.
    static func blocks(of store: StoreReader) throws -> [HostileStore] {
        var stores: [HostileStore] = []
        let dump = Dictionary(uniqueKeysWithValues: try records(of: store).map { ($0.table, $0.records) })
        let blocks = Dictionary(uniqueKeysWithValues: (dump["blocks"] ?? []).map { ($0.key, $0.value) })
        for (key, value) in dump["versions"] ?? [] {
            let text = String(decoding: value.dropFirst(48), as: UTF8.self)
            let roots = Set(text.matches(of: /[0-9a-f]{64}/).map { String($0.output) }).sorted()
            for root in roots {
                guard let hash = BlockHash(hexadecimal: root), let block = blocks[hash.bytes] else { continue }
                let header = block.withUnsafeBytes { BlockHeader(RawSpan(_unsafeBytes: $0)) }
                guard let header, header.payloadByteCount >= 8 else { continue }
                let end = 48 + Int(header.payloadByteCount)
                let lies: [(String, [UInt8])] = [
                    ("not a number", [0, 0, 0xC0, 0x7F]), ("all ones", [0xFF, 0xFF, 0xFF, 0xFF]), ("large", [0xFF, 0xFF, 0x7F, 0x7F]),
                    ("minus one", [0, 0, 0x80, 0xBF]),
                ]
                for (what, bytes) in lies {
                    for at in [48, 52, end - 4] where at + 4 <= end {
                        var lying = block
                        lying.replaceSubrange(at..<at + 4, with: bytes)
                        let changed = lying
                        let json = text.replacing(root, with: BlockHash(of: changed).hexadecimal)
                        stores.append(
                            HostileStore(name: "block \(root.prefix(8)) of \(key.last ?? 0) \(header.kind): \(what) at \(at)") {
                                transaction, store in
                                try transaction.put(changed, at: BlockHash(of: changed).bytes, in: store.tables.blocks)
                                let manifest = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
                                try transaction.put(SealedJSON.seal(manifest), at: key, in: store.tables.versions)
                            })
                    }
                }
            }
        }
        return stores
    }
}

extension JSONValue {
    /// The paths of all values that hold no others.
    fileprivate func leaves() -> [(path: [String], value: JSONValue)] {
        switch self {
        case .object(let fields):
            fields.sorted { $0.key < $1.key }.flatMap { name, value in value.leaves().map { ([name] + $0.path, $0.value) } }
        case .array(let values):
            // The first and the last stand for all.
            values.indices.filter { $0 == 0 || $0 == values.count - 1 }.flatMap { place in
                values[place].leaves().map { (["\(place)"] + $0.path, $0.value) }
            }
        default: [([], self)]
        }
    }

    fileprivate func replacing(_ path: ArraySlice<String>, with lie: JSONValue) -> JSONValue {
        guard let first = path.first else { return lie }
        switch self {
        case .object(var fields):
            fields[first] = fields[first]?.replacing(path.dropFirst(), with: lie)
            return .object(fields)
        case .array(var values):
            if let place = Int(first) { values[place] = values[place].replacing(path.dropFirst(), with: lie) }
            return .array(values)
        default: return self
        }
    }
}
