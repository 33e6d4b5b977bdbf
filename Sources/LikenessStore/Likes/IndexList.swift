import LMDB
import LikenessFormat

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A sorted list of distinct UInt32 indices as a value: four bytes each, little-endian.
enum IndexList {
    /// Puts the list at `key` into `list`, in place of what it held; empty if there is none.
    ///
    /// - Throws: `StoreError.damaged` if the value is not a list.
    static func read<Reader: TableReader & ~Copyable>(
        _ key: UInt32, from table: Table, into list: inout [UInt32], in reader: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        list.removeAll(keepingCapacity: true)
        guard let value = try reader.get(key, in: table) else { return }
        try decode(value, into: &list, table: table, key: key)
    }

    /// Puts the indices of a value into `list`, in place of what it held.
    static func decode(
        _ value: RawSpan, into list: inout [UInt32], table: Table, key: UInt32
    ) throws(StoreError) {
        list.removeAll(keepingCapacity: true)
        guard value.byteCount % 4 == 0 else {
            throw .damaged(table: table.name, key: key.printedKey, reason: "it is not a list of indices")
        }
        list.reserveCapacity(value.byteCount / 4)
        var previous: UInt32?
        for offset in stride(from: 0, to: value.byteCount, by: 4) {
            let index: UInt32 = value.littleEndian(at: offset)
            if let previous, index <= previous {
                throw .damaged(table: table.name, key: key.printedKey, reason: "its indices are not in order")
            }
            previous = index
            list.append(index)
        }
    }
}

/// Puts values at UInt32 keys that mostly come in ascending order: behind the last key of the table they are appended, which
/// fills pages instead of splitting them.
struct AscendingPuts {
    let table: Table
    private var last: UInt32?

    init(_ table: Table, in transaction: borrowing Writing) throws(StoreError) {
        self.table = table
        var cursor = try transaction.cursor(in: table)
        guard try cursor.move(to: .last) else { return }
        guard cursor.key.byteCount == 4 else {
            throw .damaged(table: table.name, key: cursor.key.copied.printedKey, reason: "a key has 4 bytes")
        }
        last = UInt32(bigEndian: cursor.key.littleEndian(at: 0))
    }

    /// Whether there may be a value at the key.
    func mayHold(_ key: UInt32) -> Bool {
        last.map { key <= $0 } ?? false
    }

    mutating func put(_ value: UnsafeRawBufferPointer, at key: UInt32, in transaction: inout Writing) throws(StoreError) {
        let isBehind = !mayHold(key)
        try unsafe transaction.put(value, at: key, in: table, appending: isBehind)
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
