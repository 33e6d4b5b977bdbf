import DelimitedText
import LMDB
import LikenessFormat
import LikenessStore

/// Items that are named by their names rather than their ids: `item:name=Blue Dragon`.
enum ItemName {
    private static let mark = "name="

    /// The name that a text in the place of an id gives; nil if it is an id.
    static func given(by text: String) -> String? {
        text.hasPrefix(mark) ? String(text.dropFirst(mark.count)) : nil
    }

    /// A name as it stands in the place of an id.
    static func written(_ name: String) -> String { mark + name }

    /// Calls `body` with every item that has a name, in the order of their numbers, until it returns false.
    ///
    /// - Complexity: O(items).
    static func forEach(
        _ tables: StoreTables, in transaction: borrowing Reading, _ body: (UInt32, String) -> Bool
    ) throws(StoreError) {
        var cursor = try transaction.cursor(in: tables.itemDetails)
        var more = try cursor.move(to: .first)
        while more {
            let item = try StoreError.parsing(tables.itemDetails, cursor.key) { (key) throws(Damage) in try IndexKey(key).index }
            let details = try StoreError.parsing(
                tables.itemDetails.name, item.printedKey, try ItemDetails(cursor.value, item: item))
            if let name = details.name, !body(item, name) { return }
            more = try cursor.move(to: .next)
        }
    }
}

extension Session {
    /// The row of an item by its id or, where no item has that id, by `name=` and a name that one item alone has; nil if there is none.
    ///
    /// - Throws: `QueryError.ambiguousName` if several items have the name.
    /// - Complexity: O(log items) by id, O(items) by name.
    borrowing func row(ofItem text: String) throws(QueryError) -> UInt32? {
        var found: [UInt32] = []
        var ids: [String] = []
        do throws(StoreError) {
            let vocabulary = Vocabulary(.item, in: store.tables)
            if let row = try vocabulary.index(of: text, in: transaction) { return row }
            guard let name = ItemName.given(by: text) else { return nil }
            try ItemName.forEach(store.tables, in: transaction) { row, other in
                if other == name { found.append(row) }
                return true
            }
            if found.count > 1 {
                for row in found.prefix(QueryError.listedIds) { ids.append(try vocabulary.id(at: row, in: transaction) ?? "?") }
            }
        } catch {
            throw .store(error)
        }
        if let name = ItemName.given(by: text), found.count > 1 { throw .ambiguousName(name, count: found.count, ids: ids) }
        return found.first
    }

    /// Items with names like one that no item has, as they stand in the place of ids.
    borrowing func namesLike(_ name: String) throws(StoreError) -> [String] {
        var near = NearMisses(of: name)
        try ItemName.forEach(store.tables, in: transaction) { _, other in
            if !near.names.contains(other) { near.consider(other) }
            return true
        }
        return near.names.map(ItemName.written)
    }
}
