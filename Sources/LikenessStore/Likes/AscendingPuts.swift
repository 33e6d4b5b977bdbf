import LMDB
import LikenessFormat

/// Puts values at UInt32 keys that mostly come in ascending order: behind the last key of the table they are appended, which
/// fills pages instead of splitting them.
struct AscendingPuts {
    let table: Table
    private var last: UInt32?

    init(_ table: Table, in transaction: borrowing Writing) throws(StoreError) {
        self.table = table
        var cursor = try transaction.cursor(in: table)
        guard try cursor.move(to: .last) else { return }
        last = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in try IndexKey(key).index }
    }

    /// Whether there may be a value at the key.
    func mayHold(_ key: UInt32) -> Bool {
        last.map { key <= $0 } ?? false
    }

    mutating func put(_ value: UnsafeRawBufferPointer, at key: UInt32, in transaction: inout Writing) throws(StoreError) {
        let isBehind = !mayHold(key)
        try unsafe transaction.put(value, at: key, in: table, mode: isBehind ? .appending : .replacing)
        if isBehind { last = key }
    }

    /// Writes a list; an empty one is removed.
    mutating func put(_ list: [UInt32], at key: UInt32, in transaction: inout Writing) throws(StoreError) {
        if list.isEmpty {
            if mayHold(key) { try transaction.delete(key, in: table) }
            return
        }
        let list = 1.littleEndian == 1 ? list : list.map(\.littleEndian)
        try unsafe list.span.bytes.withUnsafeBytes { bytes throws(StoreError) in
            try unsafe put(bytes, at: key, in: &transaction)
        }
    }
}
