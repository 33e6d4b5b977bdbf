import Foundation
import LMDB
import LikenessFormat
import LikenessStore

@testable import Interchange

/// A folder with a store and the files that tests write, removed with the value's last use.
final class IngestFolder {
    let path: String
    let store: Store

    init() throws {
        path = NSTemporaryDirectory() + "likeness-ingest-" + UUID().uuidString
        store = try Store.create(at: path + "/store")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and gives its path.
    func file(_ bytes: [UInt8], _ name: String = "likes.psv") throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    func file(_ text: String, _ name: String = "likes.psv") throws -> String {
        try file(Array(text.utf8), name)
    }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// All tables but `meta`, which holds random bytes: table → key → value.
    func dump() throws -> [String: [[UInt8]: [UInt8]]] {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var dump: [String: [[UInt8]: [UInt8]]] = [:]
            for table in store.environment.tables where table.name != "meta" {
                var cursor = try transaction.cursor(in: table)
                var more = try cursor.move(to: .first)
                while more {
                    dump[table.name, default: [:]][cursor.key.copied] = cursor.value.copied
                    more = try cursor.move(to: .next)
                }
            }
            return dump
        }
    }

    /// The accepted likes as ids, in order, with weights and times.
    func likes() throws -> [Like] {
        let store = store
        return try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let columns = try LikesLog(store.tables).events(in: transaction)
            var likes: [Like] = []
            for row in 0..<columns.count {
                let user = try Vocabulary(.user, in: store.tables).id(at: columns.users[row], in: transaction)
                let item = try Vocabulary(.item, in: store.tables).id(at: columns.items[row], in: transaction)
                likes.append(
                    Like(
                        user: user ?? "?", item: item ?? "?", weight: columns.weights?[row] ?? 1,
                        time: columns.times?[row]))
            }
            return likes
        }
    }

    /// The name of each item that has one.
    func names() throws -> [String: String] {
        let store = store
        return try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let items = Vocabulary(.item, in: store.tables)
            var names: [String: String] = [:]
            for item in 0..<(try items.length(in: transaction)) {
                guard let id = try items.id(at: item, in: transaction) else { continue }
                names[id] = try ItemDetails.name(of: item, in: transaction, store.tables)
            }
            return names
        }
    }

    /// The labels and weights of each item's features.
    func features() throws -> [String: [String: Float]] {
        let store = store
        return try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var rows: [(UInt32, [(feature: UInt32, weight: Float)])] = []
            try EntityFeatures(of: .item, in: store.tables).forEach(in: transaction) { rows.append(($0, $1)) }
            var features: [String: [String: Float]] = [:]
            for (item, pairs) in rows {
                let id = try Vocabulary(.item, in: store.tables).id(at: item, in: transaction) ?? "?"
                for pair in pairs {
                    let label =
                        try Vocabulary(.itemFeature, in: store.tables).id(at: pair.feature, in: transaction) ?? "?"
                    features[id, default: [:]][label] = pair.weight
                }
            }
            return features
        }
    }
}

struct Like: Equatable {
    var user: String
    var item: String
    var weight: Float = 1
    var time: Int64?
}

/// The same numbers on every run.
struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}

extension IngestReport {
    /// Rows read, accepted, duplicates and rejected.
    var rows: [Int] { [read, accepted, duplicates, rejected] }
}
