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
    /// Bytes of ids that are kept from their check until they are written.
    private static let memoryByteCount = 24 << 20
    /// Bytes that one transaction writes at the most, about.
    private static let transactionByteCount = 48 << 20

    init(_ pack: PackFile, _ kind: RowKind, _ store: StoreReader) {
        (self.pack, self.kind, section) = (pack, kind, PackSectionKind(vocabulary: kind))
        vocabulary = Vocabulary(kind, in: store.tables)
        // The header was checked: it counts no more ids than there are.
        let length = pack.header.lengths[kind]
        range = UInt32(length - pack.header[section].records)..<UInt32(length)
    }

    private func forEach(_ body: (UInt32, RawSpan) throws(StoreError) -> Void) throws(StoreError) {
        var reader = PackSectionReader(pack, section)
        var expected = range.lowerBound
        func take(_ index: UInt32, _ id: RawSpan) throws(StoreError) {
            guard index == expected, index < range.upperBound else { throw pack.damaged(section, "index \(expected) is missing") }
            try body(index, id)
            expected += 1
        }
        while try reader.next(limit: Identifier.byteLimit, take) != nil {}
        guard expected == range.upperBound else { throw pack.damaged(section, "index \(expected) is missing") }
    }

    /// Checks that all are ids, that none is there twice, and that the store agrees.
    ///
    /// - Returns: the ids that the store lacks; nil if there are none, or too many to keep them.
    func check(in transaction: borrowing Reading) throws(StoreError) -> CheckedIds? {
        let length = try vocabulary.length(in: transaction)
        guard length >= range.lowerBound else {
            throw pack.damaged(section, "they begin at \(range.lowerBound), and the store has \(length): a pack before it is missing")
        }
        let new = Int(range.upperBound) - Int(max(length, range.lowerBound))
        let isKept = new > 0 && pack.header[section].byteCount <= PackedIds.memoryByteCount
        var batch = IdBatch()
        try forEach { (index, bytes) throws(StoreError) in
            if isKept, index >= length { batch.append(bytes, at: index) }
            do throws(Damage) { try Identifier.check(bytes) } catch {
                throw .pack(.damaged(path: pack.path, place: "\(kind) \(index)", reason: error.reason))
            }
            if index < length { return try compare(index, bytes, in: transaction) }
            if length == 0 { return }
            let id = Self.text(bytes)
            if let other = try vocabulary.index(of: id, in: transaction) {
                throw pack.damaged(section, "'\(id)' is \(kind) \(index), and \(other) in the store")
            }
        }
        if new <= 0 { return nil }
        if isKept {
            let order = batch.sorted()
            for (one, other) in zip(order, order.dropFirst()) where batch.areSame(one, other) { throw repeated(max(one, other)) }
            return CheckedIds(batch: batch, order: order)
        }
        let passes = UInt64((new + PackedIds.idsAtATime - 1) / PackedIds.idsAtATime)
        for pass in 0..<passes {
            var table = IdentifierTable()
            try forEach { (index, bytes) throws(StoreError) in
                guard index >= length else { return }
                let isNew = unsafe bytes.withUnsafeBytes { id in
                    if passes > 1, unsafe IdentifierTable.hash(id, seed: 0) % passes != pass { return true }
                    let before = table.count
                    return unsafe Int(table.ordinal(of: id)) == before
                }
                if !isNew { throw repeated(index) }
            }
        }
        return nil
    }

    private func repeated(_ index: UInt32) -> StoreError {
        pack.damaged(section, "\(kind) \(index) has an id that another one has")
    }

    private static func text(_ id: RawSpan) -> String {
        unsafe id.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private func compare<Reader: TableReader & ~Copyable>(
        _ index: UInt32, _ id: RawSpan, in reader: borrowing Reader
    ) throws(StoreError) where Reader.Failure == StoreError {
        let here = try vocabulary.id(at: index, in: reader) ?? ""
        let there = Self.text(id)
        if here.utf8.elementsEqual(there.utf8) { return }
        throw .pack(.vocabulariesDiffer(path: pack.path, kind: kind, index: index, here: here, there: there))
    }

    /// Appends the ids that the store lacks, in bounded transactions.
    ///
    /// - Parameter checked: what the check has kept.
    func write(_ checked: CheckedIds?, to store: Store) throws(StoreError) {
        var batch = IdBatch()
        let known = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try vocabulary.length(in: transaction)
        }
        if known >= range.upperBound { return }
        if let checked, checked.batch.first == known { return try write(checked, to: store) }
        try forEach { (index, id) throws(StoreError) in
            if index < known { return }
            batch.append(id, at: index)
            guard batch.byteCount >= PackedIds.transactionByteCount else { return }
            try write(CheckedIds(batch: batch, order: batch.sorted()), to: store)
            batch.removeAll()
        }
        try write(CheckedIds(batch: batch, order: batch.sorted()), to: store)
    }

    private func write(_ ids: CheckedIds, to store: Store) throws(StoreError) {
        let (batch, order) = (ids.batch, ids.order)
        guard let first = batch.first else { return }
        try store.environment.write { (transaction: inout Writing) throws(StoreError) in
            // An ingest in another process may have given these indices to other ids since they were checked.
            let length = try vocabulary.length(in: transaction)
            for index in first..<max(first, min(length, batch.end)) {
                try batch.withId(at: index) { (id) throws(StoreError) in try compare(index, id, in: transaction) }
            }
            // In an empty table each id comes after all that are there.
            let isEmpty = try transaction.statistics(of: vocabulary.indices).entries == 0
            for index in order where index >= length {
                let isNew = try unsafe batch.withBytes(at: index) { (id) throws(StoreError) in
                    var value = index.littleEndian
                    return try unsafe withUnsafeBytes(of: &value) { (value) throws(StoreError) in
                        if isEmpty {
                            try unsafe transaction.put(value, at: id, in: vocabulary.indices, mode: .appending)
                            return true
                        }
                        return try unsafe transaction.insert(value, at: id, in: vocabulary.indices)
                    }
                }
                if isNew { continue }
                let text = batch.withId(at: index) { Self.text($0) }
                let other = try vocabulary.index(of: text, in: transaction)
                throw .pack(
                    .vocabulariesDiffer(
                        path: pack.path, kind: kind, index: index, here: "(\(text) is \(other.map { "\($0)" } ?? "another"))",
                        there: text))
            }
            for index in max(first, length)..<max(first, length, batch.end) {
                try unsafe batch.withBytes(at: index) { (id) throws(StoreError) in
                    try unsafe transaction.put(id, at: index, in: vocabulary.ids, mode: .appending)
                }
            }
        }
    }
}

/// Ids that a store lacks, and their indices in the order of their bytes.
struct CheckedIds {
    let batch: IdBatch
    let order: [UInt32]
}

/// Ids of consecutive indices, one behind the other in memory.
struct IdBatch {
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []
    /// The index of the first id; nil if there is none.
    private(set) var first: UInt32?

    /// The index after the last one.
    var end: UInt32 { (first ?? 0) + UInt32(ends.count) }
    /// Bytes that the ids take up in the store's tables, about.
    var byteCount: Int { bytes.count + 64 * ends.count }

    mutating func append(_ id: RawSpan, at index: UInt32) {
        if first == nil { first = index }
        unsafe id.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        ends.append(UInt32(bytes.count))
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        first = nil
    }

    private func range(of place: Int) -> Range<Int> { (place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place]) }

    /// Whether two indices have the same id.
    func areSame(_ one: UInt32, _ other: UInt32) -> Bool {
        guard let first else { return false }
        return bytes[range(of: Int(one - first))] == bytes[range(of: Int(other - first))]
    }

    /// Calls `body` with an id, which is valid only inside the call.
    func withId<R, Failure: Error>(at index: UInt32, _ body: (RawSpan) throws(Failure) -> R) throws(Failure) -> R {
        try unsafe body(bytes.span.bytes.extracting(range(of: Int(index - (first ?? 0)))))
    }

    /// The same with the id's bytes.
    @unsafe func withBytes<R, Failure: Error>(
        at index: UInt32, _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
    ) throws(Failure) -> R {
        try unsafe bytes.span.bytes.extracting(range(of: Int(index - (first ?? 0)))).withUnsafeBytes(body)
    }

    /// The indices in the order of their ids' bytes, as LMDB has keys.
    ///
    /// - Complexity: O(n log n); the first 8 bytes decide most comparisons.
    func sorted() -> [UInt32] {
        guard let first else { return [] }
        var keys: [(prefix: UInt64, index: UInt32)] = []
        keys.reserveCapacity(ends.count)
        for place in ends.indices {
            var prefix: UInt64 = 0
            let range = range(of: place)
            for offset in 0..<8 {
                let position = range.lowerBound + offset
                prefix = prefix << 8 | (position < range.upperBound ? UInt64(bytes[position]) : 0)
            }
            keys.append((prefix, first + UInt32(place)))
        }
        keys.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            let (one, other) = (range(of: Int(left.index - first)), range(of: Int(right.index - first)))
            // No id has a zero byte, so one that ends within the first 8 bytes has a prefix of its own.
            return bytes[one].lexicographicallyPrecedes(bytes[other])
        }
        return keys.map(\.index)
    }
}
