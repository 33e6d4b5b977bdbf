package import LMDB
package import LikenessFormat

/// One of a store's four append-only maps between external ids and dense indices.
///
/// ```swift
/// let items = Vocabulary(.item, in: store.tables)
/// let index = try items.index(of: "51", in: transaction)
/// ```
///
/// Indices are given in order of first appearance and never change or move, so every old version of a model stays readable.
package struct Vocabulary: Sendable {
    /// The longest id, in bytes of UTF-8.
    package static let idByteLimit = Identifier.byteLimit

    /// Which one.
    package let kind: RowKind
    let indices: Table
    let ids: Table

    /// The vocabulary of a kind.
    package init(_ kind: RowKind, in tables: StoreTables) {
        guard let pair = tables.vocabularies[kind] else { preconditionFailure("every kind has its two tables") }
        self.kind = kind
        indices = pair.indices
        ids = pair.ids
    }

    /// How many ids there are; the next one gets this index.
    ///
    /// - Complexity: O(1).
    package func length<Reader: TableReader & ~Copyable>(in reader: borrowing Reader) throws(StoreError) -> UInt32
    where Reader.Failure == StoreError {
        let entries = try reader.statistics(of: ids).entries
        guard entries < Int(UInt32.max) else {
            throw .damaged(table: ids.name, key: "-", reason: "it counts \(entries) ids")
        }
        return UInt32(entries)
    }

    /// The index of an id, or nil if the vocabulary lacks it.
    ///
    /// - Complexity: O(log n).
    package func index<Reader: TableReader & ~Copyable>(
        of id: String, in reader: borrowing Reader
    ) throws(StoreError) -> UInt32? where Reader.Failure == StoreError {
        try unsafe Array(id.utf8).span.bytes.withUnsafeBytes { bytes throws(StoreError) in
            try unsafe index(of: bytes, in: reader)
        }
    }

    /// The index of an id given as bytes, or nil if the vocabulary lacks it.
    func index<Reader: TableReader & ~Copyable>(
        of id: UnsafeRawBufferPointer, in reader: borrowing Reader
    ) throws(StoreError) -> UInt32? where Reader.Failure == StoreError {
        guard id.count > 0, id.count <= Vocabulary.idByteLimit else { return nil }
        guard let value = try unsafe reader.get(id, in: indices) else { return nil }
        let length = try length(in: reader)
        return try StoreError.parsing(
            indices.name, unsafe id.printedKey, try VocabularyIndex.parse(value, below: length))
    }

    /// The id at an index, or nil if the index is not given yet.
    ///
    /// - Complexity: O(log n).
    package func id<Reader: TableReader & ~Copyable>(
        at index: UInt32, in reader: borrowing Reader
    ) throws(StoreError) -> String? where Reader.Failure == StoreError {
        guard let value = try reader.get(index, in: ids) else { return nil }
        return try StoreError.parsing(ids.name, index.printedKey, try Identifier.parse(value))
    }

    /// Calls `body` with every index and id from `start` on, in order of index, until it returns false.
    ///
    /// - Throws: `StoreError.damaged` when an index is left out.
    package func forEach<Reader: TableReader & ~Copyable>(
        from start: UInt32 = 0, in reader: borrowing Reader, _ body: (UInt32, String) -> Bool
    ) throws(StoreError) where Reader.Failure == StoreError {
        var cursor = try reader.cursor(in: ids)
        var expected = start
        var more = try cursor.move(toFirstNotLessThan: start)
        while more {
            let index = try StoreError.parsing(ids, cursor.key) { (key) throws(Damage) in try IndexKey(key).index }
            guard index == expected else {
                throw .damaged(table: ids.name, key: expected.printedKey, reason: "the ids are not numbered one by one")
            }
            let id = try StoreError.parsing(ids.name, index.printedKey, try Identifier.parse(cursor.value))
            if !body(expected, id) { return }
            expected += 1
            more = try cursor.move(to: .next)
        }
    }
}
