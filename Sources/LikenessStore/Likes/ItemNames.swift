package import LMDB
package import LikenessFormat

/// Names of items as rows give them. The latest name of an item is the one that is kept, and only names that change are written.
struct ItemNames {
    /// The hash of the last name of each ordinal, 0 for none.
    private var hashes: [UInt64] = []
    private var pending = Batch()

    /// The names of a batch that may have to be written, by ordinal.
    struct Batch: Sendable {
        fileprivate var names: [UInt32: [UInt8]] = [:]
    }

    /// Takes the name of a row.
    @inline(__always)
    mutating func note(_ name: UnsafeRawBufferPointer, for ordinal: UInt32) {
        let hash = unsafe IdentifierTable.hash(name, seed: 0x6E61_6D65) | 1
        let position = Int(ordinal)
        if position >= hashes.count {
            hashes.append(contentsOf: repeatElement(0, count: max(position + 1, 2 * hashes.count) - hashes.count))
        }
        if hashes[position] == hash { return }
        hashes[position] = hash
        pending.names[ordinal] = unsafe Array(name)
    }

    /// Hands the batch's names over; the next batch has none yet.
    mutating func takeBatch() -> Batch {
        let taken = pending
        pending = Batch()
        return taken
    }
}

extension ItemNames.Batch {
    /// Writes the names where they differ from what the store has.
    func write(
        _ run: VocabularyRun, _ plan: VocabularyRun.Plan, _ tables: StoreTables, in transaction: inout Writing
    ) throws(StoreError) {
        let names = self.names.map { (item: run.index(of: $0.key, plan), name: $0.value) }.sorted { $0.item < $1.item }
        var puts = try AscendingPuts(tables.itemDetails, in: transaction)
        for (item, name) in names {
            var details = ItemDetails()
            if puts.mayHold(item), let present = try ItemDetails.read(item, in: transaction, tables) {
                if present.nameBytes == name { continue }
                details = present
            }
            details.nameBytes = name
            let record = details.bytes(item: item)
            try unsafe record.span.bytes.withUnsafeBytes { (bytes) throws(StoreError) in
                try unsafe puts.put(bytes, at: item, in: &transaction)
            }
        }
    }
}

extension ItemDetails {
    /// An item's details; nil if it has none.
    static func read<Reader: TableReader & ~Copyable>(
        _ item: UInt32, in reader: borrowing Reader, _ tables: StoreTables
    ) throws(StoreError) -> ItemDetails? where Reader.Failure == StoreError {
        guard let record = try reader.get(item, in: tables.itemDetails) else { return nil }
        return try StoreError.parsing(tables.itemDetails.name, item.printedKey, try ItemDetails(record, item: item))
    }

    /// The item's name, or nil if it has none.
    package static func name<Reader: TableReader & ~Copyable>(
        of item: UInt32, in reader: borrowing Reader, _ tables: StoreTables
    ) throws(StoreError) -> String? where Reader.Failure == StoreError {
        try read(item, in: reader, tables)?.name
    }
}
