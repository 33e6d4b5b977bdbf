import LMDB
import LikenessFormat

/// The ids of one vocabulary in a pack, and the store's.
struct PackedIds {
    private let pack: PackFile
    private let kind: RowKind
    private let section: PackSectionKind
    private let vocabulary: Vocabulary
    /// The indices that the pack gives ids of.
    private let range: Range<UInt32>

    /// Ids that are looked for twice at a time.
    private static let idsAtATime = 1 << 20
    /// Bytes that one transaction writes at the most, about.
    private static let transactionByteCount = 16 << 20

    init(_ pack: PackFile, _ kind: RowKind, _ store: StoreReader) {
        (self.pack, self.kind, section) = (pack, kind, PackSectionKind(vocabulary: kind))
        vocabulary = Vocabulary(kind, in: store.tables)
        // The header was checked: it counts no more ids than there are.
        let length = pack.header.lengths[kind]
        range = UInt32(length - pack.header[section].records)..<UInt32(length)
    }

    private func forEach(_ body: (UInt32, [UInt8]) throws(StoreError) -> Void) throws(StoreError) {
        var reader = PackSectionReader(pack, section)
        var expected = range.lowerBound
        while let (index, bytes) = try reader.record(limit: Identifier.byteLimit) {
            guard index == expected, index < range.upperBound else { throw pack.damaged(section, "index \(expected) is missing") }
            try body(index, bytes)
            expected += 1
        }
        guard expected == range.upperBound else { throw pack.damaged(section, "index \(expected) is missing") }
    }

    /// Checks that all are ids, that none is there twice, and that the store agrees.
    func check(in transaction: borrowing Reading) throws(StoreError) {
        let length = try vocabulary.length(in: transaction)
        guard length >= range.lowerBound else {
            throw pack.damaged(section, "they begin at \(range.lowerBound), and the store has \(length): a pack before it is missing")
        }
        try forEach { (index, bytes) throws(StoreError) in
            let id = try PackError.parsing(pack.path, "\(kind) \(index)") { () throws(Damage) in
                try unsafe Identifier.parse(bytes.span.bytes)
            }
            if index < length { return try compare(index, id, in: transaction) }
            if let other = try vocabulary.index(of: id, in: transaction) {
                throw pack.damaged(section, "'\(id)' is \(kind) \(index), and \(other) in the store")
            }
        }
        let new = Int(range.upperBound) - Int(max(length, range.lowerBound))
        guard new > 0 else { return }
        let passes = UInt64((new + PackedIds.idsAtATime - 1) / PackedIds.idsAtATime)
        for pass in 0..<passes {
            var table = IdentifierTable()
            try forEach { (index, bytes) throws(StoreError) in
                guard index >= length else { return }
                let isNew = unsafe bytes.withUnsafeBytes { id in
                    guard unsafe IdentifierTable.hash(id, seed: 0) % passes == pass else { return true }
                    let before = table.count
                    return unsafe Int(table.ordinal(of: id)) == before
                }
                if !isNew { throw pack.damaged(section, "\(kind) \(index) has an id that another one has") }
            }
        }
    }

    private func compare<Reader: TableReader & ~Copyable>(
        _ index: UInt32, _ id: String, in reader: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        let here = try vocabulary.id(at: index, in: reader) ?? ""
        if here.utf8.elementsEqual(id.utf8) { return }
        throw .pack(.vocabulariesDiffer(path: pack.path, kind: kind, index: index, here: here, there: id))
    }

    /// Appends the ids that the store lacks, in bounded transactions.
    func write(to store: Store) throws(StoreError) {
        var batch: [(index: UInt32, id: [UInt8])] = []
        var byteCount = 0
        let known = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try vocabulary.length(in: transaction)
        }
        try forEach { (index, id) throws(StoreError) in
            if index < known { return }
            batch.append((index, id))
            byteCount += id.count + 64
            guard byteCount >= PackedIds.transactionByteCount else { return }
            try write(batch, to: store)
            batch.removeAll(keepingCapacity: true)
            byteCount = 0
        }
        try write(batch, to: store)
    }

    private func write(_ batch: [(index: UInt32, id: [UInt8])], to store: Store) throws(StoreError) {
        if batch.isEmpty { return }
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            // An ingest in another process may have given these indices to other ids since they were checked.
            let length = try vocabulary.length(in: transaction)
            var added: [(index: UInt32, id: [UInt8])] = []
            for (index, id) in batch {
                let text = String(decoding: id, as: UTF8.self)
                if index < length { try compare(index, text, in: transaction) } else { added.append((index, id)) }
            }
            for (index, id) in added.sorted(by: { $0.id.lexicographicallyPrecedes($1.id) }) {
                var value: [UInt8] = []
                value.append(littleEndian: index)
                guard try transaction.insert(value, at: id, in: vocabulary.indices) else {
                    let text = String(decoding: id, as: UTF8.self)
                    let other = try vocabulary.index(of: text, in: transaction)
                    throw .pack(
                        .vocabulariesDiffer(
                            path: pack.path, kind: kind, index: index, here: "(\(text) is \(other.map { "\($0)" } ?? "another"))",
                            there: text))
                }
            }
            for (index, id) in added { try transaction.put(id, at: index, in: vocabulary.ids, mode: .appending) }
        }
    }
}
